from __future__ import annotations

from dataclasses import replace

import pytest

from magistrate.activity.model import Kind
from magistrate.events.evidence import ReadIssue
from magistrate.report.build import build_view, t1047_observed
from magistrate.report.plain import plain
from magistrate.sources.base import Intake
from report.sample_case import COVERAGE, FINDINGS, STORIES, quiet_case, sample_case


def test_background_alone_is_not_t1047() -> None:
    assert not t1047_observed(STORIES[1:])


def test_a_story_of_subscriptions_only_is_not_t1047() -> None:
    acts = tuple(replace(item, kind=Kind.SUBSCRIPTION) for item in STORIES[0].activities)

    assert not t1047_observed((replace(STORIES[0], activities=acts),))


def test_a_subscription_beside_another_act_is_t1047() -> None:
    acts = STORIES[0].activities
    mixed = (replace(acts[0], kind=Kind.SUBSCRIPTION), acts[1])

    assert t1047_observed((replace(STORIES[0], activities=mixed),))


def test_the_deciding_story_is_told_first() -> None:
    view = build_view(replace(sample_case(), stories=STORIES[::-1]))

    assert [story.id for story in view.stories] == ["S1", "S2"]
    assert view.sentence.startswith(r"CORP\user05, from ws23.corp.example (10.0.5.23), started processes")


def test_the_order_of_stories_given_does_not_change_the_case_hash() -> None:
    forward, backward = sample_case(), replace(sample_case(), stories=STORIES[::-1])

    assert build_view(forward).case_hash == build_view(backward).case_hash


def test_linked_techniques_stand_beside_t1047() -> None:
    assert build_view(sample_case()).techniques == ("T1047", "T1021.003")


def test_t1047_is_not_tagged_when_it_was_not_observed() -> None:
    assert build_view(quiet_case()).techniques == ()


def test_masked_secrets_are_counted() -> None:
    view = build_view(sample_case())

    assert view.masked_secrets > 0
    assert "Winter12" not in str(plain(view))


def test_next_actions_name_at_most_three_things_and_leave_room_for_a_gap() -> None:
    actions = build_view(sample_case()).next_actions

    assert len(actions) == 3
    assert any("ws23.corp.example" in item for item in actions)


def test_a_time_without_zone_is_refused() -> None:
    naive = replace(FINDINGS[0], utc=FINDINGS[0].utc.replace(tzinfo=None))

    with pytest.raises(ValueError, match="without a zone"):
        build_view(replace(sample_case(), findings=(naive,)))


def test_all_acts_are_counted_when_not_all_are_listed() -> None:
    act = STORIES[0].activities[0]
    acts = tuple(replace(act, id=f"A{number:04}") for number in range(500))
    view = build_view(replace(sample_case(), stories=(replace(STORIES[0], activities=acts),)))

    assert (view.stories[0].acts, len(view.stories[0].processes)) == (500, 200)


def test_absence_is_only_called_covered_for_what_every_host_proved() -> None:
    one_host = replace(quiet_case(), coverage=replace(COVERAGE, hosts=COVERAGE.hosts[:1]))

    assert build_view(quiet_case()).sentence.startswith(
        "WMI activity: not observed, not covered by process creation,"
    )
    assert build_view(one_host).sentence.startswith(
        "WMI activity: not observed, coverage proved for process creation, command line, actor logon id, logon; "
        "not observed, not covered by special logon, wmi activity, network (42,411 records of 1 host, "
    )


def test_nothing_loaded_is_not_called_quiet() -> None:
    empty = replace(quiet_case(), intake=Intake(), stories=())

    assert (
        build_view(empty).sentence == "No record could be loaded, so nothing can be said about WMI activity"
    )


def test_the_record_that_the_statement_quotes_comes_first() -> None:
    finding = replace(FINDINGS[0], evidence=FINDINGS[0].evidence[::-1])
    view = build_view(replace(sample_case(), findings=(finding,)))

    assert view.findings[0].evidence[0].id == "0000000000000001"


def test_the_sentence_quotes_the_command_of_the_deciding_finding() -> None:
    finding = replace(FINDINGS[0], activity_ids=("A2",))

    assert "net use" in build_view(replace(sample_case(), findings=(finding,))).sentence


def test_lost_evidence_is_the_next_thing_to_fetch_when_nothing_was_seen() -> None:
    issue = ReadIssue(file="a.evtx", unit="file", reason="93 chunks are missing.", hint="Copy the log again.")
    case = quiet_case()
    view = build_view(replace(case, intake=replace(case.intake, issues=(issue,))))

    assert "a.evtx: Copy the log again." in view.next_actions
