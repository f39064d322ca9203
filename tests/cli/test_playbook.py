from __future__ import annotations

import json
from importlib import resources
from shutil import copytree
from typing import TYPE_CHECKING

from magistrate.cli import main

if TYPE_CHECKING:
    import pytest


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["playbook", *words])
    return code, capsys.readouterr().out


def test_list_names_the_bundled_playbooks(capsys):
    code, out = run(capsys, "list")

    assert code == 0
    assert "t1047" in out


def test_show_prints_every_requirement_with_what_answers_it(capsys):
    _, out = run(capsys, "show", "t1047")
    lines = [line for line in out.splitlines() if line.startswith("P")]

    assert [line.split()[0] for line in lines] == [f"P{n}" for n in range(1, 32)]
    assert out.count("answered by") == 31


def test_show_prints_questions_rules_and_slips(capsys):
    _, out = run(capsys, "show", "t1047")

    assert all(f"\n{code:<4}" in out for code in ("Q1", "Q4", "E1", "E4", "N0", "R0", "R10"))
    assert "Done for both" in out


def test_show_fits_80_columns(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out = run(capsys, "show", "t1047")

    assert max(map(len, out.splitlines())) <= 80


def test_show_as_json_names_the_implementers(capsys):
    _, out = run(capsys, "show", "t1047", "--format", "json")
    facts = json.loads(out)

    assert len(facts["requirements"]) == 31
    assert "indicator:D2" in facts["requirements"][6]["implemented_by"]


def test_check_of_the_bundled_playbook_is_clean(capsys):
    code, out = run(capsys, "check", "t1047")

    assert (code, out.splitlines()[-1][:18]) == (0, "t1047: no problems")


def test_check_prints_every_problem_and_fails_with_4(capsys, tmp_path):
    with resources.as_file(resources.files("magistrate.playbooks") / "t1047") as source:
        copytree(source, tmp_path / "spoilt")
    (tmp_path / "spoilt" / "steps.yml").unlink()
    (tmp_path / "spoilt" / "notes.txt").write_text("x", encoding="utf-8")
    code, out = run(capsys, "check", str(tmp_path / "spoilt"))

    assert code == 4
    assert "steps.yml: the file is missing" in out
    assert "notes.txt: this file is not part of a playbook" in out


def test_check_as_json_lists_problems(capsys, tmp_path):
    code, out = run(capsys, "check", str(tmp_path / "none"), "--format", "json")

    assert code == 4
    assert json.loads(out)[0]["message"] == "There is no such playbook folder."


def test_an_unknown_playbook_is_one_sentence_and_exit_code_4(capsys):
    code = main(["playbook", "show", "t9999"])
    captured = capsys.readouterr()

    assert (code, captured.out) == (4, "")
    assert captured.err.strip() == "magistrate: There is no playbook named 't9999'. Known: t1047."
