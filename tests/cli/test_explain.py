from __future__ import annotations

import json

import pytest

from magistrate.cli import main


def _explain(capsys, *words: object) -> tuple[int, str, str]:
    code = main(["explain", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_whole_chain_is_told_within_80_columns(demo_case, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = _explain(capsys, demo_case)

    assert code == 0
    assert out.startswith("ESCALATE-INCIDENT by R1\n")
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("item", ["Q1", "E3", "R5", "D2", "D7"])
def test_each_kind_of_item_is_told(demo_case, capsys, item) -> None:
    code, out, _ = _explain(capsys, demo_case, item)

    assert code == 0
    assert item in out


def test_json_nests_what_each_step_rests_on(demo_case, capsys) -> None:
    _, out, _ = _explain(capsys, demo_case, "R1", "--format", "json")

    assert json.loads(out)["rests_on"][0]["title"] == "rules before it"


def test_item_that_is_not_there_is_refused(demo_case, capsys) -> None:
    code, _, err = _explain(capsys, demo_case, "Q9")

    assert code != 0
    assert "nothing of this case has that name" in err


def test_case_without_a_verdict_is_refused(demo_case, tmp_path, capsys) -> None:
    (tmp_path / "case.json").write_text((demo_case / "case.json").read_text())

    assert "cannot be read" in _explain(capsys, tmp_path)[2]
