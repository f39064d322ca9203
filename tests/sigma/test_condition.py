"""The grammar of conditions."""

from __future__ import annotations

import pytest

from magistrate.sigma.condition import ConditionError, read_condition
from magistrate.sigma.tree import AllOf, AnyOf, Check, Leaf, Not

A, B, C = (Leaf(name, Check.EXISTS) for name in "abc")
NAMED = {"sel_a": A, "sel_b": B, "c": C, "_hidden": C}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("c", C),
        ("sel_a or sel_b and c", AnyOf((A, AllOf((B, C))))),
        ("(sel_a or sel_b) and c", AllOf((AnyOf((A, B)), C))),
        ("not sel_a and sel_b", AllOf((Not(A), B))),
        ("not (sel_a or sel_b)", AllOf((Not(A), Not(B)))),
        ("1 of sel_*", AnyOf((A, B))),
        ("any of sel_*", AnyOf((A, B))),
        ("all of sel_*", AllOf((A, B))),
        ("1 of them", AnyOf((A, B, C))),
        ("all of _*", C),
        ("c and not 1 of sel_*", AllOf((C, Not(A), Not(B)))),
        ("not not c", C),
        ("sel_a AND c", AllOf((A, C))),
    ],
)
def test_a_condition_reads_as_sigma_says(text, tree):
    assert tree == read_condition(text, NAMED)


@pytest.mark.parametrize("text", ["", "()", "c )", "( c", "not", "c and or c", "1 of", "near c", "c or"])
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(ConditionError):
        read_condition(text, NAMED)


def test_depth_ends_at_the_limit_and_not_in_the_interpreter():
    with pytest.raises(ConditionError, match="64"):
        read_condition("(" * 500 + "c" + ")" * 500, NAMED)
