from __future__ import annotations

from dataclasses import replace

import pytest
from tests.answers.cases import SID, USER, activity, identity, inquire, process, recording, story

from magistrate.activity.model import Candidate, Confidence, Join, OriginClass
from magistrate.answers.answer import State
from magistrate.answers.approaches.history import answer_history
from magistrate.answers.queries import query_text
from magistrate.portable_sql import assert_portable

WMIPRVSE = r"C:\Windows\System32\wbem\WmiPrvSE.exe"


def ran(*days_before, **columns):
    return [
        process(day, Image=r"C:\Windows\System32\cmd.exe", ParentImage=WMIPRVSE, **columns)
        for day in days_before
    ]


def worked(count=25, **columns):
    return [process(20 + number / 100, **columns) for number in range(count)]


@pytest.mark.parametrize(
    "name", ["history_days", "account_days", "pair_days", "recorded_days", "learned_span", "recording_samples",
             "evidence_by_id", "service_flows", "dynamic_flows", "outgoing_flows", "share_touches", "network_hosts",
             "channel_events"],
)  # fmt: skip
def test_query_is_portable(name):
    assert_portable(query_text(name), name)

    assert query_text(name)


def test_three_earlier_days_are_yes_with_first_last_and_samples():
    draft = answer_history(inquire(rows=recording() + ran(30, 20, 10)))

    assert (draft.state, draft.values["days"], len(draft.evidence)) == (State.YES, "3 earlier days", 3)


def test_span_of_thirty_days_gives_high_confidence():
    assert answer_history(inquire(rows=recording() + ran(30, 20, 10))).confidence is Confidence.HIGH


def test_two_earlier_days_are_unknown():
    assert answer_history(inquire(rows=recording() + ran(30, 20))).state is State.UNKNOWN


def test_another_operation_class_is_no_history():
    rows = recording() + worked() + [process(day, Image=r"C:\Windows\System32\wbem\WMIC.exe", CommandLine="wmic os get name") for day in (30, 20, 10)]  # fmt: skip

    assert answer_history(inquire(rows=rows)).state is State.NO


def test_an_account_without_history_did_it_on_no_earlier_day():
    draft = answer_history(inquire())

    assert (draft.values["days"], draft.values["between"]) == ("no earlier day", "")


def test_never_in_a_proved_month_is_no_and_cites_the_recording():
    draft = answer_history(inquire(rows=recording() + worked()))

    assert (draft.state, bool(draft.evidence)) == (State.NO, True)


def test_short_history_is_unknown_and_asks_for_older_logs():
    rows = [process(3), *ran(2), *worked(25)][:2]
    draft = answer_history(inquire(rows=rows))

    assert (draft.state, draft.missing[0].id) == (State.UNKNOWN, "older_logs")


def test_few_events_of_the_account_do_not_prove_never():
    assert answer_history(inquire(rows=recording() + worked(5))).state is State.UNKNOWN


def test_own_first_day_is_not_history():
    rows = recording() + ran(0.5, 0.6, 0.7, 0.8) + worked()

    assert answer_history(inquire(rows=rows)).state is State.NO


def test_history_of_the_last_week_alone_is_low():
    draft = answer_history(inquire(rows=recording() + ran(2, 3, 4) + worked()))

    assert (draft.state, draft.confidence) == (State.YES, Confidence.LOW)


def test_renamed_account_keeps_its_history_by_sid():
    assert answer_history(inquire(rows=recording() + ran(30, 20, 10, user="CORP\\old01"))).state is State.YES


def test_same_name_with_another_sid_is_another_account():
    rows = recording() + ran(30, 20, 10, sid=SID[:-1] + "9") + worked()

    assert answer_history(inquire(rows=rows)).state is State.NO


def test_unknown_actor_is_unknown_and_asks_for_the_actor():
    who = identity(OriginClass.UNKNOWN, account=None, join=Join.NONE)
    draft = answer_history(inquire([story(who=who)], rows=recording()))

    assert (draft.state, draft.missing[0].id) == (State.UNKNOWN, "actor")


def test_candidates_with_different_histories_conflict():
    who = identity(join=Join.AMBIGUOUS, candidates=(
        Candidate(USER, "10.0.5.23", "NTLM", 10, "l1"), Candidate("CORP\\other", "10.0.5.24", "NTLM", 20, "l2"),
    ))  # fmt: skip
    draft = answer_history(inquire([story(who=who)], rows=recording() + ran(30, 20, 10, sid=None)))

    assert draft.state is State.CONFLICT


def test_story_without_time_is_unknown():
    undated = replace(story(), first=None, last=None)

    assert answer_history(inquire([undated])).state is State.UNKNOWN


def test_script_that_reads_counts_as_query():
    acts = (activity(operation="query", command="wmic os get name", who=identity(OriginClass.LOCAL)),)
    rows = recording() + [process(day, Image=r"C:\Windows\System32\wbem\WMIC.exe", CommandLine="wmic os get name") for day in (30, 20, 10)]  # fmt: skip

    assert (
        answer_history(inquire([story(who=identity(OriginClass.LOCAL), acts=acts)], rows=rows)).state
        is State.YES
    )
