from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from tests.decision.situations import PLAYBOOK, any_situation, closable, finding, outcome, story

from magistrate.activity.model import Confidence
from magistrate.answers.answer import Answer, Missing, State
from magistrate.decision.model import Disposition
from magistrate.decision.situation import IdentityState
from magistrate.decision.would_change import find_changes


def given_answers(situation):
    """Answers as the stage before hands them over, with one request each."""
    return [
        Answer(
            a.id, a.id, a.state, Confidence.LOW, a.id, missing=(Missing(f"logs for {a.id}", f"fetch {a.id}"),)
        )
        for a in situation.answers
    ]


def changes(situation):
    return find_changes(PLAYBOOK, situation, given_answers(situation), outcome(situation))


def with_states(**states):
    case = closable()
    return replace(case, answers=tuple(replace(a, state=states.get(a.id, a.state)) for a in case.answers))


def test_held_case_says_what_would_close_it():
    assert changes(with_states(Q3=State.UNKNOWN))[0].outcome is Disposition.CLOSE_BENIGN


def test_change_carries_the_request_of_its_answer():
    assert changes(with_states(Q3=State.UNKNOWN))[0].command == "logs for Q3: fetch Q3"


def test_two_missing_facts_are_one_change_when_only_both_help():
    found = changes(with_states(Q3=State.UNKNOWN, E3=State.UNKNOWN))
    closing = [item for item in found if item.outcome is Disposition.CLOSE_BENIGN]

    assert (" and " in closing[0].fact) is True


def test_unknown_escalation_decision_may_escalate():
    found = changes(with_states(E3=State.UNKNOWN, Q3=State.UNKNOWN))

    assert Disposition.ESCALATE_REVIEW in {item.outcome for item in found}


def test_waivable_finding_may_be_excused_by_the_register():
    case = replace(closable(), findings=(finding("M1"), finding("M5"), finding("D3")))

    assert any("register" in item.fact and item.outcome is Disposition.CLOSE_BENIGN for item in changes(case))


def test_finding_that_may_not_be_waived_is_never_excused():
    case = replace(closable(), findings=(finding("M1"), finding("M5"), finding("D1")))

    assert {item.outcome for item in changes(case)} == {Disposition.CLOSE_TEST}


def test_missing_coverage_is_a_change_with_the_export_command():
    case = replace(closable(), stories=(story(grades=(("srv01", "D"),)),))

    assert "on srv01: wevtutil epl Security" in changes(case)[0].command


def test_unsettled_actor_is_a_change():
    case = replace(closable(), stories=(story(identity=IdentityState.UNKNOWN),))

    assert changes(case)[0].fact == "the acting account and its source are settled"


def test_many_missing_facts_are_told_as_what_the_gate_asks_for():
    case = replace(with_states(Q1=State.UNKNOWN, Q2=State.UNKNOWN, Q3=State.UNKNOWN, E1=State.UNKNOWN, E2=State.UNKNOWN,
                               E3=State.UNKNOWN, E4=State.UNKNOWN))  # fmt: skip

    assert changes(case)[-1].outcome is Disposition.CLOSE_BENIGN


def test_exercise_is_not_suggested_where_data_is_missing():
    assert not any("exercise" in item.fact for item in changes(with_states(Q3=State.UNKNOWN)))


def test_nothing_observed_has_no_changes():
    case = replace(closable(), stories=(), findings=())

    assert changes(case) == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_situation())
def test_every_change_leads_elsewhere_and_there_are_at_most_three(situation):
    found = changes(situation)

    assert len(found) <= 3
    assert all(item.outcome is not outcome(situation).disposition for item in found)


@pytest.mark.parametrize("code", ["E1", "E2", "E3", "E4"])
def test_yes_of_an_escalation_decision_may_fall(code):
    assert any(f"({code} NO)" in item.fact for item in changes(with_states(**{code: State.YES})))
