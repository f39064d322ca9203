"""What would change a decision is found by search, and comes true when it is fed back."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from tests.decision.situations import (
    PLAYBOOK,
    any_situation,
    closable,
    finding,
    outcome,
    story,
    with_states,
)

from magistrate.answers.answer import State
from magistrate.decision.model import Disposition
from magistrate.decision.situation import IdentityState
from magistrate.decision.what_if import establish, possible_changes
from magistrate.decision.would_change import find_changes, outcome_with

FIRST = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
SOURCE_UNSEEN = {"Q3": State.UNKNOWN, "E2": State.UNKNOWN, "E3": State.UNKNOWN, "E4": State.UNKNOWN}


def changes(situation):
    return find_changes(PLAYBOOK, situation, outcome(situation))


def without_source(**states):
    """A registered habit whose source host was not examined."""
    far = story(source_covered=False, source="ws23", account="CORP\\user05", first=FIRST, last=FIRST)
    return replace(with_states(**{**SOURCE_UNSEEN, **states}), stories=(far,))


def keys(situation):
    return {item.keys for item in changes(situation)}


def test_held_case_says_what_would_close_it():
    first = changes(without_source())[0]

    assert (first.keys, first.outcome, first.rule) == (("source_logs",), Disposition.CLOSE_BENIGN, "R8")


def test_the_same_logs_may_also_show_more():
    found = {item.keys: item.outcome for item in changes(without_source())}

    assert found[("another_sign",)] is Disposition.ESCALATE_REVIEW


def test_collection_names_host_channels_ids_and_window():
    ask = changes(without_source())[0].asks[0]

    assert (ask.whom, ask.host, 4648 in ask.event_ids) == ("on ws23", "ws23", True)
    assert (ask.window_from, ask.window_to) == (
        datetime(2026, 3, 3, 9, 0, tzinfo=UTC),
        datetime(2026, 3, 4, 11, 0, tzinfo=UTC),
    )


def test_collection_is_a_command_with_what_it_must_reach():
    command = changes(without_source())[0].command

    assert command.startswith(r"on ws23: wevtutil epl Security C:\IR\Security.evtx ; ")
    assert "2026-03-03 09:00 UTC to 2026-03-04 11:00 UTC" in command


def test_name_of_a_host_never_gets_into_the_command():
    far = story(source_covered=False, source="ws23 & calc")
    case = replace(with_states(**SOURCE_UNSEEN), stories=(far,))

    assert all("calc" not in ask.command for item in changes(case) for ask in item.asks)


def test_two_facts_are_told_together_when_only_both_help():
    case = without_source(Q1=State.UNKNOWN, E1=State.UNKNOWN)
    closing = [item for item in changes(case) if item.outcome is Disposition.CLOSE_BENIGN]

    assert set(closing[0].keys) >= {"source_logs", "register"}


def test_waivable_finding_may_be_excused_by_the_register():
    case = replace(closable(), findings=(finding("M1"), finding("M5"), finding("D3")))

    assert ("register",) in keys(case)


def test_register_request_names_what_it_has_to_excuse():
    case = replace(closable(), findings=(finding("M1"), finding("M5"), finding("D3")))
    told = next(item for item in changes(case) if item.keys == ("register",))

    assert "excuses: [D3]" in told.command


def test_finding_that_may_not_be_waived_is_never_excused():
    case = replace(closable(), findings=(finding("M1"), finding("M5"), finding("D1")))

    assert all("register" not in item.keys for item in changes(case))


def test_finding_that_its_records_contradict_falls():
    case = replace(
        closable(), findings=(finding("M1"), finding("M5"), replace(finding("D1"), records=("ab12",)))
    )
    told = next(item for item in changes(case) if item.keys == ("contradicted_D1",))

    assert (told.outcome, "magistrate show CASE ab12" in told.command) == (Disposition.CLOSE_BENIGN, True)


def test_missing_coverage_is_a_change_with_the_export_command():
    case = replace(closable(), stories=(story(grades=(("srv01", "D"),)),))

    assert changes(case)[0].command.startswith("on srv01: wevtutil epl Security")


def test_unsettled_actor_is_a_change():
    case = replace(closable(), stories=(story(identity=IdentityState.UNKNOWN),))

    assert changes(case)[0].keys == ("actor_local",)


def test_closed_case_says_what_would_open_it():
    assert [(item.keys, item.rule) for item in changes(closable())] == [(("denied",), "R10")]


def test_many_missing_facts_are_told_as_what_the_gate_asks_for():
    case = without_source(Q1=State.UNKNOWN, Q2=State.UNKNOWN, E1=State.UNKNOWN)
    closing = [item for item in changes(case) if item.outcome is Disposition.CLOSE_BENIGN]

    assert [(item.rule, set(item.keys)) for item in closing] == [
        ("R8", {"source_logs", "older_days", "register"})
    ]


def test_exercise_is_not_suggested_where_data_is_missing():
    assert all("exercise" not in item.keys for item in changes(without_source()))


def test_nothing_observed_has_no_changes():
    assert changes(replace(closable(), stories=(), findings=())) == ()


MANY = settings(
    max_examples=max(25, int(os.environ.get("MAGISTRATE_CASES", "60")) // 4),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@MANY
@given(any_situation())
def test_every_change_comes_true_when_it_is_fed_back(situation):
    known = {change.key: change for change in possible_changes(situation, outcome(situation))}
    promised = [(item.outcome, item.rule, item.keys) for item in changes(situation)]
    fed = [
        establish(PLAYBOOK, situation, tuple(known[key] for key in item_keys)) for _, _, item_keys in promised
    ]

    assert [(o.disposition, o.rule) for o in map(outcome, fed)] == [item[:2] for item in promised]


@MANY
@given(any_situation())
def test_every_change_leads_elsewhere_and_there_are_at_most_three(situation):
    found = changes(situation)

    assert len(found) <= 3
    assert all(item.outcome is not outcome(situation).disposition for item in found)


@MANY
@given(any_situation())
def test_every_change_says_how_it_is_settled(situation):
    assert all(item.asks and all(ask.command for ask in item.asks) for item in changes(situation))


@MANY
@given(any_situation())
def test_no_change_is_larger_than_it_must_be(situation):
    known = {change.key: change for change in possible_changes(situation, outcome(situation))}
    for item in changes(situation):
        for left in item.keys:
            rest = tuple(known[key] for key in item.keys if key != left)
            if rest:
                assert outcome_with(PLAYBOOK, situation, rest).disposition is not item.outcome


@pytest.mark.parametrize("code", ["E1", "E3", "E4"])
def test_yes_of_an_escalation_decision_may_fall(code):
    found = changes(with_states(**{code: State.YES}))

    assert found
