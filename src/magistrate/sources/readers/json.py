"""Reads events from JSON: lines, arrays, concatenated or pretty, in the dialects of several products."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits, RawRecord, ReadItem, ReadNote
from magistrate.sources.json_dialects import record_from_object
from magistrate.sources.json_values import (
    BadValue,
    JsonLimits,
    JsonValue,
    ObjectDecoder,
    Utf8Stream,
    detect_encoding,
    split_values,
)
from magistrate.sources.json_wrappers import unwrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.sources.guard import Guard


class JsonReader:
    """Reads JSON text. One object is one record, whatever stands around it."""

    name = "json"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def configured(self, limits: Limits, guard: Guard) -> JsonReader:
        """The same reader with these limits; a JSON file is one unit of work, announced by intake."""
        return JsonReader(limits)

    def recognises(self, head: bytes) -> bool:
        """True when the text begins with an object or an array of them."""
        encoding = detect_encoding(head)
        text = head.decode("utf-8" if encoding == "utf-8-sig" else encoding, "replace")
        return text.lstrip("\ufeff\0 \t\r\n,[").startswith("{")

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield a record or an issue for each object or piece of text; see `Reader.read`."""
        head = stream.read(4)
        stream.seek(0)
        encoding = detect_encoding(head)
        if encoding not in ("utf-8", "utf-8-sig"):
            yield ReadNote(f"The text is {encoding.upper()}.")
            stream = Utf8Stream(stream, encoding)  # type: ignore[assignment] # only read() is used
        limits = JsonLimits(self._limits.line_bytes, self._limits.json_depth)
        decoder = ObjectDecoder()
        line = 0
        for value in split_values(stream, limits):
            locator = f"line {value.line}"
            if value.line == line:
                locator += f" byte {value.offset}"
            line = value.line
            if not isinstance(value, JsonValue):
                yield _issue(value, label, locator)
            elif (inside := unwrap(value, decoder)) is None:
                yield self._record(value, label, locator)
            else:
                for position, inner in enumerate(inside, 1):
                    yield self._record(inner, label, f"{locator} item {position}")

    def _record(self, value: JsonValue, label: str, locator: str) -> RawRecord | ReadIssue:
        record = record_from_object(
            value.value, value.raw, locator, value.flags, self._limits.keys_per_record
        )
        if isinstance(record, RawRecord):
            return record
        return ReadIssue(label, "record", f"{record} (byte {value.offset})", 1, locator)


def _issue(value: BadValue, label: str, locator: str) -> ReadIssue:
    return ReadIssue(
        label,
        "record",
        f"{value.reason} (byte {value.offset}, {value.size_bytes} bytes)",
        1,
        locator,
        refused=value.refused,
    )


READER = JsonReader()
