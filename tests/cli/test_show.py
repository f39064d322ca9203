from __future__ import annotations

import json

import pytest

from magistrate.cli import main


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
    assert all(word in out for word in ("file_sha256", "locator", "Channel", "EventID", "raw record:"))


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
