"""What people add to a case through the command line, and what they are shown."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from magistrate.cases.clock import new_case_id
from magistrate.cases.opinions import MOST_TEXT, note_draft
from magistrate.cases.record import append, create_record
from magistrate.cli import main
from magistrate.cli.case_options import author, note_export
from magistrate.errors import UsageError

DEMO = Path(__file__).parent.parent.parent / "scenarios" / "demo" / "logs"

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture
def case(demo_case, tmp_path):
    return shutil.copytree(demo_case, tmp_path / "case")


@pytest.fixture
def cited(demo_case) -> str:
    """A record that the case cites."""
    return json.loads((demo_case / "verdict.json").read_text())["findings"][0]["evidence"][0]["id"]


def _case(*words: object) -> int:
    return main(["case", *map(str, words)])


def shown(case, capsys) -> dict:
    capsys.readouterr()

    assert _case("show", case, "--record", "--format", "json") == 0

    return json.loads(capsys.readouterr().out)


def test_investigate_leaves_a_record_of_what_it_did(case, capsys) -> None:
    facts = shown(case, capsys)

    assert [entry["kind"] for entry in facts["record"]] == [
        "created",
        "started",
        "intake",
        "decision",
        "reports",
    ]
    assert facts["tool"]["disposition"] == "ESCALATE-INCIDENT"
    assert len(facts["record"][2]["body"]["evidence"]) == 9


def test_a_note_is_shown_with_its_writer_and_record(case, cited, capsys) -> None:
    assert _case("note", case, "The owner was asked.", "--evidence", cited[:8], "--by", "adm01") == 0

    note = shown(case, capsys)["human"]["notes"][0]

    assert (note["by"], note["text"], note["evidence_id"]) == ("adm01", "The owner was asked.", cited)


def test_a_note_on_a_record_that_the_case_does_not_hold_is_refused(case, capsys) -> None:
    assert _case("note", case, "text", "--evidence", "0000000000000000") == 2
    assert "no record of this case has the id" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("note", "", "--by", "adm01"), ("note", "text", "--by", "a\x1b[31m")])
def test_a_note_needs_a_text_and_a_writer(case, words, capsys) -> None:
    name, *rest = words

    assert _case(name, case, *rest) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_hostile_text_of_a_note_is_shown_inert(case, capsys) -> None:
    _case("note", case, "\x1b]0;owned\x07 \u202egnp", "--by", "adm01")
    capsys.readouterr()
    _case("show", case)
    out = capsys.readouterr().out

    assert "\x1b" not in out
    assert "<U+202E>" in out


def test_another_investigation_keeps_the_notes(tmp_path, demo_case, capsys) -> None:
    log = tmp_path / "a.ndjson"
    log.write_text(
        '{"Channel":"Security","EventID":4634,"Computer":"ws07","EventRecordID":1,"TimeCreated":"2026-03-03T12:00:00Z"}\n'
    )
    case = tmp_path / "case"
    words = ["investigate", str(log), "-o", str(case), "--jobs", "1", "--name", "printer alert"]

    assert main(words) == 0
    assert _case("note", case, "kept", "--by", "adm01") == 0
    assert main([*words, "--force"]) == 0

    facts = shown(case, capsys)

    assert [note["text"] for note in facts["human"]["notes"]] == ["kept"]
    assert [entry["kind"] for entry in facts["record"]][5:] == [
        "note",
        "started",
        "intake",
        "decision",
        "reports",
    ]
    assert facts["label"] == "printer alert"


def test_force_takes_nothing_from_a_case_whose_record_was_changed(case, capsys) -> None:
    (case / "case.seal").unlink()
    before = (case / "verdict.json").read_bytes()

    assert main(["investigate", str(DEMO), "-o", str(case), "--force"]) == 5
    assert "the record of this case is not as it was left" in capsys.readouterr().err
    assert (case / "verdict.json").read_bytes() == before


def test_t_case_1_labels_that_read_alike_are_marked_and_cases_are_told_apart_by_id(tmp_path, capsys) -> None:
    for folder, label in (("a", "Printer"), ("b", "PRINTER"), ("c", "../../etc"), ("d", "-o x")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "case.json").write_text('{"schema": "magistrate.case/1"}')
        create_record(tmp_path / folder, author("adm01"), new_case_id(), label, "1.0")

    assert _case("list", tmp_path) == 0

    out = capsys.readouterr().out

    assert out.count("(another case has such a label)") == 2
    assert len(set(re.findall(r"case-[a-z2-7]{16}", out))) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "d"]


def test_a_copy_of_a_case_is_marked(case, capsys) -> None:
    shutil.copytree(case, case.parent / "copy")
    capsys.readouterr()
    _case("list", case.parent)

    assert capsys.readouterr().out.count("(a copy of this case is there too)") == 2


def test_list_names_a_case_that_was_changed(case, capsys) -> None:
    (case / "case.seal").unlink()
    _case("list", case.parent)

    assert "NOT as it was left: case.seal is missing" in capsys.readouterr().out


def test_verify_says_that_a_case_is_sound_and_anchors_its_head(case, tmp_path, capsys) -> None:
    anchor = tmp_path / "heads.jsonl"

    assert _case("verify", case, "--quick", "--write-anchor", anchor) == 0
    assert ": sound" in capsys.readouterr().out
    assert _case("note", case, "later", "--by", "adm01") == 0
    assert _case("verify", case, "--quick", "--anchor", anchor) == 0


def test_t_case_6_a_record_cut_back_to_an_older_copy_is_found_by_the_anchor(case, tmp_path, capsys) -> None:
    old = shutil.copytree(case, tmp_path / "old")
    anchor = tmp_path / "heads.jsonl"
    _case("note", case, "later", "--by", "adm01")
    _case("verify", case, "--quick", "--write-anchor", anchor)
    capsys.readouterr()

    assert _case("verify", old, "--quick") == 0
    assert _case("verify", old, "--quick", "--anchor", anchor) == 5
    assert "cut off the end" in capsys.readouterr().out


def test_verify_names_the_fault_and_exits_with_5(case, capsys) -> None:
    (case / "report.md").write_text("closed")

    assert _case("verify", case, "--quick", "--format", "json") == 5

    facts = json.loads(capsys.readouterr().out)

    assert facts["sound"] is False
    assert facts["checks"][1]["faults"] == ["report.md: not as it was written"]


@pytest.mark.parametrize("words", [("--head", "xyz"), ("--anchor", "none.jsonl")])
def test_verify_refuses_a_head_it_cannot_read(case, words, capsys) -> None:
    assert _case("verify", case, *words) == 2


BECAUSE = "An exercise, approved by the lead."


def test_a_downgrade_waits_for_another_person_then_lets_the_case_close(case, cited, capsys) -> None:
    words = ("--reason", "TICKET", "--because", BECAUSE, "--evidence", cited, "--reference", "CHG-7")

    assert _case("override", case, "close-test", *words, "--by", "adm01") == 0
    assert _case("close", case, "--by", "adm01") == 2
    assert _case("approve", case, "6", "--by", "CORP\\ADM01") == 2
    assert _case("approve", case, "6", "--by", "adm02") == 0
    assert _case("close", case, "--by", "adm01") == 0

    facts = shown(case, capsys)

    assert facts["tool"]["disposition"] == "ESCALATE-INCIDENT"
    assert facts["human"]["verdict"] == "CLOSE-TEST"
    assert facts["state"].startswith("closed as CLOSE-TEST by adm01")

    _case("show", case)

    assert "override 6 of adm01, agreed by adm02" in capsys.readouterr().out


def test_the_show_command_says_tool_analyst_and_why(case, cited, capsys) -> None:
    _case(
        "answer",
        case,
        "q2",
        "no",
        "--reason",
        "OTHER",
        "--because",
        BECAUSE,
        "--evidence",
        cited,
        "--by",
        "adm01",
    )
    capsys.readouterr()
    _case("show", case)

    assert f"tool: UNKNOWN / analyst: NO because {BECAUSE}" in " ".join(capsys.readouterr().out.split())


def test_t_case_2_a_stale_answer_is_refused_with_both_texts(case, cited, capsys) -> None:
    words = ("--reason", "OTHER", "--evidence", cited, "--seen", "5")
    _case("answer", case, "Q2", "NO", *words, "--because", "The first text of two people.", "--by", "adm01")
    capsys.readouterr()

    assert _case("answer", case, "Q2", "YES", *words, "--because", "The second text of two people.") == 2

    said = capsys.readouterr().err

    assert "The first text of two people." in said
    assert "The second text of two people." in said
    assert shown(case, capsys)["version"] == 7


def test_a_case_with_a_changed_report_is_not_closed(case, cited, capsys) -> None:
    words = ("--reason", "OTHER", "--because", BECAUSE, "--evidence", cited)
    _case("override", case, "CLOSE-FALSE", *words, "--by", "adm01")
    _case("approve", case, "6", "--by", "adm02")
    (case / "verdict.json").write_text("{}")

    assert _case("close", case, "--by", "adm01") == 2
    assert "verdict.json: not as it was written" in capsys.readouterr().err


def test_a_contact_is_named_with_channel_and_time(case, capsys) -> None:
    words = ("--reason", "OTHER", "--because", BECAUSE, "--contact", "owner of srv12", "--known-number")

    assert _case("override", case, "HOLD-DATA", *words) == 2
    assert "--channel and --contact-time" in capsys.readouterr().err


def test_a_case_goes_to_another_person_as_one_file(case, tmp_path, capsys) -> None:
    bundle, copy = tmp_path / "b.zip", tmp_path / "copy"

    assert _case("export", case, "-o", bundle, "--by", "adm01") == 0
    assert _case("import", bundle, "-o", copy) == 0
    assert _case("verify", copy, "--quick") == 0
    assert shown(copy, capsys)["head"] == shown(case, capsys)["head"]


def test_what_is_no_bundle_is_refused(tmp_path, capsys) -> None:
    (tmp_path / "x.zip").write_text("x")

    assert _case("import", tmp_path / "x.zip", "-o", tmp_path / "copy") == 3
    assert _case("import", tmp_path / "none.zip", "-o", tmp_path / "copy") == 2


def test_reports_are_written_anew_with_what_people_said(case, capsys) -> None:
    _case("note", case, "Ask again on Monday.", "--by", "adm01")

    assert _case("report", case, "--by", "adm01") == 0
    assert "Ask again on Monday." in (case / "report.md").read_text()
    assert _case("verify", case, "--quick") == 0


def test_what_left_a_case_is_noted_with_its_hash(case, capsys) -> None:
    note_export(case, {"note.md": "0" * 64}, "adm01")

    assert shown(case, capsys)["record"][-1]["body"]["left"] == {"note.md": "0" * 64}


def test_in_a_folder_without_a_record_nothing_is_noted(tmp_path) -> None:
    note_export(tmp_path, {"note.md": "0" * 64})

    assert list(tmp_path.iterdir()) == []


def test_the_fields_of_a_ticket_are_one_a_line(case, capsys) -> None:
    assert _case("show", case, "--ticket") == 0

    lines = capsys.readouterr().out.splitlines()

    assert "disposition: ESCALATE-INCIDENT" in lines
    assert next(line for line in lines if line.startswith("case_id: ")).startswith("case_id: case-")


def test_a_ticket_is_not_made_of_a_verdict_that_was_changed(case, capsys) -> None:
    (case / "verdict.json").write_text("{}")

    assert _case("show", case, "--ticket", "--format", "json") == 2
    assert "verdict.json is not as it was written" in capsys.readouterr().err


@pytest.mark.hostile
def test_hostile_texts_of_people_are_inert_on_the_terminal_and_exact_in_json(hostile, case, capsys) -> None:
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    texts = [text for text in (json.loads(line)["CommandLine"] for line in lines) if text.strip()]
    texts = [text for text in texts if len(text.strip()) <= MOST_TEXT]
    append(case, [note_draft(text) for text in texts], author("adm01"))
    kept = [entry["body"]["text"] for entry in shown(case, capsys)["record"] if entry["kind"] == "note"]
    _case("show", case)
    out = capsys.readouterr().out

    assert kept == [text.strip() for text in texts]
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200b]", out)


def test_t_out_9_a_text_that_is_too_long_is_refused_with_the_limit() -> None:
    with pytest.raises(UsageError, match="at most 32,000 are kept"):
        note_draft("A" * (MOST_TEXT + 1))


def test_t_case_2_notes_of_several_processes_at_once_are_all_kept_in_one_chain(case, capsys) -> None:
    words = [
        sys.executable,
        "-c",
        "import sys; from magistrate.cli import main; sys.exit(main(sys.argv[1:]))",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = [
        subprocess.Popen([*words, "case", "note", str(case), f"note {number}", "--by", f"adm0{number}"],
                         stderr=subprocess.DEVNULL, env=environment)
        for number in range(4)
    ]  # fmt: skip

    assert [process.wait() for process in started] == [0] * 4

    kept = shown(case, capsys)["human"]["notes"]

    assert sorted(note["text"] for note in kept) == [f"note {number}" for number in range(4)]
    assert [note["number"] for note in kept] == [6, 7, 8, 9]
