"""Every cited record as a table for a spreadsheet, one row each; no cell is taken for a formula.

A neutral apostrophe stands before whatever a spreadsheet would take for a formula; `magistrate.report.defuse.for_csv`
says how to undo it. `--raw` leaves the cells as recorded, for programs.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from magistrate.report.citations import cited_records
from magistrate.report.defuse import for_csv

if TYPE_CHECKING:
    from collections.abc import Callable

    from magistrate.report.view import View

SUFFIX = ".csv"
_FIRST = ("evidence_id", "utc", "host", "channel", "event_id", "record_id", "file", "cited_by")


def render(view: View) -> str:
    """Every cell guarded; a quoted field a column."""
    return _table(view, for_csv)


def render_raw(view: View) -> str:
    """Every cell as recorded: a spreadsheet may run what stands in it."""
    return _table(view, str)


def _table(view: View, encode: Callable[[str], str]) -> str:
    cited = cited_records(view)
    fields = sorted({pair.field for item in cited for pair in item.record.quoted})
    output = io.StringIO()
    writer = csv.writer(output, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([encode(name) for name in (*_FIRST, *fields)])
    for item in cited:
        record = item.record
        quoted = {pair.field: pair.value for pair in record.quoted}
        number = "" if record.record_id is None else str(record.record_id)
        known = (
            record.id,
            record.utc or "",
            record.host,
            record.channel,
            str(record.event_id),
            number,
            record.file,
        )
        row = (*known, " ".join(item.cited_by), *(quoted.get(name, "") for name in fields))
        writer.writerow([encode(cell) for cell in row])
    return output.getvalue()
