"""The timeline, the trees and the graph of a case as JSON and CSV: exact in JSON, safe for a spreadsheet in CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from magistrate.report.defuse import for_csv
from magistrate.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence


def as_json(value: Any) -> str:
    """Entries, trees or a graph as one JSON document in ASCII."""
    return json.dumps(plain(value), indent=2, ensure_ascii=True) + "\n"


def as_csv(rows: Sequence[Any], columns: Sequence[str]) -> str:
    """The named fields of entries or ways as CSV, every cell quoted; several values of a field stand with blanks."""
    output = io.StringIO()
    writer = csv.writer(output, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([for_csv(_cell(getattr(row, name))) for name in columns])
    return output.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
