"""Reads events as plain text: `wevtutil qe /f:text`, and `Get-WinEvent | Format-List`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits, RawRecord, ReadItem, ReadNote
from magistrate.sources.formats import Format, Gives
from magistrate.sources.local_dates import learn_style
from magistrate.sources.powershell_events import NAMES, record_from_properties
from magistrate.sources.text_encoding import (
    as_utf8,
    detect_encoding,
    encoding_note,
    read_head,
    visible_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.sources.guard import Guard
    from magistrate.sources.local_dates import DateStyle

FORMATS = (
    Format(
        name="event_text",
        title="Events as text: wevtutil qe /f:text, Get-WinEvent with Format-List",
        gives=Gives.EVENTS,
        recognised_by="Event[0] with Log Name, or property lines such as ProviderName and Id",
        answers="What the English or Japanese message of an event says, by the recorded names.",
        cannot="It has no event data. Text of an event can look like another event, and PowerShell breaks long lines; "
        "export XML or the log itself where it matters.",
        source="output of wevtutil and of PowerShell's Format-List",
    ),
)

_BLOCK = 1 << 20
_START = re.compile(rb"Event\[(\d{1,18})\]:?[ \t]*\Z")
_PROPERTY = re.compile(rb"([A-Za-z][A-Za-z0-9]{1,40})[ ]{0,40}: ?(.*)\Z", re.DOTALL)
_LABELS = {
    "Log Name": "LogName",
    "Source": "ProviderName",
    "Date": "TimeCreated",
    "Event ID": "Id",
    "Computer": "MachineName",
    "User": "UserId",
}
_STYLE_EVENTS = 2000


@dataclass(slots=True)
class _Event:
    """Lines of one event. `number` is the one in brackets, None in lists of properties."""

    line: int
    lines: list[bytes]
    number: int | None = None
    too_long: bool = False


class EventTextReader:
    """Reads lists of events as text. One list entry is one record."""

    name = "event_text"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def configured(self, limits: Limits, guard: Guard) -> EventTextReader:
        """The same reader with these limits; a text is one unit of work, announced by intake."""
        return EventTextReader(limits)

    def recognises(self, head: bytes) -> bool:
        """True when the text begins as one of the two lists does."""
        text = head.decode(detect_encoding(head), "replace").lstrip("\ufeff\0 \t\r\n")
        lines = text[:20_000].splitlines()
        if not lines:
            return False
        if _START.match(lines[0].strip().encode()):
            return any(line.strip().startswith("Log Name:") for line in lines[1:4])
        names = [match.group(1).decode() for line in lines[:60] if (match := _PROPERTY.match(line.encode()))]
        return (
            bool(names)
            and names[0] in NAMES
            and "Id" in names
            and bool({"ProviderName", "LogName"} & {*names})
        )

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield a record or an issue for each entry of the list; see `Reader.read`."""
        head = read_head(stream)
        encoding = detect_encoding(head)
        if note := encoding_note(encoding):
            yield ReadNote(note)
        first = head.decode(encoding, "replace").lstrip("\ufeff\0 \t\r\n").split("\n", 1)[0].strip().encode()
        numbered = _START.match(first) is not None
        yield ReadNote(
            "wevtutil text." if numbered else "Format-List text; PowerShell may have broken long lines."
        )
        style = self._style(as_utf8(stream, encoding), numbered)
        stream.seek(0)
        expected = 0
        for event in self._events(as_utf8(stream, encoding), numbered):
            record = self._record(event, style, label)
            if event.number not in (None, 0, expected) and isinstance(record, RawRecord):
                note = (
                    "its number does not follow the one before; text of an event may pretend to be this one"
                )
                record.notes = (*record.notes, note)
            expected = (event.number or 0) + 1
            yield record

    def _style(self, stream: BinaryIO, numbered: bool) -> DateStyle:
        events = islice(self._events(stream, numbered), _STYLE_EVENTS)
        return learn_style([str(_properties(event).get("TimeCreated") or "") for event in events])

    def _events(self, stream: BinaryIO, numbered: bool) -> Iterator[_Event]:
        event: _Event | None = None
        first_name = b""
        size = 0
        for number, line in enumerate(_lines(stream, self._limits.line_bytes), 1):
            start = _START.match(line) if numbered else _PROPERTY.match(line)
            begins = start is not None
            if start is not None and not numbered:
                first_name = first_name or start.group(1)
                begins = start.group(1) == first_name
            if start is not None and begins:
                if event is not None:
                    yield event
                event = _Event(number, [], int(start.group(1)) if numbered else None)
                size = 0
            if event is None:
                event = _Event(number, []) if line.strip() else None
            if event is not None:
                size += len(line)
                event.too_long = event.too_long or size > self._limits.line_bytes
                if not event.too_long:
                    event.lines.append(line)
        if event is not None:
            yield event

    def _record(self, event: _Event, style: DateStyle, label: str) -> RawRecord | ReadIssue:
        locator = f"line {event.line}"
        if event.too_long:
            reason = f"longer than {self._limits.line_bytes} bytes"
            return ReadIssue(label, "record", reason, 1, locator, refused=True)
        raw, broken = visible_text(b"\n".join(event.lines).rstrip())
        record = record_from_properties(
            _properties(event), style, raw, locator, label, self._limits.keys_per_record
        )
        if isinstance(record, str):
            return ReadIssue(label, "record", record, 1, locator)
        if broken:
            record.notes = (*record.notes, "bytes that are not UTF-8, shown as \\xNN")
        return record


def _properties(event: _Event) -> dict[str, str | None]:
    """Properties of one entry under the names that PowerShell uses; the first of a name speaks."""
    return _numbered(event) if event.number is not None else _listed(event)


def _numbered(event: _Event) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for position, line in enumerate(event.lines[1:], 2):
        label, _, value = visible_text(line)[0].strip().partition(":")
        if label == "Description":
            rest = [visible_text(item)[0] for item in event.lines[position:]]
            found.setdefault("Message", "\n".join([value.strip(), *rest]).strip())
            break
        if name := _LABELS.get(label):
            found.setdefault(name, value.strip())
    if found.get("UserId") in ("N/A", "S-1-0-0"):
        del found["UserId"]
    return found


def _listed(event: _Event) -> dict[str, str | None]:
    found: dict[str, list[str]] = {}
    current, indent = "", 0
    for line in event.lines:
        text = visible_text(line)[0]
        match = _PROPERTY.match(line)
        if match is not None:
            current = match.group(1).decode()
            indent = text.index(":") + 2
            found.setdefault(current, [text[indent:]])
        elif current:
            # Lines that go on are indented to where the value began.
            found[current].append(text[indent:] if not text[:indent].strip() else text.lstrip())
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _lines(stream: BinaryIO, most: int) -> Iterator[bytes]:
    """Lines without their ends; of a line above the limit only what is beyond it is dropped."""
    rest = b""
    while block := stream.read(_BLOCK):
        *lines, rest = (rest + block).removeprefix(b"\xef\xbb\xbf").split(b"\n")
        yield from (line.rstrip(b"\r") for line in lines)
        rest = rest[: most + 1]
    if rest:
        yield rest.rstrip(b"\r")


READER = EventTextReader()
