"""Claims about coverage of hostile inputs, by case id of the threat model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from magistrate.coverage.assess import assess_coverage
from magistrate.sources.base import Intake, RawRecord
from magistrate.sources.normalise import normalise
from magistrate.sources.readers.json import READER
from magistrate.store.duckdb import DuckDBStore

HOSTILE = os.environ.get("MAGISTRATE_HOSTILE")
pytestmark = [
    pytest.mark.hostile,
    pytest.mark.skipif(HOSTILE is None, reason="MAGISTRATE_HOSTILE is not set"),
]


@pytest.fixture
def coverage():
    name = "mixed-hosts-channels.ndjson"
    with (Path(HOSTILE) / "json" / name).open("rb") as stream:
        records = [item for item in READER.read(stream, name) if isinstance(item, RawRecord)]
    store = DuckDBStore.in_memory(
        normalise(record).row | {"file": name, "file_sha256": "aa"} for record in records
    )
    return assess_coverage(store, Intake(), None, None)


def test_t_tamper_1_clears_clock_change_and_falling_ids_are_reported(coverage):
    assert sorted((sign.host, sign.what.partition(":")[0]) for sign in coverage.tamper) == [
        ("ws01.corp.example", "an event log was cleared"),
        ("ws01.corp.example", "an event log was cleared"),
        ("ws01.corp.example", "record ids start again at a lower number"),
        ("ws01.corp.example", "the clock was set by something other than the time service"),
    ]


def test_t_id_1_forms_of_a_host_name_are_not_merged(coverage):
    assert [item.host for item in coverage.hosts] == ["37l4247d28-05", "dc01", "ws01", "ws01.corp.example"]


def test_t_id_2_renamed_channels_are_one_channel(coverage):
    channels = [item.channel for item in coverage.host("ws01.corp.example").channels]

    assert channels.count("Security") == 1
    assert channels.count("Microsoft-Windows-Sysmon/Operational") == 1


def test_t_id_1_forms_of_one_host_name_are_shown_as_candidates(coverage):
    found = [(item.kind, item.hosts) for item in coverage.identities]

    assert ("short_name", ("ws01", "ws01.corp.example")) in found
    assert ("spelling", ("ws01.corp.example",)) in found


def test_t_tamper_1_every_sign_of_the_hostile_log_turns_its_window_open(coverage):
    logon = coverage.host("ws01.corp.example").capability("logon")

    assert (logon.readiness.value, logon.gap.value) == ("conditional", "cut")
