from __future__ import annotations

import csv
import io
import json

import pytest
from tests.cli.conftest import DEMO

from magistrate.cli import main
from magistrate.cli.detect import command

RULE = """title: {title}
id: {id}
status: test
logsource: {{product: windows, category: process_creation}}
detection:
  selection: {{CommandLine|contains: '{text}'}}
  condition: selection
level: {level}
tags: [attack.execution, attack.t1059.003]
"""
CMD = "5a3f0000-0000-4000-8000-000000000001"
QUIET = "5a3f0000-0000-4000-8000-000000000002"


@pytest.fixture
def rules(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yml").write_text(RULE.format(title="=cmd|A shell", id=CMD, text="cmd.exe", level="low"))
    (folder / "b.yml").write_text(
        RULE.format(title="Another", id=QUIET, text="whoami", level="high").replace(
            "category: process_creation", "service: bits-client"
        )
    )
    (folder / "c.yml").write_text("title: broken\nlogsource: {product: windows}\n")
    return folder


def run(capsys, *words):
    code = main(["detect", str(DEMO), "--jobs", "1", *words])
    return code, *capsys.readouterr()


def test_the_built_in_signals_are_listed_rule_by_rule(capsys):
    code, out, _ = run(capsys)

    assert code == 0
    assert "critical: Command that inhibits recovery (recovery_inhibition_command)" in out


def test_a_table_fits_80_columns(capsys, rules):
    _, out, _ = run(capsys, "--sigma", str(rules))

    assert max(len(line) for line in out.splitlines()) <= 80


def test_rules_without_a_word_are_named_on_standard_error_with_the_reason(capsys, rules):
    _, _, err = run(capsys, "--sigma", str(rules))

    assert "not evaluated: no events of this log source (Another)" in err
    assert "refused" in err


def test_each_hit_is_a_json_object_with_its_record(capsys, rules):
    _, out, _ = run(capsys, "--sigma", str(rules), "--no-builtin", "--format", "jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    hits = [line for line in lines if line["kind"] == "hit"]

    assert {line["rule"] for line in hits} == {CMD}
    assert all(line["evidence_id"] and line["channel"] and line["event_id"] for line in hits)
    assert lines[-1]["counts"] == {f"sigma:{CMD}": len(hits)}
    assert {line["kind"] for line in lines} == {"hit", "not_evaluated", "refused", "summary"}


def test_no_cell_is_a_formula(capsys, rules):
    _, out, _ = run(capsys, "--sigma", str(rules), "--no-builtin", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))

    assert rows[0]["title"] == "'=cmd|A shell"


def test_rules_below_the_level_are_left_out(capsys, rules):
    _, out, _ = run(capsys, "--sigma", str(rules), "--no-builtin", "--min-level", "medium")

    assert out.startswith("No rule matched.")


def test_an_output_file_takes_the_place_of_standard_output(capsys, tmp_path):
    _, out, _ = run(capsys, "-o", str(tmp_path / "hits.txt"))

    assert out == ""
    assert "Command that inhibits recovery" in (tmp_path / "hits.txt").read_text(encoding="utf-8")


def test_nothing_to_try_is_wrong_use(capsys):
    code, _, err = run(capsys, "--no-builtin")

    assert code == 2
    assert "--sigma DIR" in err


def test_a_path_that_is_not_there_is_wrong_use(capsys, tmp_path):
    code = main(["detect", str(tmp_path / "none")])

    assert code == 2
    assert "nothing to read" in capsys.readouterr().err


def test_the_same_logs_give_the_same_bytes_for_any_number_of_workers(capsys, rules):
    found = []
    for jobs in ("1", "2"):
        main(["detect", str(DEMO), "--sigma", str(rules), "--format", "jsonl", "--jobs", jobs])
        found.append(capsys.readouterr().out)

    assert found[0] == found[1]


def test_help_says_that_silence_means_nothing():
    assert "their silence means nothing" in " ".join((command.help or "").split())


def test_t_rule_1_the_time_that_a_rule_takes_is_named_on_standard_error(rules, capsys):
    (rules / "d.yml").write_text(
        RULE.format(title="an expression", id=CMD[:-1] + "9", text="x", level="low").replace(
            "|contains: 'x'", "|re: 'c+md'"
        )
    )
    _, out, err = run(capsys, "--sigma", str(rules), "--no-builtin", "--time")

    assert "s CPU: an expression" in err
    assert "s CPU" not in out
