"""Filter documents: which rules they are added to, and what is said of those that cannot be."""

from __future__ import annotations

import pytest
from tests.sigma.rules import event, hit_numbers, load, matches, rule_id, rule_text

RULE = rule_text("s: {Image|endswith: \\a.exe}\ncondition: s", 1, name="first")
SAME = rule_text("s: {Image|endswith: .exe}\ncondition: s", 2)
ROWS = [event(1, {"Image": "C:\\a.exe", "User": "adm01"}), event(2, {"Image": "C:\\a.exe", "User": "user05"})]


def filter_text(
    rules, detection="s: {User: adm01}\n  condition: not s", source="{category: process_creation}"
):
    return f"title: f\nid: {rule_id(9)}\nlogsource: {source}\nfilter:\n  rules: {rules}\n  {detection}\n"


def hits(tmp_path, *texts):
    rules = load(tmp_path / "rules", *texts)
    assert rules.refused == ()

    return hit_numbers(matches(rules, ROWS))


@pytest.mark.parametrize("rules", [rule_id(1), "first", "[first, nobody]"])
def test_a_filter_is_added_to_the_rules_it_names_and_to_no_other(tmp_path, rules):
    assert hits(tmp_path, RULE, SAME, filter_text(rules)) == {"1": [2], "2": [1, 2]}


@pytest.mark.parametrize("rules", ["any", "[]", "ANY"])
def test_a_filter_for_any_rule_is_added_to_all_of_its_log_source(tmp_path, rules):
    other = rule_text("s: {Image|endswith: .exe}\ncondition: s", 3, "{service: sysmon, product: windows}")

    assert hits(tmp_path, RULE, SAME, other, filter_text(rules)) == {"1": [2], "2": [2], "3": [1, 2]}


def test_a_filter_without_not_keeps_only_what_it_describes(tmp_path):
    text = filter_text("first", "s: {User: adm01}\n  condition: s")

    assert hits(tmp_path, RULE, text) == {"1": [1]}


def test_the_place_of_a_filter_changes_no_hit(tmp_path):
    expected = hits(
        tmp_path / "one" if (tmp_path / "one").mkdir() is None else tmp_path, RULE, filter_text("any")
    )
    (tmp_path / "two").mkdir()

    assert hits(tmp_path / "two", filter_text("any"), RULE) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (filter_text("nobody"), "no rule that was loaded"),
        (filter_text("any", source="{category: dns_query}"), "no rule that was loaded"),
        (filter_text("{a: b}"), "not filtered"),
        (filter_text("any", "condition: not s"), "not filtered"),
        (filter_text("any", "s: {User|what: x}\n  condition: not s"), "not filtered"),
        (filter_text("any", source="[]"), "not filtered"),
        (f"title: f\nid: {rule_id(9)}\nlogsource: {{product: windows}}\nfilter: all\n", "not filtered"),
    ],
)
def test_a_filter_that_cannot_be_used_is_refused_by_name_and_costs_no_rule(tmp_path, text, reason):
    rules = load(tmp_path / "rules", RULE, text)

    assert [one.id for one in rules.refused] == [rule_id(9)]
    assert reason in rules.refused[0].reason
    assert len(rules.rules) == 1
