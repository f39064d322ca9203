r"""Reads Zeek logs as tab-separated text, with the header that names their fields.

A header looks like `#separator \x09`, `#set_separator ,`, `#empty_field (empty)`, `#unset_field -`, `#path conn`,
`#fields ts uid ...`, `#types time string ...`; it may come again where logs were joined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits, ReadItem, ReadNote
from magistrate.sources.dialects.zeek_json import DIALECT
from magistrate.sources.formats import Format, Gives
from magistrate.sources.zeek_records import zeek_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.sources.base import RawRecord
    from magistrate.sources.guard import Guard

_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\\\")
_CONTAINERS = ("set[", "vector[")

FORMATS = (
    Format(
        name="zeek",
        title="Zeek logs as tab-separated text",
        gives=Gives.NETWORK,
        recognised_by="a first line beginning with #separator or #fields",
        answers=DIALECT.format.answers,
        cannot=DIALECT.format.cannot,
        source="Zeek log documentation; logs of a public recording",
    ),
)


@dataclass(slots=True)
class _Header:
    """What the header says, with Zeek's defaults."""

    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    fields: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """Take one header line; those that say nothing about the layout are passed over."""
        if line.startswith("#separator "):
            self.separator = _unescaped(line.removeprefix("#separator ").strip(" \r")) or "\t"
            return
        name, _, rest = line[1:].partition(self.separator)
        if name == "set_separator":
            self.set_separator = rest or ","
        elif name == "empty_field":
            self.empty = rest
        elif name == "unset_field":
            self.unset = rest
        elif name == "path":
            self.path, self.fields, self.types = rest.strip(), [], []
        elif name == "fields":
            self.fields = rest.split(self.separator)
        elif name == "types":
            self.types = rest.split(self.separator)


class ZeekReader:
    """Reads one log. Every line that is no header is one entry."""

    name = "zeek"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def configured(self, limits: Limits, guard: Guard) -> ZeekReader:
        """The same reader with these limits; a log is one unit of work, announced by intake."""
        return ZeekReader(limits)

    def recognises(self, head: bytes) -> bool:
        """True when the text begins as Zeek's header does."""
        return head.removeprefix(b"\xef\xbb\xbf").startswith((b"#separator ", b"#fields\t"))

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield a record or an issue for each entry; see `Reader.read`."""
        header = _Header()
        closed = True
        number = 0
        most = self._limits.line_bytes
        while line := stream.readline(most + 1):
            number += 1
            locator = f"line {number}"
            if len(line) > most:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(most)
                yield ReadIssue(label, "record", f"longer than {most} bytes", 1, locator, refused=True)
                continue
            text = line.decode("utf-8", "backslashreplace").lstrip("\ufeff").rstrip("\r\n")
            if text.startswith("#"):
                closed = closed or text.startswith("#close")
                if text.startswith("#fields"):
                    closed = False
                header.take(text)
            elif text.strip():
                yield _entry(text, header, label, locator)
        if not closed:
            yield ReadNote("The log ends without #close: it was cut off, or it was still being written.")


def _entry(text: str, header: _Header, label: str, locator: str) -> RawRecord | ReadIssue:
    if not header.fields:
        return ReadIssue(label, "record", "an entry before any #fields line", 1, locator)
    values = text.split(header.separator)
    if len(values) != len(header.fields):
        reason = f"{len(values)} values where the header names {len(header.fields)}"
        return ReadIssue(label, "record", reason, 1, locator)
    types = header.types if len(header.types) == len(values) else [""] * len(values)
    fields = {
        name: _value(value, kind, header)
        for name, value, kind in zip(header.fields, values, types, strict=True)
    }
    return zeek_record(header.path, fields, text, locator)


def _value(value: str, kind: str, header: _Header) -> str | None:
    if value == header.unset:
        return None
    if value == header.empty:
        return ""
    if kind.startswith(_CONTAINERS) and header.set_separator != ",":
        value = value.replace(header.set_separator, ",")
    return _unescaped(value)


def _unescaped(text: str) -> str:
    r"""Text with Zeek's escapes resolved: `\x09` is a byte, and bytes of one character stand side by side."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(lambda match: chr(int(match.group(1), 16)) if match.group(1) else "\\", text)
    if plain.isascii():
        return plain
    try:
        # The escaped bytes are UTF-8 where the log holds other letters beside none of its own.
        return plain.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return plain


READER = ZeekReader()
