"""Claims about what a baseline is read from, and about its use in later cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.answers.approaches.test_history import WMIPRVSE, ran, worked
from tests.answers.cases import (
    SID,
    SOURCE_IP,
    T0,
    TARGET,
    USER,
    event,
    identity,
    inquire,
    process,
    recording,
    site,
    story,
)

from magistrate.answers.answer import State
from magistrate.answers.approaches.history import answer_history
from magistrate.events.learned import LEARNED_COLUMNS
from magistrate.history.learn import _QUERIES, _sql, learn
from magistrate.portable_sql import assert_portable
from magistrate.store.duckdb import DuckDBStore


def stories_on(*days):
    return tuple(story(f"d{day}", seconds=-day * 86_400) for day in days)


def learned(*days, rows=None, context=None):
    store = DuckDBStore.in_memory(recording() if rows is None else rows)
    return learn(store, stories_on(*days), context or site())


def asked(history, rows=None):
    """Q2 of a case that starts an hour before the scene, with a history."""
    fresh = [process(0.01, "NT AUTHORITY\\SYSTEM", "S-1-5-18")] if rows is None else rows
    inquiry = inquire(rows=fresh)
    inquiry.store.register("learned", LEARNED_COLUMNS, [row.row("site.history") for row in history.rows])
    return answer_history(inquiry)


@pytest.mark.parametrize("name", _QUERIES)
def test_query_is_portable(name):
    assert_portable(_sql(name), name)

    assert _sql(name)


def test_acts_are_learned_with_account_source_class_and_shape():
    acts = [row for row in learned(30).rows if row.kind == "act"]

    assert [(a.host, a.account, a.account_sid, a.source, a.class_, a.shape, a.number) for a in acts] == [
        (TARGET, USER.lower(), SID, SOURCE_IP, "process_create", "cmd /c hostname", 1)
    ]
    assert acts[0].period <= acts[0].first_seen < acts[0].period + timedelta(minutes=10)


def test_process_starts_logons_and_recording_are_counted_by_day():
    logons = [
        event("logon", 4624, seconds, LogonType=3, TargetUserName="svc", SourceIp=SOURCE_IP,
              AuthenticationPackageName="Kerberos")
        for seconds in (0, 60, 86_400)
    ]  # fmt: skip
    rows = learned(rows=[*recording(), *logons]).rows
    days = [(row.source, row.package, row.class_, row.number) for row in rows if row.kind == "logon"]

    assert days == [(SOURCE_IP, "KERBEROS", "3", 2), (SOURCE_IP, "KERBEROS", "3", 1)]
    assert {row.class_ for row in rows if row.kind == "recording"} == {"process", "logon"}
    assert sum(row.number for row in rows if row.kind == "account") == 26


def test_what_responders_did_is_left_out():
    context = site(responders=(USER,))

    assert [row for row in learned(30, context=context).rows if row.kind == "act"] == []


def test_a_learned_habit_answers_yes_in_a_case_of_one_day():
    draft = asked(learned(30, 20, 10))

    assert (draft.state, draft.values["days"]) == (State.YES, "3 earlier days")
    assert draft.evidence[0].file == "site.history: test.evtx"
    assert any("learned history from" in note for note in draft.limits)


def test_without_history_the_same_case_is_unknown():
    assert asked(learned()).state is State.UNKNOWN


def test_learned_days_of_the_last_24_hours_do_not_count():
    """The intruder's own first hours are no history, whoever learned them."""
    assert asked(learned(0.9, 0.5, 0.1)).values["days"] == "no earlier day"


def test_a_long_learned_record_without_the_act_answers_no():
    draft = asked(learned(rows=recording() + worked()))

    assert draft.state is State.NO


def test_a_hole_between_history_and_case_is_no_covered_time():
    old = [
        row for row in learned(rows=recording() + worked()).rows if row.last_seen < T0 - timedelta(days=40)
    ]
    history = type(learned())(tuple(old))

    assert asked(history).state is State.UNKNOWN
    assert float(asked(history).values["span"]) < 21


def test_the_same_day_in_case_and_history_counts_once():
    rows = [*recording(), *ran(30, 20), process(20, ParentImage=WMIPRVSE, Image="x.exe")]

    assert asked(learned(30, 20), rows).values["days"] == "2 earlier days"


def test_an_act_of_nobody_is_learned_for_nobody():
    nobody = story("n", who=replace(identity(), account=None))
    rows = learn(DuckDBStore.in_memory(recording()), (nobody,), site()).rows

    assert [(row.account, row.account_sid) for row in rows if row.kind == "act"] == [("", "")]
