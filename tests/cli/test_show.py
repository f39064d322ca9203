from __future__ import annotations

import json

import pytest

from cli.conftest import DEMO
from magistrate.cli import main
from magistrate.store.duckdb import DuckDBStore


@pytest.fixture
def cited(demo_case) -> dict:
    """The first record that the deciding finding cites."""
    verdict = json.loads((demo_case / "verdict.json").read_text())
    return next(item for item in verdict["findings"] if item["deciding"])["evidence"][0]


def _show(capsys, *words: object) -> tuple[int, str, str]:
    code = main(["show", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_every_cited_record_is_shown_with_file_hash_place_and_raw_text(demo_case, cited, capsys) -> None:
    code, out, _ = _show(capsys, demo_case, cited["id"])

    assert code == 0
    assert cited["file"] in out
    assert all(word in out for word in ("file_sha256", "locator", "Channel", "EventID", "raw record,"))


def test_the_quoted_field_stands_in_the_record(demo_case, cited, capsys) -> None:
    record = json.loads(_show(capsys, demo_case, cited["id"], "--format", "json")[1])

    assert record["evidence_id"] == cited["id"]
    assert (record["EventID"], record["RecordId"]) == (cited["event_id"], cited["record_id"])


def test_the_first_digits_of_an_id_are_enough(demo_case, cited, capsys) -> None:
    assert cited["id"] in _show(capsys, demo_case, cited["id"][:10])[1]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("0" * 16, "no record has the id"),
        ("xyz", "4 to 16 hexadecimal digits"),
        ("%", "4 to 16 hexadecimal digits"),
    ],
)
def test_an_id_that_no_record_has_is_refused(demo_case, capsys, wanted: str, said: str) -> None:
    code, _, err = _show(capsys, demo_case, wanted)

    assert code == 2
    assert said in err


def test_a_folder_that_is_not_a_case_is_refused(tmp_path, capsys) -> None:
    code, _, err = _show(capsys, tmp_path, "0123456789abcdef")

    assert code == 2
    assert "not a case of Magistrate" in err


def test_t_out_3_the_record_is_shown_without_control_characters(demo_case, cited, capsys) -> None:
    out = _show(capsys, demo_case, cited["id"])[1]

    assert [line for line in out.splitlines() if not line.isprintable()] == []


def test_a_logon_id_is_also_shown_as_windows_and_the_reports_write_it(demo_case, capsys) -> None:
    verdict = json.loads((demo_case / "verdict.json").read_text())
    logon, record = next(
        (pair["value"], item["id"])
        for finding in verdict["findings"]
        for item in finding["evidence"]
        for pair in item["quoted"]
        if pair["field"] == "LogonId"
    )

    assert f"({logon})" in _show(capsys, demo_case, record)[1]


def test_the_raw_text_of_a_cited_record_needs_no_evidence(demo_case, cited, capsys) -> None:
    out = _show(capsys, demo_case, cited["id"])[1]

    assert "raw record, kept in the case:" in out
    assert '{"Event":' in out.replace(" ", "")


def _uncited(case) -> str:
    kept = {
        json.loads(text)["evidence_id"] for text in (case / "cited.jsonl").read_text("utf-8").splitlines()
    }
    with DuckDBStore.open(case / "events") as store:
        rows = store.query("SELECT evidence_id FROM record ORDER BY evidence_id")
    return next(row["evidence_id"] for row in rows if row["evidence_id"] not in kept)


def test_a_record_that_is_not_cited_is_read_again_from_the_evidence(demo_case, capsys) -> None:
    out = _show(capsys, demo_case, _uncited(demo_case), "--evidence", DEMO)[1]

    assert "read again from the evidence" in out
    assert '{"Event":' in out.replace(" ", "")


def test_a_record_that_is_not_cited_says_how_to_read_it(demo_case, capsys) -> None:
    assert "--evidence" in _show(capsys, demo_case, _uncited(demo_case))[1]


def test_other_evidence_is_not_taken_for_that_of_the_case(demo_case, capsys, tmp_path) -> None:
    (tmp_path / "other.evtx").write_bytes(b"ElfFile\0")
    out = _show(capsys, demo_case, _uncited(demo_case), "--evidence", tmp_path)[1]

    assert "Nothing there has the SHA-256" in out


def test_every_cited_record_has_its_text_in_the_case(demo_case) -> None:
    lines = [json.loads(text) for text in (demo_case / "cited.jsonl").read_text("utf-8").splitlines()]
    verdict = json.loads((demo_case / "verdict.json").read_text())
    cited = {item["id"] for finding in verdict["findings"] for item in finding["evidence"]}

    assert cited
    assert cited <= {line["evidence_id"] for line in lines if line["raw"].startswith('{"Event"')}
