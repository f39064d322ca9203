"""Answers decided again from their own facts come out as they were."""

from __future__ import annotations

import pytest
from tests.answers.cases import coverage as covered
from tests.answers.cases import finding, inquire, registered, signal, site, story
from tests.decision.basis import FACTS, basis_of

from magistrate.answers.answer import Basis
from magistrate.answers.reanswer import ORDERS, redecide
from magistrate.answers.run import APPROACHES
from magistrate.playbooks.load import load_playbook

PLAYBOOK = load_playbook("t1047")
CASES = {
    "plain": {},
    "decisive": {"findings": [finding("D1")]},
    "registered": {"findings": [finding("M1"), finding("M5")], "context": site(register=(registered(),))},
    "signals": {"signals": [signal()]},
    "blind": {"cover": covered({"srv01.corp.example": "D"})},
    "two stories": {"stories": [story("1"), story("2", seconds=9000, command="cmd.exe /c whoami")], "findings": [finding("S4")]},
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("code", "approach"), APPROACHES, ids=[code for code, _ in APPROACHES])
def test_facts_of_an_answer_decide_to_its_state_again(case, code, approach):
    draft = approach(inquire(**CASES[case]))

    assert redecide(PLAYBOOK, code, draft.basis).state is draft.state


@pytest.mark.parametrize(
    ("code", "state"), [(code, state) for code, table in FACTS.items() for state in table]
)
def test_facts_of_each_state_decide_to_it(code, state):
    assert redecide(PLAYBOOK, code, basis_of(code, state)).state is state


def test_every_question_has_an_order():
    assert list(ORDERS) == [code for code, _ in APPROACHES]


def test_anchors_are_those_that_every_story_has():
    from magistrate.answers.approaches.legitimate_need import NeedFacts

    bases = [
        Basis("s-1", NeedFacts(anchors_met=("M1", "M4"), anchors_agree=True)),
        Basis("s-2", NeedFacts(anchors_met=("M1", "M5"), anchors_agree=True)),
    ]

    assert redecide(PLAYBOOK, "Q1", bases).anchors == ("M1",)


def test_facts_of_no_approach_are_refused():
    with pytest.raises(TypeError, match="no question is decided from str"):
        redecide(PLAYBOOK, "Q1", [Basis("s-1", "words")])
