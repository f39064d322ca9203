"""Tests that look at many values at once say what the tests of one value say."""

from __future__ import annotations

import pytest

from magistrate.sigma.text_column import TextColumn
from magistrate.sigma.tree import Check, Leaf
from magistrate.sigma.values import passes

VALUES = ["", "ONE two", "one  two", "two\none", "t*o", "\u0130one two", "ONE\\two"]
LEAVES = [
    Leaf("f", Check.REGEX, r"one\s+two", cased=True),
    Leaf("f", Check.REGEX, r"(?i)one.two$", cased=True),
    Leaf("f", Check.PATTERN, "*one?two"),
    Leaf("f", Check.PATTERN, "ONE*two", cased=True),
    Leaf("f", Check.CONTAINS, "ONE", cased=True),
]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: f"{leaf.check} {leaf.text}")
def test_many_values_pass_where_each_of_them_passes(leaf):
    expected = [place for place, value in enumerate(VALUES) if passes(leaf, value)]

    assert expected == TextColumn(VALUES).passing(leaf)
