from __future__ import annotations

from tests.answers.cases import SOURCE, TARGET, event

from magistrate.answers.must_check import look, must_check
from magistrate.store.duckdb import DuckDBStore


def looked(*rows, hosts=(TARGET,)):
    return look(DuckDBStore.in_memory(rows), hosts)


def test_recorded_event_was_looked_at():
    assert "failed logons" in looked(event("logon_failure", 4625, 0)).seen


def test_channel_without_its_events_is_silent_not_clear():
    assert "failed logons" in looked(event("logon", 4624, 0)).silent


def test_absent_channel_was_not_looked_at():
    assert "Defender and attack surface reduction" in looked(event("logon", 4624, 0)).absent


def test_other_hosts_do_not_count():
    assert "failed logons" in looked(event("logon_failure", 4625, 0, host=SOURCE)).absent


def test_every_row_names_its_source():
    assert all(row.source and row.event_ids for row in must_check())
