"""Splits a stream of JSON text into values: lines, arrays, concatenated, pretty-printed or mixed.

Each value costs what it costs: a broken line is one bad line, and the next value loads. A value is never held
beyond the limit.
"""

from __future__ import annotations

import codecs
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from magistrate.sources.shown_bytes import show_bytes, show_bytes_in
from magistrate.sources.text_window import TextWindow
from magistrate.sources.usual_json import usual_object

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = re.compile(rb"[\s,\[\]\x00]*")
# A string ends at a raw newline at the latest: JSON forbids newlines there, and a broken line must stay one line.
_TOKEN = re.compile(rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|["{}\[\]]|\n(?=\{)')
_GARBAGE_END = re.compile(rb"[\n{]")
_MAX_LONG_SCANS = 64  # after so many values that never end, a broken line is taken as just that


class JsonValue(NamedTuple):
    """One decoded object and its place. `flags` are remarks on how it was written."""

    value: dict[str, Any]
    raw: str
    line: int
    offset: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadValue:
    """Text that is no object we can take, and why."""

    reason: str
    line: int
    offset: int
    size_bytes: int
    refused: bool = False


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """Most bytes of one value and most levels of nesting."""

    value_bytes: int
    depth: int


class ObjectDecoder:
    """Decodes one object; numbers that a float would bend stay text, and the first of a repeated key speaks."""

    def __init__(self) -> None:
        self.flags: list[str] = []
        options: dict[str, Any] = {
            "object_pairs_hook": self._object,
            "parse_float": str,
            "parse_constant": self._constant,
            "strict": False,
        }
        self._plain = json.JSONDecoder(**options)
        self._long = json.JSONDecoder(**options, parse_int=str)

    def decode(self, raw: bytes) -> tuple[dict[str, Any], str, tuple[str, ...]]:
        """Object, its text and remarks.

        Raises:
            ValueError: not JSON, or JSON but no object.
            RecursionError: nested too deep for the decoder.
        """
        if usual := usual_object(raw):
            return *usual, ()
        self.flags = []
        broken = False
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("utf-8", "surrogateescape")
            broken = True
            self.flags.append("bytes that are not UTF-8, shown as \\xNN")
        try:
            value = self._plain.decode(text)
        except ValueError as error:
            if "integer string conversion" not in str(error):
                raise
            value = self._long.decode(text)
        if not isinstance(value, dict):
            raise ValueError("a value that is no object")
        if broken or b"\\ud" in raw or b"\\uD" in raw:
            text = show_bytes(text)
            value = show_bytes_in(value)
        return value, text, tuple(self.flags)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            value = {}
            for key, item in pairs:
                if key in value:
                    self.flags.append(f"the key {key[:60]!a} is repeated; the first value is used")
                else:
                    value[key] = item
        return value

    def _constant(self, text: str) -> str:
        self.flags.append(f"{text} is not a JSON number; kept as text")
        return text


def split_values(stream: BinaryIO, limits: JsonLimits) -> Iterator[JsonValue | BadValue]:
    """Yield every object of the stream in order, and a `BadValue` for each piece of text that is none.

    Args:
        stream: UTF-8 bytes; see `as_utf8` for other encodings.
        limits: bounds of one value.
    """
    return _Splitter(stream, limits).run()


class _Splitter(TextWindow):
    """Splits a stream; see `TextWindow` for what is held."""

    def __init__(self, stream: BinaryIO, limits: JsonLimits) -> None:
        super().__init__(stream)
        self.limits = limits
        self.inline = False  # several values stand on one line: look for the end of each first
        self.decoder = ObjectDecoder()

    def run(self) -> Iterator[JsonValue | BadValue]:
        self.skip_bom()
        while self._skip_separators():
            if self.buffer[self.position] == 0x7B:
                yield self._take_object()
            else:
                yield self._take_garbage()

    def _skip_separators(self) -> bool:
        while True:
            match = _SEPARATORS.match(self.buffer, self.position)
            end = match.end() if match else self.position
            self._advance(end)
            if end < len(self.buffer):
                return True
            if not self.more():
                return False

    def _advance(self, end: int) -> None:
        lines = self.buffer.count(b"\n", self.position, end)
        if lines:
            self.line += lines
            self.inline = False
        self.position = end

    def _line_end(self) -> int:
        """Position of the next newline, or of the end; -1 when the line is longer than the limit."""
        seen = 0
        while True:
            found = self.buffer.find(b"\n", self.position + seen)
            if found >= 0:
                return found if found - self.position <= self.limits.value_bytes else -1
            seen = len(self.buffer) - self.position
            if seen > self.limits.value_bytes:
                return -1
            if not self.more(seen):
                return len(self.buffer)

    def _take_object(self) -> JsonValue | BadValue:
        if not self.inline:
            end = self._line_end()
            if end >= 0:
                raw = self.buffer[self.position : end].rstrip(b" \t\r,]")
                if taken := self._decode(raw):
                    return taken
        return self._take_scanned()

    def _decode(self, raw: bytes) -> JsonValue | None:
        """The value that `raw` is, consumed; None when it is none or may nest too deep."""
        depth = self.limits.depth
        if raw.count(b"{") + raw.count(b"[") > depth and _deepest(raw) > depth:
            return None
        try:
            value, text, flags = self.decoder.decode(raw)
        except (ValueError, RecursionError):
            return None
        taken = JsonValue(value, text, self.line, self.base + self.position, flags)
        self._advance(self.position + len(raw))
        return taken

    def _take_scanned(self) -> JsonValue | BadValue:
        """Find where the value ends by its braces, over several lines if need be."""
        end, deepest, reason = self._scan()
        if end < 0:
            return self._bad_line(reason)
        if end - self.position > self.limits.value_bytes:
            return self._bad(end, f"longer than {self.limits.value_bytes} bytes", refused=True)
        if deepest > self.limits.depth:
            return self._bad(end, f"nested deeper than {self.limits.depth} levels", refused=True)
        self.inline = self.buffer.find(b"\n", self.position, end) < 0
        raw = self.buffer[self.position : end]
        return self._decode(raw) or self._bad(end, "not valid JSON")

    def _scan(self) -> tuple[int, int, str]:
        """End of the value, its deepest level and, when there is no end (-1), the reason."""
        depth = deepest = 0
        at = self.position
        while True:
            match = _TOKEN.search(self.buffer, at)
            # A string may go on behind the buffer, and so may everything else.
            cut = match is None or (match.group() == b'"' and self.buffer.find(b"\n", match.start()) < 0)
            if match is None or cut:
                keep = (match.start() if match else len(self.buffer)) - self.position
                if len(self.buffer) - self.position > self.limits.value_bytes:
                    self.long_scans += 1
                    return -1, deepest, "longer than the limit"
                if not self.more(len(self.buffer) - self.position):
                    self.long_scans += 1
                    return -1, deepest, "cut off: the value does not end"
                at = self.position + keep
                continue
            token = match.group()
            at = match.end()
            if token in (b"{", b"["):
                depth += 1
                deepest = max(deepest, depth)
            elif token in (b"}", b"]"):
                depth -= 1
                if depth <= 0:
                    return at, deepest, ""
            elif token == b'"':
                return -1, deepest, "a text without its closing quote"
            elif token == b"\n" and self._is_new_value(at):
                return -1, deepest, "cut off: the next value begins before this one ends"

    def _is_new_value(self, at: int) -> bool:
        """True when an object at the start of a line cannot be a part of the value being scanned."""
        before = self.buffer[:at].rstrip()[-1:] if at < 4096 else self.buffer[at - 4096 : at].rstrip()[-1:]
        return before not in (b",", b"[", b":", b"{") or self.long_scans > _MAX_LONG_SCANS

    def _bad_line(self, reason: str) -> BadValue:
        """Give up the line that the value starts on; the whole rest when the value runs to the end."""
        end = self._line_end()
        if end < 0:
            return self._drop_long_line()
        if reason.startswith("cut off: the value does not end") and self.long_scans <= _MAX_LONG_SCANS:
            end = len(self.buffer) if self._rest_is_one_value() else end
        return self._bad(end, reason)

    def _rest_is_one_value(self) -> bool:
        return self.ended and b"\n{" not in self.buffer[self.position :]

    def _bad(self, end: int, reason: str, *, refused: bool = False) -> BadValue:
        bad = BadValue(reason, self.line, self.base + self.position, end - self.position, refused)
        self._advance(end)
        return bad

    def _drop_long_line(self) -> BadValue:
        """Skip to the next line without holding what is skipped."""
        line, offset = self.line, self.base + self.position
        while (end := self.buffer.find(b"\n", self.position)) < 0:
            self.position = len(self.buffer)
            if not self.more():
                end = len(self.buffer)
                break
        self._advance(end)
        size = self.base + self.position - offset
        return BadValue(f"longer than {self.limits.value_bytes} bytes", line, offset, size, refused=True)

    def _take_garbage(self) -> BadValue:
        while not (match := _GARBAGE_END.search(self.buffer, self.position)):
            if len(self.buffer) - self.position > self.limits.value_bytes:
                return self._drop_long_line()
            if not self.more():
                break
        return self._bad(match.start() if match else len(self.buffer), "text that is no JSON object")


def _deepest(raw: bytes) -> int:
    depth = deepest = 0
    for match in _TOKEN.finditer(raw):
        if match.group() in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif match.group() in (b"}", b"]"):
            depth -= 1
    return deepest


def detect_encoding(head: bytes) -> str:
    """Encoding of JSON text by its first bytes: utf-8, utf-8-sig, utf-16-le, utf-16-be, utf-32-le or utf-32-be."""
    for mark, name in (
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF8, "utf-8-sig"),
    ):
        if head.startswith(mark):
            return name
    if head[:2] in (b"{\0", b"[\0"):
        return "utf-16-le"
    return "utf-16-be" if head[:2] in (b"\0{", b"\0[") else "utf-8"


class Utf8Stream(io.RawIOBase):
    """Reads another encoding as UTF-8; undecodable units become U+FFFD."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to about `size` bytes; empty at the end."""
        while not self._ended:
            block = self._stream.read(size if size > 0 else -1)
            self._ended = not block or size < 0
            text = self._decoder.decode(block, final=self._ended)
            if text:
                return text.removeprefix("\ufeff").encode("utf-8", "backslashreplace")
        return b""
