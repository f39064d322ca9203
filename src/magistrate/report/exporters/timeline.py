"""`timeline.csv`: one row a thing that happened, importable by Timesketch (message, datetime, timestamp_desc).

Cells are text that no spreadsheet takes for a formula; see `magistrate.report.defuse.for_csv` for how to undo it.
Rows without a usable time stand at the end with an empty `datetime`.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.defuse import for_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magistrate.report.view import FindingView, ProcessView, StoryView, View

FILE = "timeline.csv"
COLUMNS = (
    "message",
    "datetime",
    "timestamp_desc",
    "host",
    "actor",
    "source",
    "action",
    "command",
    "story",
    "finding",
    "technique",
    "confidence",
    "background",
    "channel",
    "event_id",
    "record_id",
    "file",
    "evidence_id",
    "clock_note",
)
Row = dict[str, str]


def render(view: View) -> str:
    """The timeline as CSV text, every cell quoted and guarded, in time order."""
    return _table(view, for_csv)


def render_raw(view: View) -> str:
    """The timeline with every cell as recorded: a spreadsheet may run what stands in it."""
    return _table(view, str)


def timeline_rows(view: View) -> list[Row]:
    """Every row with its cells as recorded, in time order, those without a time at the end."""
    return sorted(
        _rows(view), key=lambda row: (not row.get("datetime"), *(row.get(name, "") for name in _ORDER))
    )


def _table(view: View, encode: Callable[[str], str]) -> str:
    rows = timeline_rows(view)
    output = io.StringIO()
    writer = csv.DictWriter(output, COLUMNS, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: encode(value) for name, value in row.items()} for row in rows)
    return output.getvalue()


_ORDER = ("datetime", "timestamp_desc", "host", "message", "finding", "evidence_id")


def _rows(view: View) -> Iterator[Row]:
    for story in view.stories:
        for process in story.processes:
            yield _act(view, story, process)
    for finding in view.findings:
        yield from _finding(view, finding)
    for signal in view.signals:
        yield {
            "message": f"{signal.title}: {signal.statement}"
            + wording.recovered_mark(view, *(item.id for item in signal.evidence)),
            "datetime": _datetime(signal.first),
            "timestamp_desc": "Other signal",
            "host": signal.host,
            "actor": signal.account or "",
            "source": signal.source_ip or "",
            "action": signal.title,
            "finding": signal.rule,
            "technique": signal.technique,
            "evidence_id": " ".join(item.id for item in signal.evidence),
        }
    for sign in view.coverage.tamper:
        yield {
            "message": f"{sign.what}. Other explanation: {sign.explanation}",
            "datetime": _datetime(sign.utc),
            "timestamp_desc": "Log integrity",
            "host": sign.host,
            "action": "tamper sign",
            "evidence_id": " ".join(sign.evidence_ids),
        }


def _act(view: View, story: StoryView, process: ProcessView) -> Row:
    actor = story.account.name if story.account else "undetermined"
    what = process.command or process.image or ", ".join(process.targets)
    return {
        "message": f"{actor} {process.operation.replace('_', ' ')} on {process.host}: {what}"
        + wording.recovered_mark(view, *process.evidence_ids),
        "datetime": _datetime(process.utc),
        "timestamp_desc": "WMI activity",
        "host": process.host,
        "actor": actor,
        "source": story.source_ip or story.source_host or "",
        "action": f"{process.kind} {process.operation}",
        "command": process.command or "",
        "story": story.id,
        "technique": "T1546.003" if process.kind == "subscription" else "T1047",
        "confidence": story.identity_confidence,
        "background": process.background or "",
        "evidence_id": " ".join(process.evidence_ids),
        "clock_note": " ".join(story.clocks),
    }


def _finding(view: View, finding: FindingView) -> Iterator[Row]:
    for item in finding.evidence:
        yield {
            "message": f"{finding.code} {finding.title}: {finding.statement}{wording.recovered_mark(view, item.id)}",
            "datetime": _datetime(item.utc),
            "timestamp_desc": "Finding evidence",
            "host": item.host,
            "actor": finding.account or "",
            "source": finding.source or "",
            "action": finding.title,
            "story": finding.story_id or "",
            "finding": f"{finding.id} {finding.code}",
            "technique": " ".join(finding.techniques),
            "channel": item.channel,
            "event_id": str(item.event_id),
            "record_id": "" if item.record_id is None else str(item.record_id),
            "file": item.file,
            "evidence_id": item.id,
        }


def _datetime(utc: str | None) -> str:
    """Timesketch reads an offset, not a `Z`, in every version."""
    return utc.replace("Z", "+00:00") if utc else ""
