"""The words in which answers count and cite."""

from __future__ import annotations

import pytest
from tests.answers.cases import finding

from magistrate.answers.inquiry import cite, quantity


def test_findings_are_cited_by_code_and_each_code_once():
    assert cite([finding("D1"), finding("S4"), finding("S4")]) == "D1, S4 (2 times)"


@pytest.mark.parametrize(("number", "words"), [(0, "no target"), (1, "1 target"), (2, "2 targets")])
def test_a_count_agrees_with_its_noun(number, words):
    assert quantity(number, "target") == words
