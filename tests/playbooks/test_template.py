from __future__ import annotations

import pytest

from magistrate.playbooks.template import fill, placeholders


def test_fill_puts_each_value_in_once_and_never_reads_it_again():
    filled = fill("{a} then {b}", {"a": "{b}", "b": "two"})

    assert filled == "{b} then two"


def test_fill_leaves_powershell_braces_alone():
    text = "Get-Item | ? { $_.Name -eq {name_q} } @{ n = 'Ns' } {0CCE922B-69AE}"

    assert fill(text, {"name_q": "'x'"}) == "Get-Item | ? { $_.Name -eq 'x' } @{ n = 'Ns' } {0CCE922B-69AE}"


def test_fill_knows_no_attributes_indexes_or_conversions():
    text = "{a.__class__} {a[0]} {a!r} {a:>10}"

    assert fill(text, {"a": "x"}) == text


def test_fill_refuses_a_name_without_a_value():
    with pytest.raises(KeyError):
        fill("{missing}", {})


def test_placeholders_are_listed_once_and_sorted():
    assert placeholders("{b} {a} {b} { c }") == ("a", "b")
