"""Every example of every question decides to the state that the playbook says."""

from __future__ import annotations

import dataclasses

import pytest

from magistrate.answers.approaches.concurrent_signals import SignalFacts, decide_signals
from magistrate.answers.approaches.correlated import CorrelationFacts, decide_correlation
from magistrate.answers.approaches.history import HistoryFacts, decide_history
from magistrate.answers.approaches.lateral_movement import MovementFacts, decide_movement
from magistrate.answers.approaches.legitimate_need import NeedFacts, decide_need
from magistrate.answers.approaches.network_pattern import PatternFacts, decide_pattern
from magistrate.answers.approaches.unauthorised import AuthorityFacts, decide_authority
from magistrate.answers.approaches.unusual_remote import UnusualFacts, decide_unusual
from magistrate.playbooks.load import load_playbook

PLAYBOOK = load_playbook("t1047")
QUESTIONS = (*PLAYBOOK.questions, *PLAYBOOK.decisions)
DECIDE = {
    "Q1": (NeedFacts, decide_need), "Q2": (HistoryFacts, decide_history), "Q3": (SignalFacts, decide_signals),
    "Q4": (PatternFacts, decide_pattern), "E1": (AuthorityFacts, decide_authority),
    "E2": (CorrelationFacts, decide_correlation), "E3": (MovementFacts, decide_movement),
    "E4": (UnusualFacts, decide_unusual),
}  # fmt: skip
EXAMPLES = [
    pytest.param(question.code, example, id=f"{question.code}-{example.name}")
    for question in QUESTIONS
    for example in question.examples
]


@pytest.mark.parametrize(("code", "example"), EXAMPLES)
def test_example_of_the_playbook_decides_as_it_says(code, example):
    kind, decide = DECIDE[code]
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in example.facts.items()}

    assert decide(kind(**values))[0].value == example.state


@pytest.mark.parametrize("code", sorted(DECIDE))
def test_question_without_observation_is_not_applicable(code):
    kind, decide = DECIDE[code]

    assert decide(kind(observed=False))[0].value == "N/A"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.code)
def test_question_has_an_example_for_each_state(question):
    assert {"YES", "NO", "UNKNOWN", "CONFLICT"} <= {example.state for example in question.examples}


@pytest.mark.parametrize("code", sorted(DECIDE))
def test_facts_of_an_approach_are_named_as_the_examples_name_them(code):
    kind, _ = DECIDE[code]
    named = {name for example in PLAYBOOK.question(code).examples for name in example.facts}

    assert named <= {field.name for field in dataclasses.fields(kind)}
