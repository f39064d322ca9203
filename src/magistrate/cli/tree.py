"""`magistrate tree`: the processes of each session as trees."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import case_view, options

if TYPE_CHECKING:
    from pathlib import Path

    from magistrate.report.timeline_view import Filter


@click.command("tree")
@case_view.case_argument()
@case_view.filters()
@options.output_format("text", "json", text="json keeps every text exactly.")
def command(case: Path, chosen: Filter, output_format: str) -> int:
    """Show the processes of each session as trees, the source before its targets.

    CASE is the folder of a case. Codes in brackets are findings on a process; the number below it is the first record
    it rests on. A session is shown when any entry of its timeline passes the filters.
    """
    from magistrate.report.case_formats import as_json
    from magistrate.report.case_terminal import print_lines, tree_lines, width_of
    from magistrate.report.tree_view import process_trees

    view = case_view.view_of(case)
    trees = process_trees(view, chosen)
    if output_format == "json":
        sys.stdout.write(as_json(trees))
    else:
        print_lines(tree_lines(trees, width_of()))
        options.say(f"{len(trees):,} of {len(view.stories):,} sessions shown, times UTC.")
    return 0
