from __future__ import annotations

import json

from magistrate.cli import main


def _run(capsys, *words: object) -> str:
    assert main(["tree", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_the_source_stands_before_the_target(demo_case, capsys) -> None:
    out = _run(capsys, demo_case)

    assert out.index("Source ws07.corp.example") < out.index("Target srv12.corp.example")


def test_no_line_is_wider_than_80_columns(demo_case, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    assert max(map(len, _run(capsys, demo_case).splitlines())) <= 80


def test_the_client_is_below_the_shell_that_started_it(demo_case, capsys) -> None:
    lines = _run(capsys, demo_case).splitlines()
    shell = next(line for line in lines if "cmd.exe pid 7140" in line)
    client = next(line for line in lines if "WMIC.exe pid 7408" in line)

    assert shell.index("─ ") < client.index("─ ")


def test_json_nests_children(demo_case, capsys) -> None:
    trees = json.loads(_run(capsys, demo_case, "--format", "json"))

    assert trees[0]["targets"][0]["roots"][0]["children"]


def test_a_session_without_an_entry_that_passes_is_left_out(demo_case, capsys) -> None:
    assert len(json.loads(_run(capsys, demo_case, "--min-level", "high", "--format", "json"))) == 1
