"""Says what a text is that no reader takes, in one clear sentence."""

from __future__ import annotations

from magistrate.sources.csv_layouts import is_in_front
from magistrate.sources.delimited import DELIMITERS, read_cells
from magistrate.sources.text_encoding import detect_encoding

_LINES = 5
_LONGEST_NAME = 60


def unknown_text(head: bytes) -> tuple[str, str, str] | None:
    """Format, reason and advice for a text; None when it is neither XML nor a table."""
    text = head.decode(detect_encoding(head), "replace").lstrip("\ufeff\0 \t\r\n")
    if text.startswith("<"):
        return _markup(text)
    lines = [line.rstrip("\r") for line in text.split("\n")[:_LINES] if not is_in_front(line.rstrip("\r"))]
    if any(_looks_like_header(lines[0], delimiter) for delimiter in DELIMITERS if lines):
        reason = "This is a table (CSV), but its header is that of no event export that is read."
        return "other csv", reason, "Export the log as EVTX with wevtutil epl."
    return None


def _markup(text: str) -> tuple[str, str, str]:
    start = text[:2000].lower()
    if "<html" in start or start.startswith("<!doctype html"):
        return "web page", "This is a web page, not a log.", "Give the exported log."
    if "<Event" in text and "<System" in text:
        reason = "This is event XML, but no whole event stands near its start."
        return "broken event xml", reason, "Export the log again as EVTX with wevtutil epl."
    return "other xml", "This is XML without Windows events.", "Export the log as EVTX with wevtutil epl."


def _looks_like_header(line: str, delimiter: str) -> bool:
    """True for several short names that are no numbers."""
    cells = read_cells(line, delimiter) if delimiter in line else None
    names = [cell.strip() for cell in cells or ()]
    return len(names) > 1 and all(0 < len(name) <= _LONGEST_NAME and not name.isdigit() for name in names)
