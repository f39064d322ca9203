from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from magistrate.cases.entries import Draft, Kind
from magistrate.cases.files import text_digest
from magistrate.cases.record import append, read_record
from magistrate.cli import main
from magistrate.cli.case_options import author


@pytest.fixture
def case(demo_case, tmp_path) -> Path:
    return Path(shutil.copytree(demo_case, tmp_path / "case"))


def _replay(capsys, *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["replay", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_unchanged_case_exits_with_0_and_its_record_keeps_both_verdicts(case, capsys) -> None:
    before = {path: path.read_bytes() for path in case.iterdir() if path.suffix in (".json", ".md", ".html")}
    code, out, _ = _replay(capsys, case)
    facts = read_record(case).last(Kind.REPLAYED).facts

    assert code == 0
    assert out.startswith("ESCALATE-INCIDENT as before\n")
    assert facts["before"] == facts["after"]
    assert {path: path.read_bytes() for path in before} == before
    assert main(["case", "verify", str(case), "--quick"]) == 0


def test_other_verdict_of_then_exits_with_1_within_80_columns_and_that_of_today_is_written_outside(
    case, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = (case / "verdict.json").read_text().replace('"ESCALATE-INCIDENT"', '"HOLD-DATA"')
    (case / "verdict.json").write_text(text)
    facts = {**read_record(case).last(Kind.DECISION).facts, "verdict_sha256": text_digest(text)}
    append(case, [Draft(Kind.DECISION, {**facts, "version": "0.0.9"})], author(None))
    code, out, _ = _replay(capsys, case, "--write", tmp_path / "today.json")

    assert code == 1
    assert max(map(len, out.splitlines())) <= 80
    assert out.startswith("HOLD-DATA then, ESCALATE-INCIDENT today\n")
    assert "version   CHANGED: 0.0.9 then" in out
    assert json.loads((tmp_path / "today.json").read_text())["disposition"] == "ESCALATE-INCIDENT"


def test_json_says_whether_it_changed(case, capsys) -> None:
    _, out, _ = _replay(capsys, case, "--format", "json")

    assert json.loads(out)["changed"] is False


def test_verdict_of_today_never_goes_into_the_case(case, capsys) -> None:
    code, _, err = _replay(capsys, case, "--write", case / "verdict.json")

    assert code == 2
    assert "not written into the case" in err
