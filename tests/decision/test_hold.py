from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.decision.situations import closable, outcome, story, with_states

from magistrate.activity.model import Confidence
from magistrate.answers.answer import Answer, Missing, State
from magistrate.decision.hold import deadline_text, duration_text, hold_case, request_lines
from magistrate.decision.model import Disposition
from magistrate.decision.situation import IdentityState

BEGAN = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
OPEN = Answer(
    "Q1", "need?", State.UNKNOWN, Confidence.LOW, "open", missing=(Missing("a ticket", "ask the board"),)
)


def held(began=None, **values):
    case = replace(closable(), stories=(story(grades=(("srv01", "D"),), first=BEGAN, last=BEGAN, **values),))
    return hold_case(outcome(case), case, (OPEN,), began)


def test_only_a_held_case_has_a_deadline():
    assert hold_case(outcome(closable()), closable(), (), None) is None


@pytest.mark.parametrize(
    ("server", "due"),
    [(True, datetime(2026, 3, 5, 9, 30, tzinfo=UTC)), (False, datetime(2026, 3, 5, 13, 0, tzinfo=UTC))],
)
def test_deadline_is_an_instant_counted_from_the_start_of_triage(server, due):
    assert held(BEGAN, server_or_unknown=server).due == due


def test_deadline_says_duration_instant_and_what_follows():
    assert deadline_text(held(BEGAN)) == (
        "until 2026-03-05 13:00 UTC, 4 hours after triage began at 2026-03-05 09:00 UTC; "
        "if the data is not there by then: ESCALATE-REVIEW"
    )


def test_deadline_runs_from_reading_when_nobody_said_when_triage_began():
    assert deadline_text(held(server_or_unknown=True)).startswith(
        "30 minutes from the moment this is read; if"
    )


def test_hold_that_is_not_met_goes_on_to_review():
    assert held().otherwise is Disposition.ESCALATE_REVIEW


def test_logs_of_the_host_are_asked_for_before_answers():
    assert [ask.whom for ask in held().asks] == ["on srv01", "a ticket"]


def test_host_that_several_stories_need_is_asked_for_once_over_all_their_time():
    late = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)
    poor = {"grades": (("srv01", "D"),)}
    case = replace(
        closable(),
        stories=(story("s-1", first=BEGAN, last=BEGAN, **poor), story("s-2", first=late, last=late, **poor)),
    )
    asks = hold_case(outcome(case), case, (), None).asks

    assert [(ask.host, ask.window_from, ask.window_to) for ask in asks] == [
        ("srv01", datetime(2026, 3, 4, 9, 0, tzinfo=UTC), datetime(2026, 3, 6, 11, 0, tzinfo=UTC))
    ]


def test_unsettled_actor_asks_for_logons_of_its_host():
    case = replace(with_states(Q3=State.UNKNOWN), stories=(story(identity=IdentityState.UNKNOWN),))
    asks = hold_case(outcome(case), case, (), None).asks

    assert 4624 in asks[0].event_ids


def test_unexamined_source_is_asked_for():
    case = replace(with_states(Q3=State.UNKNOWN), stories=(story(source_covered=False, source="ws23"),))

    assert hold_case(outcome(case), case, (), None).asks[0].host == "ws23"


def test_request_is_one_line_with_ids_and_window():
    assert request_lines(held().asks)[0].endswith(
        "4697, 5145, 5857, 5858, 5859, 5860, 5861; 2026-03-04 09:00 UTC to 2026-03-05 11:00 UTC)"
    )


@pytest.mark.parametrize(
    ("minutes", "text"), [(30, "30 minutes"), (60, "1 hour"), (240, "4 hours"), (90, "90 minutes")]
)
def test_duration_in_words(minutes, text):
    assert duration_text(minutes) == text
