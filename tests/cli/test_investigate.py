"""From the bundled evidence to a case, through the command line."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from magistrate.cli import main
from magistrate.cli.investigate import EXIT_CODES
from magistrate.decision.model import Disposition
from magistrate.report.schema import build_schema

DEMO = Path(__file__).parent.parent.parent / "scenarios" / "demo" / "logs"
REPORTS = ["report.html", "report.md", "timeline.csv", "verdict.json"]


def _investigate(*words: object) -> int:
    return main(["investigate", *map(str, words)])


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """One log of the bundled evidence, quick to read."""
    folder = tmp_path / "logs"
    folder.mkdir()
    shutil.copy(DEMO / "SRV12" / "System.evtx", folder)
    return folder


def test_the_bundled_evidence_is_an_incident_with_its_proof(demo_case) -> None:
    verdict = json.loads((demo_case / "verdict.json").read_text())
    deciding = {item["id"]: item for item in verdict["findings"] if item["deciding"]}

    assert verdict["disposition"] == "ESCALATE-INCIDENT"
    assert verdict["t1047_observed"] is True
    assert set(verdict["deciding"]) == set(deciding)
    assert all(item["evidence"] for item in deciding.values())


def test_the_verdict_of_the_bundled_evidence_obeys_the_schema(demo_case) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    verdict = json.loads((demo_case / "verdict.json").read_text())

    assert jsonschema.Draft202012Validator(build_schema()).is_valid(verdict)


def test_a_case_holds_every_report_and_its_marker(demo_case) -> None:
    assert [name for name in [*REPORTS, "case.json"] if not (demo_case / name).is_file()] == []
    assert json.loads((demo_case / "case.json").read_text())["complete"] is True


def test_all_31_requirements_have_a_result(demo_case) -> None:
    verdict = json.loads((demo_case / "verdict.json").read_text())

    assert [item["id"] for item in verdict["requirements"]] == [f"P{number}" for number in range(1, 32)]
    assert [item["id"] for item in verdict["requirements"] if not item["result"]] == []


def test_every_yes_and_no_carries_records(demo_case) -> None:
    verdict = json.loads((demo_case / "verdict.json").read_text())
    answers = [item for item in verdict["answers"] if item["state"] in ("YES", "NO")]

    assert answers
    assert [item["id"] for item in answers if not item["evidence"]] == []


def _differing_lines(one: Path, other: Path) -> list[str]:
    pairs = zip(one.read_text().splitlines(), other.read_text().splitlines(), strict=True)
    return [line for line, same in pairs if line != same]


def test_t_case_9_another_run_with_one_worker_gives_the_same_reports_but_for_their_stamp(
    demo_case, tmp_path
) -> None:
    _investigate(DEMO, "-o", tmp_path / "case", "--context", DEMO.parent / "context.yml", "--jobs", 1)
    different = {name: _differing_lines(tmp_path / "case" / name, demo_case / name) for name in REPORTS}

    assert [name for name, lines in different.items() if lines] == ["report.html", "report.md"]
    assert [len(lines) for lines in different.values()] == [1, 1, 0, 0]
    assert "record entry 4, head " in different["report.md"][0]


def test_evidence_is_not_changed(tmp_path, small) -> None:
    before = _hashes(small)
    _investigate(small, "-o", tmp_path / "case")

    assert _hashes(small) == before


def test_results_go_to_stdout_and_progress_to_stderr(tmp_path, small, capfd) -> None:
    _investigate(small, "-o", tmp_path / "case", "--format", "json")
    captured = capfd.readouterr()

    assert json.loads(captured.out)["disposition"] in {item.value for item in Disposition}
    assert "magistrate: deciding" in captured.err


def test_the_summary_fits_a_screen_of_80_columns(tmp_path, small, capfd, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _investigate(small, "-o", tmp_path / "case")
    lines = capfd.readouterr().out.splitlines()

    assert len(lines) <= 40
    assert max(map(len, lines[:-1])) <= 80


def test_markdown_can_be_printed(tmp_path, small, capfd) -> None:
    _investigate(small, "-o", tmp_path / "case", "--format", "md")

    assert capfd.readouterr().out == (tmp_path / "case" / "report.md").read_text(encoding="utf-8")


def test_a_case_is_not_written_over_without_force(tmp_path, small, capsys) -> None:
    _investigate(small, "-o", tmp_path / "case")
    before = _hashes(tmp_path / "case")

    assert _investigate(small, "-o", tmp_path / "case") == 2
    assert "a case is already there. Use --force" in capsys.readouterr().err
    assert _hashes(tmp_path / "case") == before


def test_force_replaces_a_case(tmp_path, small) -> None:
    _investigate(small, "-o", tmp_path / "case")

    assert _investigate(small, "-o", tmp_path / "case", "--force") == 0


def test_a_case_inside_the_evidence_is_refused(small, capsys) -> None:
    before = _hashes(small)

    assert _investigate(small, "-o", small / "case") == 2
    assert "evidence is never written to" in capsys.readouterr().err
    assert _hashes(small) == before


def test_a_window_that_ends_before_it_starts_is_refused(tmp_path, small, capsys) -> None:
    code = _investigate(small, "-o", tmp_path / "case", "--from", "2026-03-02", "--to", "2026-03-01")

    assert code == 2
    assert "--from is not before --to" in capsys.readouterr().err


def test_a_missing_context_file_is_named(tmp_path, small, capsys) -> None:
    assert _investigate(small, "-o", tmp_path / "case", "--context", tmp_path / "none.yml") == 2
    assert re.search(r"none\.yml: there is no such context file", capsys.readouterr().err)


def test_the_exit_code_is_that_of_the_decision_only_when_asked_for(tmp_path) -> None:
    case = tmp_path / "case"
    words = (DEMO, "-o", case, "--context", DEMO.parent / "context.yml", "--jobs", 2)

    assert _investigate(*words, "--exit-code") == EXIT_CODES["ESCALATE-INCIDENT"] == 30


@pytest.mark.parametrize(
    ("disposition", "code"),
    [
        ("NOT-OBSERVED", 0),
        ("CLOSE-BENIGN", 0),
        ("CLOSE-TEST", 0),
        ("CLOSE-FALSE", 0),
        ("HOLD-DATA", 10),
        ("ESCALATE-REVIEW", 20),
        ("ESCALATE-INCIDENT", 30),
    ],
)
def test_every_disposition_has_its_exit_code(disposition: str, code: int) -> None:
    assert {item.value for item in Disposition} >= {disposition}
    assert EXIT_CODES.get(disposition, 0) == code


def test_evidence_of_which_nothing_could_be_loaded_is_an_error_and_not_a_quiet_case(tmp_path, capfd) -> None:
    (tmp_path / "empty.evtx").write_bytes(b"")
    code = _investigate(tmp_path / "empty.evtx", "-o", tmp_path / "case")
    captured = capfd.readouterr()

    assert code == 3
    assert "nothing can be said about WMI activity" in captured.out
    assert "no record could be loaded from 1 file." in captured.err


def test_attacker_text_from_a_real_log_is_inert_in_every_report(tmp_path, hostile, capfd) -> None:
    case = tmp_path / "case"
    _investigate(hostile / "text" / "hostile-strings.ndjson", "-o", case)
    captured = capfd.readouterr()
    texts = {name: (case / name).read_text(encoding="utf-8") for name in REPORTS}
    texts |= {"stdout": captured.out, "stderr": captured.err}
    active = {
        name: sorted(set(text) & set("\x1b\x07\x08\x9b\x9d\u202e\u2066\u200b\u2028\x00\r"))
        for name, text in texts.items()
    }

    assert [name for name, found in active.items() if found] == []
    assert "<script" not in texts["report.html"]
    assert [name for name, text in texts.items() if "P@ssw0rd123" in text] == []


def test_every_attack_string_is_shown_exactly_by_show(tmp_path, hostile, capfd) -> None:
    log = hostile / "text" / "hostile-strings.ndjson"
    case = tmp_path / "case"
    _investigate(log, "-o", case)
    capfd.readouterr()
    verdict = json.loads((case / "verdict.json").read_text())
    cited = {item["id"] for story in verdict["stories"] for item in story["evidence"]}
    wanted = {json.loads(line)["CommandLine"] for line in log.read_text(encoding="utf-8").splitlines()}
    shown = set()
    for evidence_id in sorted(cited):
        main(["show", str(case), evidence_id, "--format", "json"])
        shown.add(json.loads(capfd.readouterr().out)["CommandLine"])

    assert shown
    assert shown - wanted == set()


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59.9999999Z", "9998-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
)
def test_t_time_1_a_record_at_the_end_of_the_calendar_does_not_stop_the_case(tmp_path, time) -> None:
    record = {
        "@timestamp": time,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 1,
        "EventRecordID": 8,
        "Computer": "WS01.corp.example",
        "Image": r"C:\Windows\System32\wbem\WMIC.exe",
        "CommandLine": "wmic /node:192.0.2.7 process call create calc.exe",
        "ProcessId": 4242,
        "ParentProcessId": 4000,
    }
    log = tmp_path / "times.ndjson"
    log.write_text(json.dumps(record) + "\n")

    assert _investigate(log, "-o", tmp_path / "case") == 0


def test_a_wrong_context_file_does_not_cost_the_old_case(small, tmp_path) -> None:
    case, wrong = tmp_path / "case", tmp_path / "site.yml"
    wrong.write_text("assets: [")
    _investigate(small, "-o", case)
    before = _hashes(case)

    assert _investigate(small, "-o", case, "--force", "--context", wrong) == 4
    assert _hashes(case) == before


def test_what_the_window_sets_aside_is_said_in_the_verdict(small, tmp_path) -> None:
    _investigate(
        small, "-o", tmp_path / "case", "--from", "2026-03-05T07:00:00", "--to", "2026-03-05T09:00:00+01:00"
    )
    verdict = json.loads((tmp_path / "case" / "verdict.json").read_text())

    assert verdict["window_from"] == "2026-03-05T07:00:00.000000Z"
    assert verdict["window_to"] == "2026-03-05T08:00:00.000000Z"
    assert "not judged" in (tmp_path / "case" / "report.md").read_text()


def test_every_loss_on_the_terminal_says_what_to_do(small, tmp_path, capsys) -> None:
    log = tmp_path / "cut.ndjson"
    log.write_text('{"EventID": 1, "Channel": "Sec')
    _investigate(log, small, "-o", tmp_path / "case")

    assert "go on: coverage shows the gap" in capsys.readouterr().err


SIGMA = """title: A shell that lists people
id: 5a3f0000-0000-4000-8000-000000000009
logsource: {product: windows, category: process_creation}
detection: {selection: {CommandLine|contains: vssadmin}, condition: selection}
level: high
tags: [attack.impact, attack.t1490]
"""


def test_hits_of_sigma_rules_are_signals_of_the_case(tmp_path, capsys):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yml").write_text(SIGMA)
    (rules / "b.yml").write_text("title: broken\nlogsource: {product: windows}\n")
    words = [
        str(DEMO),
        "-o",
        str(tmp_path / "case"),
        "--sigma",
        str(rules),
        "--jobs",
        "1",
        "--format",
        "json",
    ]

    assert main(["investigate", *words]) == 0

    verdict = json.loads(capsys.readouterr().out)
    mine = [item for item in verdict["signals"] if item["source"] == "sigma"]

    assert {item["rule"] for item in mine} == {"5a3f0000-0000-4000-8000-000000000009"}
    assert {item["technique"] for item in mine} == {"T1490"}
    assert verdict["sigma"]["matched"][0]["title"] == "A shell that lists people"
    assert (verdict["sigma"]["refused"], len(verdict["sigma"]["digest"])) == (1, 64)


def test_rules_that_are_not_there_cost_no_case(tmp_path, capsys):
    code = main(["investigate", str(DEMO), "-o", str(tmp_path / "case"), "--sigma", str(tmp_path / "none")])

    assert (code, (tmp_path / "case").exists()) == (2, False)
    assert "Check --sigma" in capsys.readouterr().err
