"""`magistrate coverage` through the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from magistrate.cli import main

DEMO = Path(__file__).parent.parent.parent / "scenarios" / "demo" / "logs"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source host of the bundled evidence."""
    folder = tmp_path_factory.mktemp("coverage") / "logs"
    shutil.copytree(DEMO / "WS07", folder)
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["coverage", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_table_stands_alone_without_a_verdict(capsys, logs) -> None:
    code, out, _ = run(capsys, logs)

    assert code == 0
    assert "No verdict" in out
    assert "ws07.corp.example" in out
    assert "ESCALATE" not in out


def test_two_runs_and_two_workers_give_the_same_json(capsys, logs) -> None:
    first = run(capsys, logs, "--format", "json", "--jobs", 1)[1]
    second = run(capsys, logs, "--format", "json", "--jobs", 2)[1]

    assert first == second
    assert json.loads(first)["schema"] == "magistrate.coverage/1"
    assert str(logs.parent) not in first


def test_markdown_has_every_section(capsys, logs) -> None:
    out = run(capsys, logs, "--format", "md")[1]

    for title in (
        "## Hosts",
        "## What opens the rest",
        "## Integrity",
        "## Questions",
        "## Collection request",
    ):
        assert title in out


def test_a_moment_that_the_logs_do_not_reach_is_blocked(capsys, logs) -> None:
    out = run(capsys, logs, "--format", "json", "--at", "2020-01-01T00:00:00Z")[1]
    (host,) = json.loads(out)["coverage"]["hosts"]
    states = {item["name"]: item["gap"] for item in host["capabilities"]}

    assert states["process_creation"] == "out_of_time"


def test_no_case_folder_is_left_behind(capsys, logs, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(capsys, logs)

    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_not_there_is_a_usage_error(capsys, tmp_path) -> None:
    code, _, err = run(capsys, tmp_path / "nothing")

    assert (code, "there is nothing to read" in err) == (2, True)


def test_logs_without_a_record_say_so_and_fail(capsys, tmp_path) -> None:
    (tmp_path / "empty.evtx").write_bytes(b"")
    code, out, err = run(capsys, tmp_path)

    assert (code, "no record could be loaded" in err) == (3, True)
    assert "0 hosts" in out
