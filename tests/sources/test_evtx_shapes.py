"""Logs as collections hold them: forwarded events of many hosts, archived and wrong names, other content."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore
from scenario_writer.evtx import Record, write_log
from scenario_writer.layouts import Envelope, load_layouts
from sources.sample_log import EVENTS, NOON, sample_log

HOSTS = ("WS07.corp.example", "srv12.corp.example", "DC01.corp.example")


def forwarded_log(count: int) -> bytes:
    """One log with the events of three hosts and all sample channels, record ids of their own per host."""
    layouts = load_layouts()
    made = []
    for number in range(count):
        name, fields = EVENTS[number % len(EVENTS)]
        created = NOON + timedelta(seconds=number)
        envelope = Envelope(HOSTS[number % 3], number // 3 + 1, created)
        made.append(Record(number + 1, created, layouts[name].event(envelope, fields)))
    return write_log(made)


def rows_of(path, out):
    intake = collect([path], out, IntakeOptions(keep_all=True))
    with DuckDBStore.open(out) as store:
        return intake, store.query("SELECT host, Computer, Channel, RecordId FROM event")


def test_each_event_of_a_forwarded_log_keeps_the_host_and_channel_that_logged_it(tmp_path):
    path = tmp_path / "ForwardedEvents.evtx"
    path.write_bytes(forwarded_log(90))
    intake, rows = rows_of(path, tmp_path / "out")

    assert (intake.records_loaded, len(rows)) == (90, 90)
    assert {row["Computer"] for row in rows} == set(HOSTS)
    assert {row["host"] for row in rows} == {host.lower() for host in HOSTS}
    assert len({row["Channel"] for row in rows}) == len({row["Channel"] for row in rows_of_plain(tmp_path)})


def rows_of_plain(tmp_path):
    path = tmp_path / "plain.evtx"
    path.write_bytes(sample_log(90))
    return rows_of(path, tmp_path / "plain")[1]


def test_equal_record_ids_of_different_hosts_are_no_copies(tmp_path):
    path = tmp_path / "ForwardedEvents.evtx"
    path.write_bytes(forwarded_log(90))
    intake, rows = rows_of(path, tmp_path / "out")

    assert len({row["RecordId"] for row in rows}) == 30
    assert sum(file.duplicate for file in intake.files) == 0


@pytest.mark.parametrize(
    "name",
    [
        "Archive-Security-2026-03-03-12-00-00-000.evtx",
        "security.log",
        "export.json",
        "Security",
        "a.evtx.bak",
    ],
)
def test_t_evtx_8_a_log_is_known_by_its_content_under_any_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(sample_log(40))
    (file,) = collect([path], tmp_path / "out", IntakeOptions()).files

    assert (file.format, file.loaded) == ("evtx", 40)


def test_t_evtx_8_other_content_under_the_name_of_a_log_is_read_as_what_it_is(tmp_path):
    event = {"Channel": "Security", "EventID": 4634, "Computer": "WS07", "EventRecordID": 1}
    path = tmp_path / "Security.evtx"
    path.write_text(json.dumps({"TimeCreated": "2026-03-03T12:00:00Z", **event}) + "\n", encoding="utf-8")
    (file,) = collect([path], tmp_path / "out", IntakeOptions()).files

    assert (file.format, file.loaded) == ("json", 1)
