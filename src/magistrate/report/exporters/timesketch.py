"""Timesketch JSON lines: one event a line with message, datetime and timestamp_desc; values as recorded.

The format timeline gives the same rows as CSV. Timesketch takes no event without a time, so rows whose time is not
known are left out here; `timeline.csv` has them at its end.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from magistrate.report.exporters.timeline import timeline_rows

if TYPE_CHECKING:
    from magistrate.report.view import View

SUFFIX = ".jsonl"


def render(view: View) -> str:
    """One object a line in time order, keys sorted, empty columns left away; ASCII with escapes."""
    return "".join(
        json.dumps({name: value for name, value in row.items() if value}, sort_keys=True, ensure_ascii=True)
        + "\n"
        for row in timeline_rows(view)
        if row.get("datetime")
    )
