"""Reads CLIXML: what Export-Clixml writes of Get-WinEvent's objects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.parsers import expat

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits, RawRecord, ReadItem, ReadNote
from magistrate.sources.formats import Format, Gives
from magistrate.sources.local_dates import DateOrder, DateStyle
from magistrate.sources.powershell_events import record_from_properties
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

FORMATS = (
    Format(
        name="clixml",
        title="Get-WinEvent with Export-Clixml",
        gives=Gives.EVENTS,
        recognised_by="an Objs element of PowerShell's schema that holds properties of event records",
        answers="As the event log for events whose layout is known; values stand by position, whatever the language.",
        cannot="Without the values (a small depth) only what an English or Japanese message says.",
        source="PowerShell's remoting schema; properties of .NET's event records",
    ),
)

_BLOCK = 1 << 20
_LINE_END = b"\n"
# Export-Clixml writes each object of the pipeline on a line of its own, two blanks deep; text in it has no "<".
_OBJECT = re.compile(rb"(?:\A|\n) {0,2}<Obj(?=\s)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_STYLE = DateStyle(DateOrder.UNKNOWN)  # CLIXML writes dates as ISO 8601


class ClixmlReader:
    """Reads CLIXML of event records. One object of the pipeline is one record."""

    name = "clixml"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def configured(self, limits: Limits, guard: Guard) -> ClixmlReader:
        """The same reader with these limits; a CLIXML file is one unit of work, announced by intake."""
        return ClixmlReader(limits)

    def recognises(self, head: bytes) -> bool:
        """True when the text is CLIXML and its first object has the properties of an event."""
        text = (
            head.decode(detect_encoding(head), "replace").lstrip("\ufeff\0 \t\r\n").removeprefix("#< CLIXML")
        )
        begins = text.lstrip().startswith(("<Objs", "<?xml")) and "<Objs" in text[:2000]
        return begins and 'N="ProviderName"' in text and 'N="LogName"' in text

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield a record or an issue for each object; see `Reader.read`."""
        encoding = detect_encoding(read_head(stream))
        if note := encoding_note(encoding):
            yield ReadNote(note)
        line, objects = 1, 0
        for piece, is_object in _pieces(as_utf8(stream, encoding), self._limits.line_bytes):
            if is_object:
                objects += 1
                yield self._record(piece, label, f"line {line + piece.startswith(_LINE_END)}")
            line += piece.count(_LINE_END)
        if not objects:
            reason = "none of its objects stands on a line of its own, as Export-Clixml writes them"
            yield ReadIssue(label, "file", reason, hint="Export it again with Export-Clixml.")

    def _record(self, piece: bytes, label: str, locator: str) -> RawRecord | ReadIssue:
        if len(piece) >= self._limits.line_bytes:
            reason = f"longer than {self._limits.line_bytes} bytes"
            return ReadIssue(label, "record", reason, 1, locator, refused=True)
        raw = piece.strip()
        if raw.endswith(b"</Objs>"):
            raw = raw.removesuffix(b"</Objs>").rstrip()
        text, broken = visible_text(raw)
        builder = _Builder(self._limits.json_depth)
        try:
            properties = builder.build(text.encode() if broken else raw)
        except expat.ExpatError as error:
            reason = f"not well-formed XML ({expat.ErrorString(error.code)})"
            return ReadIssue(label, "record", reason, 1, locator)
        except _TooDeepError:
            reason = f"nested deeper than {self._limits.json_depth} levels"
            return ReadIssue(label, "record", reason, 1, locator, refused=True)
        record = record_from_properties(
            properties, _STYLE, text, locator, label, self._limits.keys_per_record
        )
        return ReadIssue(label, "record", record, 1, locator) if isinstance(record, str) else record


def _pieces(stream: BinaryIO, most: int) -> Iterator[tuple[bytes, bool]]:
    """The text cut before each object of the pipeline; what stands before the first is no object.

    An object above the limit is cut at the limit and its rest dropped, so that it is refused by its length.
    """
    buffer, is_object, ended = b"", False, False
    while not ended:
        block = stream.read(_BLOCK)
        ended = not block
        buffer += block
        while match := _OBJECT.search(buffer, 1):
            yield buffer[: match.start()][:most], is_object
            buffer, is_object = buffer[match.start() :], True
        if len(buffer) > most + _BLOCK:
            buffer = buffer[:most] + buffer[-64:]
    if not is_object and _OBJECT.match(buffer):
        is_object = True
    yield buffer[:most], is_object


class _TooDeepError(Exception):
    """An object nests deeper than the limit."""


class _Builder:
    """Collects the properties of one object: its own values, and objects that stand for a value."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._path: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._found: dict[str, Any] = {}
        self._values: list[dict[str, str | None]] = []

    def build(self, raw: bytes) -> dict[str, Any]:
        """Properties by name.

        Raises:
            ExpatError: not well-formed.
            _TooDeepError: nested deeper than the limit.
        """
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.Parse(raw, True)
        if self._values:
            self._found["Properties"] = self._values
        return self._found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= self._depth:
            raise _TooDeepError
        self._path.append((tag, attributes.get("N", "")))
        self._text.clear()

    def _end(self, tag: str) -> None:
        _, name = self._path.pop()
        text = _ESCAPED.sub(_character, "".join(self._text))
        self._text.clear()
        value = None if tag == "Nil" else text
        names = [item for _, item in self._path if item]
        tags = [item for item, _ in self._path]
        if tags in (["Obj", "Props"], ["Obj", "MS"]) and name and tag != "Obj":
            self._found.setdefault(name, value)
        elif "Properties" in names and (
            (name == "Value" and tag != "Obj" and "Value" not in names and tags[-1:] == ["Props"])
            or (tag == "ToString" and names.count("Value") == 1 and self._path[-1][1] == "Value")
        ):
            self._values.append({"Value": value})
        elif tag == "ToString" and tags[:-1] == ["Obj", "Props"]:
            self._found.setdefault(self._path[-1][1], value)


def _character(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return match.group() if 0xD800 <= code <= 0xDFFF else chr(code)


READER = ClixmlReader()
