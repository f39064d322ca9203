"""Timeline, trees and graph on the terminal: inert and within the width."""

from __future__ import annotations

import pytest

from magistrate.report.build import build_view
from magistrate.report.case_terminal import graph_lines, timeline_lines, tree_lines
from magistrate.report.graph_view import graph
from magistrate.report.timeline_view import timeline
from magistrate.report.tree_view import process_trees
from report.sample_case import hostile_case, sample_case

ATTACKS = ("\x1b[2J\x1b]0;owned\x07", "a\rb\nc", "‮gnp.exe", "[bold red]markup[/]", "x" * 5_000)


def _text(case, width: int) -> str:
    view = build_view(case)
    lines = [
        *timeline_lines(timeline(view), width),
        *tree_lines(process_trees(view), width),
        *graph_lines(graph(view)),
    ]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return "\n".join(line.plain for line in lines)


@pytest.mark.parametrize("attack", ATTACKS)
def test_t_out_3_attacker_text_stays_text_on_its_line(attack: str) -> None:
    harmless, attacked = _text(hostile_case("harmless"), 80), _text(hostile_case(attack), 80)

    assert all(character.isprintable() or character == "\n" for character in attacked)
    assert attacked.count("Source") == harmless.count("Source")


@pytest.mark.parametrize("width", [80, 140])
def test_lines_fit_the_width(width: int) -> None:
    assert max(map(len, _text(hostile_case("y" * 900), width).splitlines())) <= width


def test_a_wide_terminal_has_an_entry_on_one_line() -> None:
    narrow, wide = (list(timeline_lines(timeline(build_view(sample_case())), width)) for width in (80, 140))

    assert len(wide) < len(narrow)


def test_a_command_that_fits_three_lines_is_whole() -> None:
    view = build_view(sample_case())
    command = view.stories[0].processes[0].command
    shown = "".join(line.plain[26:] for line in timeline_lines(timeline(view), 80))

    assert command in shown
