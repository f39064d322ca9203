from __future__ import annotations

import json

import pytest
from tests.cli.conftest import ROOT

from magistrate.cli import main
from scenario_writer.render import render_scenario, write_context

CASE = ROOT / "scenarios" / "cases" / "04_nessus.yml"


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """Ten weekly scans: the logs, their context, and the case that closes them."""
    folder = tmp_path_factory.mktemp("scans")
    render_scenario(CASE, folder / "logs")
    write_context(CASE, folder / "context.yml")
    words = [
        "investigate",
        str(folder / "logs"),
        "-o",
        str(folder / "case"),
        "--context",
        str(folder / "context.yml"),
    ]

    assert main(words) == 0
    return folder


def run(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def answers(case):
    return {item["id"]: item["state"] for item in json.loads((case / "verdict.json").read_text())["answers"]}


def test_a_closed_case_teaches_what_a_later_short_case_lacks(capsys, tmp_path, scans):
    history = tmp_path / "site.history"
    code, out = run(capsys, "learn", scans / "case", "-o", history)
    assert code == 0
    assert "20 acts of WMI" in out
    short = [
        "investigate",
        scans / "logs",
        "--context",
        scans / "context.yml",
        "--from",
        "2026-03-07T00:00:00Z",
    ]
    run(capsys, *short, "-o", tmp_path / "without")
    run(capsys, *short, "-o", tmp_path / "with", "--history", history)

    assert (answers(tmp_path / "without")["Q2"], answers(tmp_path / "with")["Q2"]) == ("UNKNOWN", "YES")
    verdict = json.loads((tmp_path / "with" / "verdict.json").read_text())
    assert verdict["history"]["sources"] == ["case case: CLOSE-BENIGN"]
    assert "M5" in {item["code"] for item in verdict["findings"]}


def test_learning_again_changes_no_byte(capsys, tmp_path, scans):
    run(capsys, "learn", scans / "case", "-o", tmp_path / "h")
    first = (tmp_path / "h").read_bytes()
    run(capsys, "learn", scans / "case", "-o", tmp_path / "h")

    assert (tmp_path / "h").read_bytes() == first


def test_a_case_that_was_not_closed_teaches_nothing(capsys, tmp_path, demo_case):
    code, out = run(capsys, "learn", demo_case, "-o", tmp_path / "h")

    assert code == 2
    assert "only cases closed as benign" in out
    assert not (tmp_path / "h").exists()


def test_logs_are_learned_only_when_somebody_names_them_clean(capsys, tmp_path, scans):
    code, out = run(capsys, "learn", scans / "logs", "-o", tmp_path / "h")
    assert code == 2
    assert "names them clean" in out

    code, out = run(
        capsys, "learn", scans / "logs", "-o", tmp_path / "h", "--clean", "The scanner team went through them"
    )
    assert code == 0
    assert "logs logs: The scanner team went through them" in out


def test_a_file_that_is_no_history_is_refused_before_anything_is_done(capsys, tmp_path, scans):
    (tmp_path / "h").write_text("not a history")

    code, out = run(
        capsys, "investigate", scans / "logs", "-o", tmp_path / "case", "--history", tmp_path / "h"
    )

    assert code == 3
    assert "not a history" in out
    assert not (tmp_path / "case").exists()
