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


def test_the_note_has_exactly_the_lines_of_the_practice_in_their_order() -> None:
    heads = [line.split(":")[0] for line in note_lines(build_view(sample_case()))[1:] if line[0] != " "]

    assert list(dict.fromkeys(heads)) == [
        "WHAT",
        "VERDICT",
        "WHY (evidence)",
        "ANSWERS",
        "NOT KNOWN",
        "SCOPE",
        "DONE",
        "ASKED",
        "DEADLINE/NEXT",
        "CHANGES IF",
        "PACK",
    ]


def test_the_first_line_says_severity_techniques_target_account_and_source() -> None:
    expected = (
        r"[SEV2][T1047 > T1021.003] Remote WMI execution on fs01.corp.example by CORP\user05 "
        "from 10.0.5.23 / ws23.corp.example"
    )

    assert note_lines(build_view(sample_case()))[0] == expected


def test_what_is_not_known_names_the_way_to_get_it() -> None:
    lines = [line for line in note_lines(build_view(sample_case())) if line.startswith("NOT KNOWN")]

    assert lines[0] == (
        r"NOT KNOWN: older Security log of fs01.corp.example -> wevtutil epl Security C:\IR\Security.evtx"
    )


def test_the_note_cites_field_record_and_id_of_the_deciding_finding() -> None:
    line = next(line for line in note_lines(build_view(sample_case())) if line.startswith(" 1) D1"))

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
    line = next(line for line in note_lines(view) if line.startswith(" 1) D1"))

    assert f"4688 #88077 on fs01.corp.example at 2026-03-02 10:14:12 CommandLine={command}" in line
