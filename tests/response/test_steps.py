from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.response.case_maker import T0, Case, activity, answers, coverage, finding, identity, nothing, story

from magistrate.activity.model import Account, Kind
from magistrate.answers.answer import State
from magistrate.coverage.model import Coverage, Proof
from magistrate.response import StepState
from magistrate.response.wording import shown, some, time_text


def step(case: Case, name: str):
    found = case.respond()
    return next(item for item in (*found.l1_steps, *found.t2_steps) if item.id == name)


def test_l1_and_t2_steps_come_in_order():
    found = Case().respond()

    assert [item.id for item in found.l1_steps] == ["L1-1", "L1-2", "L1-3", "L1-4"]
    assert [item.id for item in found.t2_steps] == ["T2-1", "T2-2", "T2-3", "T2-4"]


def test_the_first_step_says_who_did_what_where():
    text = step(Case(), "L1-1").result

    assert "WMI activities: 1 (stories: 1" in text
    assert "CORP\\user03" in text
    assert "ws07.corp.example" in text


def test_a_step_leads_to_the_first_record():
    assert step(Case(), "L1-1").ask[0].command == "magistrate show CASE 0000000000000001"


def test_a_full_recording_lets_the_step_be_done():
    assert step(Case(answers=answers(State.NO)), "L1-1").state is StepState.DONE


def test_a_missing_recording_is_said_in_the_state():
    assert step(Case(coverage=coverage(Proof.OFF)), "L1-3").state is StepState.NOT_ANSWERABLE
    assert step(Case(coverage=coverage(Proof.ON, network=Proof.PARTIAL)), "L1-3").state is StepState.PARTLY


def test_nothing_observed_needs_no_step_where_recording_is_proved():
    assert step(nothing(), "L1-1").state is StepState.NOT_NEEDED
    assert "No WMI activity was found" in step(nothing(), "L1-1").result


def test_nothing_observed_without_logs_is_not_an_all_clear():
    case = nothing(coverage=Coverage(()))

    assert step(case, "L1-1").state is StepState.NOT_ANSWERABLE


def test_no_flows_are_never_called_no_exfiltration():
    text = step(Case(coverage=coverage(Proof.ON, network=Proof.OFF)), "T2-3").result

    assert 'This is not "no exfiltration"' in text
    assert "srv01.corp.example off" in text


def test_tools_are_named_and_actors_are_not():
    text = step(Case(stories=(story(methods=("impacket-wmiexec",)),)), "T2-2").result

    assert "impacket-wmiexec" in text
    assert "names no culprit" in text


def test_changes_beside_the_activity_are_listed():
    registry = activity(2, kind=Kind.REGISTRY)
    case = Case(stories=(story(activity(1), registry),), findings=(finding("S8"),))

    assert "Changes beside the activity: 2" in step(case, "T2-4").result


@pytest.mark.parametrize(
    ("utc", "word"),
    [
        (datetime(2024, 3, 12, 16, 59, tzinfo=UTC), "outside"),
        (datetime(2024, 3, 12, 17, 0, tzinfo=UTC), "inside"),
        (datetime(2024, 3, 15, 17, 0, tzinfo=UTC), "inside"),
        (datetime(2024, 3, 15, 17, 1, tzinfo=UTC), "outside"),
    ],
)
def test_patch_days_begin_on_the_second_tuesday(utc, word):
    case = Case(stories=(story(activity(1, utc=utc)),))

    assert f"Patch days: {word} the days after 2024-03-12 17:00Z" in step(case, "L1-4").result


def test_the_busiest_ten_minutes_are_counted_for_one_account_on_one_host():
    from datetime import timedelta

    near = [activity(n, id=f"n{n}", utc=T0 + timedelta(minutes=n)) for n in (0, 5, 10)]
    far = activity(4, id="far", utc=T0 + timedelta(minutes=30))
    other = activity(5, id="other", utc=T0, identity=identity(Account("CORP\\user04")))
    found = Case(stories=(story(*near, far, other),)).respond().requirements

    assert "within 10 minutes: 3." in next(item.result for item in found if item.id == "P8")


def test_shown_values_cannot_break_or_reorder_a_line():
    assert shown("a\nb\u202ec") == "a<U+000A>b<U+202E>c"


def test_long_values_are_cut_where_they_are_shown():
    assert len(shown("x" * 1000)) == 160


def test_lists_say_what_they_leave_out():
    assert some("fedcba", most=2) == "a, b and 4 more"
    assert some([]) == "none"


def test_times_without_zone_confusion():
    assert time_text(T0) == "2024-03-12 10:00:00Z"
