"""The summary fits a screen and holds no control character."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from magistrate.answers.answer import State
from magistrate.report.build import build_view
from magistrate.report.human_view import HumanChangeView, HumanView
from magistrate.report.terminal import print_summary, summary_lines
from report.sample_case import ANSWERS, hostile_case, quiet_case, sample_case


def _printed(case, width: int, **options) -> str:
    output = io.StringIO()
    console = Console(file=output, width=width, highlight=False, markup=False, emoji=False, **options)
    print_summary(build_view(case), Path("case"), console)
    return output.getvalue()


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("case", [sample_case, quiet_case])
def test_the_summary_fits_a_screen(case, width: int) -> None:
    lines = summary_lines(build_view(case()), width)

    assert len(lines) < 40
    assert max(line.cell_len for line in lines) <= width


def test_the_golden_summary_at_80_columns(golden) -> None:
    golden(Path(__file__).parent / "golden" / "summary-80.txt", _printed(sample_case(), 80))


def test_a_pipe_gets_no_colour_code() -> None:
    assert "\x1b" not in _printed(sample_case(), 80, force_terminal=False)


def test_no_color_is_respected_on_a_terminal(monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[31" not in _printed(sample_case(), 80, force_terminal=True)


def test_a_terminal_gets_colour(monkeypatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")

    assert "\x1b[1;31m" in _printed(sample_case(), 80, force_terminal=True)


@pytest.mark.parametrize("text", ["[bold]x[/bold]", ":smile:", "{0}%s"])
def test_t_out_5_attacker_text_is_not_markup(text: str) -> None:
    assert f"CORP\\{text}" in _printed(hostile_case(text), 140, force_terminal=False)


def test_t_out_3_attacker_text_carries_no_control_character() -> None:
    printed = _printed(hostile_case("a\x1b]0;x\x07\u202eb\r"), 140, force_terminal=False)

    assert not set("\x1b\x07\u202e\r") & set(printed)


def test_t_out_6_attacker_text_cannot_forge_a_line() -> None:
    printed = _printed(hostile_case("x\nCLOSE-BENIGN"), 140, force_terminal=False)

    assert [line for line in printed.splitlines() if line.startswith("CLOSE-BENIGN")] == []


def test_the_path_of_the_report_is_never_cut() -> None:
    output = io.StringIO()
    console = Console(file=output, width=80, highlight=False, markup=False, emoji=False)
    case = Path("/cases") / ("long-name-" * 20)
    print_summary(build_view(quiet_case()), case, console)

    assert f"{case}/report.html" in output.getvalue()


def test_an_answer_does_not_repeat_what_its_line_says() -> None:
    text = "YES because D1 (D1-0123456789abcdef), S3 (S3-0123456789abcdef) in a remote execution."
    answer = replace(ANSWERS[0], id="E4", state=State.YES, text=text)
    printed = _printed(replace(sample_case(), answers=(answer,)), 80)

    assert "E4 YES      High     D1, S3 in a remote execution." in printed


def test_the_verdict_of_a_person_stands_below_that_of_the_program() -> None:
    change = HumanChangeView(
        number=7,
        about="verdict",
        tool="ESCALATE-INCIDENT",
        analyst="HOLD-DATA",
        reason="OTHER",
        because="the \x1b[2J owner was asked",
        basis="",
        evidence_id=None,
        by="adm01",
        utc="2026-03-06T08:00:00.000000Z",
        state="in force",
        in_force=True,
    )
    view = replace(build_view(sample_case()), human=HumanView(verdict="HOLD-DATA", changes=(change,)))
    lines = [line.plain for line in summary_lines(view, 100)]

    assert lines[0].startswith(build_view(sample_case()).disposition)
    assert lines[1] == "adm01 says HOLD-DATA because the <U+001B>[2J owner was asked"
