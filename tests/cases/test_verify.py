from __future__ import annotations

import shutil

import pytest

from magistrate.cases.verify import verify
from magistrate.report.exporters import verdict_json

pytestmark = pytest.mark.xdist_group("cases")


def test_a_case_as_written_is_sound_and_its_verdict_is_made_once_more(case) -> None:
    found = verify(case)

    assert found.faults == ()
    assert [check.name for check in found.checks] == ["record", "files", "evidence", "verdict"]
    assert "made once more from the event store: the same" in found.checks[-1].said
    assert "2 of 2 files hashed again" in found.checks[2].said


@pytest.mark.parametrize(
    "name", ["verdict.json", "report.html", "report.md", "timeline.csv", "cited.jsonl", "case.json"]
)
def test_an_edited_file_is_named(case, name) -> None:
    path = case / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    assert verify(case, recompute=False).faults == (f"{name}: not as it was written",)


def test_a_removed_report_is_named(case) -> None:
    (case / verdict_json.FILE).unlink()

    assert verify(case, recompute=False).faults == ("verdict.json: missing",)


def test_an_edited_part_of_the_event_store_is_named(case) -> None:
    part = sorted((case / "events").rglob("*.parquet"))[0]
    part.write_bytes(part.read_bytes() + b"x")

    assert verify(case, recompute=False).faults == (
        f"{part.relative_to(case).as_posix()}: not as it was written",
    )


def test_evidence_that_is_gone_is_said_and_is_no_fault(finished, tmp_path) -> None:
    folder = shutil.copytree(finished / "case", tmp_path / "case")
    away = finished / "logs-away"
    (finished / "logs").rename(away)
    try:
        found = verify(folder, recompute=False)
        moved = verify(folder, recompute=False, evidence=away)
    finally:
        away.rename(finished / "logs")

    assert found.faults == ()
    assert found.checks[2].remarks[0].startswith("2 of 2 evidence files are not there now: logs/")
    assert moved.checks[2].said == "2 of 2 files hashed again"


def test_t_case_7_evidence_that_was_replaced_is_named(finished, case) -> None:
    path = finished / "logs" / "Security.evtx"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    try:
        found = verify(case, recompute=False)
    finally:
        path.write_bytes(content)

    assert found.faults[0].startswith("logs/Security.evtx: the evidence is not what was read")


def test_a_changed_context_is_said_and_is_no_fault(finished, case) -> None:
    path = finished / "site.yml"
    content = path.read_text()
    path.write_text(content + "\nresponders: [adm09]\n")
    try:
        found = verify(case)
    finally:
        path.write_text(content)

    assert found.faults == ()
    assert "the context file site.yml has changed since" in found.checks[-1].remarks[0]


def test_t_case_6_a_head_that_is_not_in_the_record_is_a_fault(case) -> None:
    head = verify(case, recompute=False).head

    assert verify(case, heads=[head[:16]], recompute=False).faults == ()
    assert "no entry has the head 00000" in verify(case, heads=["0" * 64], recompute=False).faults[0]
