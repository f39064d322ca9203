"""T-EVTX-5 end to end: the same logs with their records live, and with all but the first of each chunk in slack."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from magistrate.decision.model import Disposition
from magistrate.investigation import Options, investigate
from magistrate.report.build import build_view
from magistrate.report.exporters import html, markdown, timeline, verdict_json
from magistrate.sources.evtx_chunks import find_chunks, read_chunk

LOGS = Path(__file__).parents[1] / "scenarios" / "demo" / "logs"
FREE_AT = 48


def send_to_slack(log: Path) -> int:
    """Let every chunk call only its first record used; tells how many records that takes out of use."""
    data = bytearray(log.read_bytes())
    gone = 0
    for start, end in find_chunks(bytes(data), len(data)):
        frames = read_chunk(bytes(data), start, end).frames
        if len(frames) > 1:
            struct.pack_into("<I", data, start + FREE_AT, frames[1].offset)
            gone += len(frames) - 1
    log.write_bytes(data)
    return gone


@pytest.fixture(scope="module")
def buried(tmp_path_factory):
    """The demo's logs, their records in slack; and how many."""
    folder = tmp_path_factory.mktemp("buried") / "logs"
    shutil.copytree(LOGS, folder)
    return folder, sum(send_to_slack(log) for log in sorted(folder.rglob("*.evtx")))


@pytest.fixture(scope="module")
def recovered(buried, tmp_path_factory):
    return investigate([buried[0]], tmp_path_factory.mktemp("case"), Options(recover=True))


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    return investigate([LOGS], tmp_path_factory.mktemp("case"), Options(recover=True))


def totals(case):
    files = case.intake.files
    return {
        name: sum(getattr(file, name) for file in files)
        for name in ("found", "loaded", "duplicate", "recovered")
    }


def test_the_live_logs_escalate(live):
    assert live.decision.disposition is Disposition.ESCALATE_INCIDENT


def test_t_evtx_5_the_same_records_in_slack_are_held(recovered):
    decision = recovered.decision

    assert (decision.disposition, decision.rule) == (Disposition.HOLD_DATA, "N1")
    assert "fetch the same hours of these logs" in decision.request[0]
    assert any("ESCALATE-INCIDENT with the records recovered" in item for item in decision.unknowns)


def test_t_evtx_5_the_held_case_still_shows_what_was_found(recovered, live):
    assert {item.code for item in recovered.findings} & {
        item.code for item in live.findings if item.tier in "DS"
    }


def test_t_evtx_5_without_the_option_slack_is_counted_and_shows_nothing(buried, tmp_path):
    case = investigate([buried[0]], tmp_path)

    assert (totals(case)["recovered"], case.recovered) == (buried[1], frozenset())
    assert case.decision.rule != "N1"


def test_t_evtx_5_recovered_records_are_counted_apart(buried, recovered, live):
    counted = totals(recovered)

    assert counted["recovered"] == buried[1]
    assert counted["found"] == totals(live)["found"]


def test_t_evtx_5_a_record_that_is_live_too_is_a_duplicate_and_decides_as_ever(buried, live, tmp_path):
    case = investigate([buried[0], LOGS], tmp_path, Options(recover=True))

    assert totals(case)["recovered"] == 0
    assert case.decision == live.decision


def test_t_evtx_5_coverage_counts_live_records_only(buried, recovered):
    held = sum(channel.count for host in recovered.coverage.hosts for channel in host.channels)

    assert held == totals(recovered)["loaded"]


@pytest.mark.parametrize("exporter", [markdown, html, timeline], ids=lambda module: module.FILE)
def test_t_evtx_5_every_export_labels_them(recovered, live, exporter):
    assert "(recovered from slack)" in exporter.render(build_view(recovered))
    assert "(recovered from slack)" not in exporter.render(build_view(live))


def test_t_evtx_5_the_verdict_lists_them(recovered):
    view = build_view(recovered)
    cited = {item.id for finding in view.findings for item in finding.evidence}

    assert cited & set(view.recovered_ids)
    assert '"recovered_ids"' in verdict_json.render(view)
