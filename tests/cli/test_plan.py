from __future__ import annotations

import json

import pytest
from tests.report.cacao import faults
from tests.report.powershell import parses

from magistrate.cli import main


def _plan(capsys, *words: object) -> tuple[int, str, str]:
    code = main(["plan", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_plan_of_a_case_is_a_runbook(demo_case, capsys):
    code, out, _ = _plan(capsys, demo_case)

    assert code == 0
    assert out.startswith("# Response plan: ESCALATE-INCIDENT")
    assert "## Order of actions" in out


def test_the_plan_is_the_same_twice_and_names_the_case(demo_case, capsys):
    first, second = (_plan(capsys, demo_case, "--format", "json")[1] for _ in range(2))
    verdict = json.loads((demo_case / "verdict.json").read_text())

    assert first == second
    assert json.loads(first)["case_hash"] == verdict["case_hash"]


def test_t_act_2_a_person_can_release_a_target_that_nobody_described(demo_case, capsys):
    names = [t["name"] for t in json.loads(_plan(capsys, demo_case, "--format", "json")[1])["targets"]]
    account = next(name for name in names if "\\" in name)
    plan = json.loads(_plan(capsys, demo_case, "--format", "json", "--assume-unprotected", account)[1])

    assert plan["assumed"] == [account]
    assert "open" in [t["level"] for t in plan["targets"] if t["name"] == account]


def test_the_plan_of_a_case_is_a_script_that_parses_and_a_playbook_without_fault(demo_case, capsys):
    script, playbook = (_plan(capsys, demo_case, "--format", name)[1] for name in ("ps1", "cacao"))

    assert parses(script)
    assert faults(json.loads(playbook)) == []


@pytest.mark.parametrize("words", [("--assume-unprotected", "srv99"), ("--only", "srv99")])
def test_a_name_that_is_no_target_is_refused(demo_case, capsys, words):
    code, _, err = _plan(capsys, demo_case, *words)

    assert code == 2
    assert "its targets are" in err


def test_a_context_file_that_is_not_there_is_refused(demo_case, capsys, tmp_path):
    code, _, err = _plan(capsys, demo_case, "--context", tmp_path / "none.yml")

    assert code == 2
    assert "no such context file" in err


def test_a_folder_that_is_no_case_is_refused(tmp_path, capsys):
    assert _plan(capsys, tmp_path)[0] == 2


def test_t_act_4_a_case_whose_scope_was_changed_gives_no_plan(demo_case, capsys, tmp_path):
    for name in ("case.json", "verdict.json"):
        (tmp_path / name).write_bytes((demo_case / name).read_bytes())
    verdict = json.loads((tmp_path / "verdict.json").read_text())
    verdict["scope"]["hosts"][0]["guard"]["level"] = "protected"
    (tmp_path / "verdict.json").write_text(json.dumps(verdict))
    code, out, err = _plan(capsys, tmp_path)

    assert (code, out) == (3, "")
    assert "changed after it was made" in err
