from __future__ import annotations

import csv
import io
import json

import pytest

from magistrate.cli import main


def _run(capsys, *words: object) -> tuple[int, str, str]:
    code = main(["timeline", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_no_line_is_wider_than_80_columns(demo_case, capsys, narrow) -> None:
    _, out, _ = _run(capsys, demo_case)

    assert max(map(len, out.splitlines())) <= 80


def test_piped_output_is_plain(demo_case, capsys) -> None:
    assert "\x1b" not in _run(capsys, demo_case)[1]


def test_a_level_leaves_out_what_is_below(demo_case, capsys) -> None:
    rows = json.loads(_run(capsys, demo_case, "--min-level", "critical", "--format", "json")[1])

    assert {row["level"] for row in rows} == {"critical"}


def test_host_and_time_are_joined_by_and(demo_case, capsys) -> None:
    words = ("--host", "WS07", "--to", "2026-03-05T07:44:00Z", "--format", "json")
    rows = json.loads(_run(capsys, demo_case, *words)[1])

    assert {row["host"] for row in rows} == {"ws07.corp.example"}
    assert max(row["utc"] for row in rows) <= "2026-03-05T07:44:00.000000Z"


def test_csv_has_a_row_for_each_entry(demo_case, capsys) -> None:
    rows = list(csv.DictReader(io.StringIO(_run(capsys, demo_case, "--format", "csv")[1])))

    assert len(rows) == len(json.loads(_run(capsys, demo_case, "--format", "json")[1]))


def test_what_was_left_out_is_counted_on_stderr(demo_case, capsys) -> None:
    _, _, err = _run(capsys, demo_case, "--last", "10s")

    assert "entries shown" in err


def test_a_length_of_time_that_is_none_is_refused(demo_case, capsys) -> None:
    code, _, err = _run(capsys, demo_case, "--last", "soon")

    assert (code, "90s, 30m, 2h or 7d" in err) == (2, True)


def test_a_folder_that_is_no_case_is_refused(tmp_path, capsys) -> None:
    assert _run(capsys, tmp_path)[0] == 2
