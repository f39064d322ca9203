"""`magistrate timeline`: what happened in a case, in order."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import case_view, options

if TYPE_CHECKING:
    from pathlib import Path

    from magistrate.report.timeline_view import Filter

_COLUMNS = ("utc", "level", "kind", "host", "account", "source", "what", "text", "codes", "story_id", "background", "evidence_ids")  # fmt: skip


@click.command("timeline")
@case_view.case_argument()
@case_view.filters()
@options.output_format(
    "text", "json", "csv", text="json keeps every text exactly, csv is safe for a spreadsheet."
)
def command(case: Path, chosen: Filter, output_format: str) -> int:
    """Show what happened in a case, in order of time.

    CASE is the folder of a case. Acts, findings, other signals and signs of a cut recording, each with its level and
    the first record it rests on; `magistrate show CASE RECORD` prints that record. Times are UTC.
    """
    from magistrate.report.case_formats import as_csv, as_json
    from magistrate.report.case_terminal import print_lines, timeline_lines, width_of
    from magistrate.report.timeline_view import filtered, timeline

    everything = timeline(case_view.view_of(case))
    entries = filtered(everything, chosen)
    if output_format == "text":
        print_lines(timeline_lines(entries, width_of()))
        options.say(f"{len(entries):,} of {len(everything):,} entries shown, times UTC.")
    else:
        sys.stdout.write(as_json(entries) if output_format == "json" else as_csv(entries, _COLUMNS))
    return 0
