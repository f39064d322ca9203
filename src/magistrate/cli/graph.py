"""`magistrate graph`: which account went from where to where."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import case_view, options

if TYPE_CHECKING:
    from pathlib import Path

    from magistrate.report.timeline_view import Filter

_COLUMNS = ("source", "account", "target", "sessions", "acts", "first", "last", "background", "tiers", "story_ids", "evidence_ids")  # fmt: skip


@click.command("graph")
@case_view.case_argument()
@case_view.filters()
@options.output_format(
    "text", "json", "csv", text="json keeps every text exactly, csv is safe for a spreadsheet."
)
def command(case: Path, chosen: Filter, output_format: str) -> int:
    """Show which account went from which source to which target.

    CASE is the folder of a case. The busiest ways come first, background last. A session counts when any entry of its
    timeline passes the filters.
    """
    from magistrate.report.case_formats import as_csv, as_json
    from magistrate.report.case_terminal import graph_lines, print_lines
    from magistrate.report.graph_view import graph

    view = case_view.view_of(case)
    found = graph(view, chosen)
    if output_format == "text":
        print_lines(graph_lines(found))
        options.say(f"{len(found.ways):,} ways shown, times UTC.")
    else:
        sys.stdout.write(as_json(found) if output_format == "json" else as_csv(found.ways, _COLUMNS))
    return 0
