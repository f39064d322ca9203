"""Sessions around the acts: what is fetched, and how little of it one act looks at."""

from __future__ import annotations

from datetime import timedelta

from activity.rows_of import HOST, START, logon
from magistrate.activity.sessions import Anchor, between, fetch_sessions
from magistrate.store.duckdb import DuckDBStore


def test_windows_of_neighbouring_acts_are_one_window():
    store = DuckDBStore.in_memory([logon(0, "CORP\\adm", 0xA, "10.0.0.5")])
    fetch_sessions(store, [Anchor(HOST, START + timedelta(seconds=i), None) for i in range(500)])
    (anchors,) = store.query("SELECT COUNT(*) AS held FROM activity_anchor")
    store.close()

    assert anchors["held"] == 1


def test_acts_far_apart_fetch_only_what_lies_near_them():
    rows = [logon(seconds, "CORP\\adm", 0xA + seconds, "10.0.0.5") for seconds in (0, 1800, 3600)]
    store = DuckDBStore.in_memory(rows)
    anchors = [Anchor(HOST, START + timedelta(seconds=seconds), None) for seconds in (5, 3605)]
    found = fetch_sessions(store, anchors).network[HOST]
    store.close()

    assert [item.logon_id for item in found] == [0xA, 0xA + 3600]


def test_one_act_looks_at_the_logons_of_its_own_time():
    store = DuckDBStore.in_memory([logon(i, "CORP\\adm", 0xA + i, "10.0.0.5") for i in range(100)])
    sessions = fetch_sessions(store, [Anchor(HOST, START + timedelta(seconds=i), None) for i in range(100)])
    store.close()
    first, last = START + timedelta(seconds=10), START + timedelta(seconds=12)

    assert [item.logon_id for item in between(sessions.network[HOST], first, last)] == [20, 21, 22]
