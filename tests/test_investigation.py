"""One investigation from paths to a decision: the same answer whatever the order, split or number of workers."""

from __future__ import annotations

import gzip
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from magistrate.errors import StoreError, UsageError
from magistrate.investigation import Options, investigate
from magistrate.report.build import build_view
from magistrate.report.exporters import verdict_json

LOGS = Path(__file__).parents[1] / "scenarios" / "demo" / "logs"


def verdict(paths, case_dir, **options):
    return verdict_json.render(build_view(investigate(paths, case_dir, Options(**options))))


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return verdict([LOGS], tmp_path_factory.mktemp("first"))


def test_two_workers_give_the_same_bytes_as_one(first, tmp_path):
    assert verdict([LOGS], tmp_path, jobs=2) == first


def test_a_second_run_gives_the_same_bytes(first, tmp_path):
    assert verdict([LOGS], tmp_path) == first


def test_the_order_of_inputs_does_not_change_the_decision(tmp_path):
    hosts = sorted(path for path in LOGS.iterdir() if path.is_dir())

    assert verdict(hosts, tmp_path / "a") == verdict(list(reversed(hosts)), tmp_path / "b")


def test_the_same_log_twice_adds_no_event(tmp_path):
    copy = tmp_path / "logs"
    shutil.copytree(LOGS, copy)
    shutil.copytree(LOGS, copy / "again")
    case = investigate([copy], tmp_path / "case")
    once = investigate([LOGS], tmp_path / "once")

    assert case.intake.records_loaded == once.intake.records_loaded
    assert sum(item.duplicate for item in case.intake.files) == once.intake.records_loaded
    assert case.decision.disposition is once.decision.disposition


def test_every_file_accounts_for_all_its_records(tmp_path):
    for item in investigate([LOGS], tmp_path).intake.files:
        assert item.found == item.loaded + item.duplicate + item.recovered + item.bad + item.refused


def test_events_outside_the_window_are_counted_and_not_examined(tmp_path):
    case = investigate([LOGS], tmp_path, Options(window_from=datetime(2099, 1, 1, tzinfo=UTC)))

    assert case.stories == ()
    assert sum(item.outside_window for item in case.intake.files) > 0


def test_logs_in_an_archive_decide_as_the_logs_themselves(tmp_path):
    packed = tmp_path / "logs.zip"
    shutil.make_archive(str(packed.with_suffix("")), "zip", LOGS)
    plain = investigate([LOGS], tmp_path / "plain").decision

    assert investigate([packed], tmp_path / "packed").decision == plain


def test_a_quiet_export_is_not_observed(tmp_path):
    line = {
        "Channel": "Security",
        "EventID": 4634,
        "Computer": "ws01.corp.example",
        "TimeCreated": "2026-03-04T09:00:00Z",
        "TargetUserName": "a",
    }
    export = tmp_path / "quiet.json.gz"
    export.write_bytes(gzip.compress(json.dumps(line).encode()))
    case = investigate([export], tmp_path / "case")

    assert case.decision.disposition == "NOT-OBSERVED"
    assert case.intake.records_loaded == 1


def test_a_missing_path_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="nowhere"):
        investigate([tmp_path / "nowhere"], tmp_path / "case")


def test_lost_events_stop_the_run(tmp_path, monkeypatch):
    from magistrate import investigation

    class Leaky(investigation.DuckDBStore):
        def query(self, sql, parameters=None, *, name=""):
            rows = super().query(sql, parameters, name=name)
            return [{"held": 0}] if name == "records held" else rows

    monkeypatch.setattr(investigation, "DuckDBStore", Leaky)

    with pytest.raises(StoreError, match="intake loaded"):
        investigate([LOGS], tmp_path)


def test_a_case_without_one_record_waits_for_data(tmp_path):
    (tmp_path / "empty.evtx").touch()
    decision = investigate([tmp_path / "empty.evtx"], tmp_path / "case").decision

    assert decision.disposition == "HOLD-DATA"
    assert "no record of a host could be read at all" in decision.unknowns
    assert decision.request
