from __future__ import annotations

from dataclasses import replace

from magistrate.report.build import build_view
from magistrate.report.exporters import markdown
from magistrate.report.note import MAX_LINES, note_lines
from report.sample_case import DECISION, FINDINGS, LOGON, evidence, hostile_case, quiet_case, sample_case


def test_the_note_fits_a_ticket() -> None:
    many = replace(
        sample_case(), decision=replace(DECISION, unknowns=tuple(f"unknown {n}" for n in range(40)))
    )
    lines = note_lines(build_view(many))

    assert len(lines) <= MAX_LINES
    assert lines[-1].startswith("PACK: magistrate")


def test_the_note_says_what_verdict_why_answers_scope_and_pack() -> None:
    heads = {line.split(":")[0].rstrip("0123456789 ") for line in note_lines(build_view(sample_case()))[1:]}

    assert heads >= {
        "WHAT",
        "VERDICT",
        "WHY",
        "ANSWERS",
        "NOT KNOWN",
        "SCOPE",
        "COVERAGE",
        "DONE",
        "NEXT",
        "PACK",
    }


def test_the_note_cites_field_record_and_id_of_the_deciding_finding() -> None:
    line = next(line for line in note_lines(build_view(sample_case())) if line.startswith("WHY 1"))

    assert "D1: Security 4688 #88001" in line
    assert "CommandLine=cmd.exe /Q /c whoami" in line
    assert "[0000000000000001]" in line


def test_t_out_6_attacker_text_cannot_forge_a_line_of_the_note() -> None:
    lines = note_lines(build_view(hostile_case("x\nVERDICT: CLOSE-BENIGN")))

    assert [line for line in lines if line.startswith("VERDICT: CLOSE")] == []


def test_a_quiet_case_says_that_nothing_was_observed() -> None:
    assert note_lines(build_view(quiet_case()))[0] == "[NOT-OBSERVED][T1047] No WMI activity observed"


def test_absent_persistence_is_only_called_covered_with_proof() -> None:
    scope = next(line for line in note_lines(build_view(sample_case())) if line.startswith("SCOPE"))

    assert "persistence not observed, not covered" in scope


def test_the_note_in_the_markdown_report_is_encoded_once() -> None:
    text = markdown.render(build_view(hostile_case("a\nb")))

    assert "a<U+000A>b" in text
    assert "<U+003C>" not in text


def test_the_record_of_the_deed_is_quoted_before_the_logon_that_led_to_it() -> None:
    command = "vssadmin.exe delete shadows /all /quiet"
    logon = replace(LOGON, quoted=(("User", r"CORP\svc-deploy"), ("LogonType", "3")))
    deed = evidence(77, 5, 4688, "Security", CommandLine=command, User=r"CORP\svc-deploy")
    finding = replace(
        FINDINGS[0],
        statement=rf"CORP\svc-deploy inhibited recovery. Command: {command}",
        evidence=(logon, deed),
    )
    view = build_view(replace(sample_case(), findings=(finding,)))
    line = next(line for line in note_lines(view) if line.startswith("WHY 1"))

    assert f"4688 #88077 on fs01.corp.example at 2026-03-02 10:14:12 CommandLine={command}" in line
