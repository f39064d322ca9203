"""Reads event XML: what wevtutil, Get-WinEvent and Splunk's XmlWinEventLog write, with a root or without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits, ReadItem, ReadNote
from magistrate.sources.event_tree import record_from_tree
from magistrate.sources.event_xml import BadEvent, XmlEvent, XmlLimits, split_events
from magistrate.sources.formats import Format, Gives
from magistrate.sources.json_dialects import NOT_AN_EVENT
from magistrate.sources.text_encoding import as_utf8, detect_encoding, encoding_note, read_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.sources.base import RawRecord
    from magistrate.sources.guard import Guard

_FIRST_EVENT = re.compile(r"<Event(?:\s[^<>]{0,4096})?>\s{0,64}<System[\s>]")
_IN_FRONT = 4096  # characters of declaration, root, comments and a text line before the first event


FORMATS = (
    Format(
        name="xml",
        title="Event XML: wevtutil, Get-WinEvent ToXml, Splunk XmlWinEventLog",
        gives=Gives.EVENTS,
        recognised_by="an Event element with System near the start of XML text, with a root or without",
        answers="As the event log, user data included.",
        cannot="Holes of an export with a query are holes of the query, not of the log.",
        source="Windows event schema; wevtutil and Splunk output",
    ),
)


class XmlReader:
    """Reads event XML. One `Event` element is one record, whatever stands around it."""

    name = "xml"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def configured(self, limits: Limits, guard: Guard) -> XmlReader:
        """The same reader with these limits; an XML file is one unit of work, announced by intake."""
        return XmlReader(limits)

    def recognises(self, head: bytes) -> bool:
        """True when the text is XML and an event begins near its start."""
        text = head.decode(detect_encoding(head), "replace").lstrip("\ufeff\0 \t\r\n")
        found = _FIRST_EVENT.search(text) if text.startswith("<") else None
        return found is not None and found.start() < _IN_FRONT

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield a record or an issue for each event; see `Reader.read`."""
        encoding = detect_encoding(read_head(stream))
        if note := encoding_note(encoding):
            yield ReadNote(note)
        limits = XmlLimits(self._limits.line_bytes, self._limits.json_depth)
        line = 0
        for event in split_events(as_utf8(stream, encoding), limits):
            locator = f"line {event.line}"
            if event.line == line:
                locator += f" byte {event.offset}"
            line = event.line
            if isinstance(event, BadEvent):
                reason = f"{event.reason} (byte {event.offset}, {event.size_bytes} bytes)"
                yield ReadIssue(label, "record", reason, event.records, locator, refused=event.refused)
            else:
                yield self._record(event, label, locator)

    def _record(self, event: XmlEvent, label: str, locator: str) -> RawRecord | ReadIssue:
        if not isinstance(event.tree.get("System"), dict):
            return ReadIssue(label, "record", f"{NOT_AN_EVENT} (byte {event.offset})", 1, locator)
        record = record_from_tree(event.tree, event.raw, locator)
        record.message = event.message
        notes = [*event.flags]
        if len(record.data) > self._limits.keys_per_record:
            kept = list(record.data.items())[: self._limits.keys_per_record]
            record.data = dict(kept)
            notes.append(f"more than {self._limits.keys_per_record} keys; the rest is only in the raw text")
        if notes:
            record.notes = (*record.notes, *notes)
        return record


READER = XmlReader()
