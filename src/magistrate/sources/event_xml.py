"""Splits a stream of event XML into events and decodes each by itself.

The text may have a root, several roots or none, one event a line or all on one. Each event gets its own parser, so
a broken one costs one event; what stands between events is not parsed at all. Nothing outside an event reaches a
parser, so a document type that declares entities has no effect.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from xml.parsers import expat

from magistrate.sources.shown_bytes import show_bytes
from magistrate.sources.text_encoding import visible_text
from magistrate.sources.text_window import TextWindow

if TYPE_CHECKING:
    from collections.abc import Iterator

_OVERLAP = 16  # longer than any mark that is searched for
_MARK = re.compile(rb"<Event[\s/>]|</Event\s*>|<!--|(?i:<!DOCTYPE)")
_END = re.compile(rb"</Event\s*>")
_EMPTY = re.compile(rb"<Event(?:\s[^<>]{0,4096})?/>")
# A start inside an event that begins an event of its own, not an element of user data that has the same name.
_NEW_EVENT = re.compile(rb"<Event(?:\s[^<>]{0,4096})?>\s{0,64}<System[\s>]")
_MOST_ENDS = 16  # ends tried for an event that holds elements named Event, or one in a character data section
_MOST_UNFINISHED = 64  # after so many events that never end, none is looked for beyond its first end

# XML forbids these characters, yet a command line can hold them and Windows writes them as they are.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
_CARRIERS = 0xF0000  # a private plane; its characters stand in for forbidden ones while they are parsed
_CARRIER = re.compile("[\U000f0000-\U000fffff]")


class XmlEvent(NamedTuple):
    """One decoded event and its place. `flags` are remarks on how it was written."""

    tree: dict[str, Any]
    message: str | None
    raw: str
    line: int
    offset: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadEvent:
    """Text that is no event we can take, and why. `records` is 0 for a remark that cost none."""

    reason: str
    line: int
    offset: int
    size_bytes: int
    refused: bool = False
    records: int = 1


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """Most bytes of one event and most levels of nesting."""

    event_bytes: int
    depth: int


class BadXmlError(ValueError):
    """One event is not XML that we take; `refused` when a limit of ours says so."""

    def __init__(self, reason: str, *, refused: bool = False, unfinished: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.refused = refused
        self.unfinished = unfinished


def split_events(stream: BinaryIO, limits: XmlLimits) -> Iterator[XmlEvent | BadEvent]:
    """Yield every event of the stream in order, and a `BadEvent` for each that cannot be read.

    Args:
        stream: UTF-8 bytes.
        limits: bounds of one event.
    """
    return _Splitter(stream, limits).run()


def decode_event(raw: bytes, depth: int) -> tuple[dict[str, Any], str | None, str, tuple[str, ...]]:
    """Tree, rendered message, text and remarks of one `<Event>` element.

    The tree has the form of `event_tree`: attributes under `#attributes`, named data by name, unnamed data as a
    list; a repeated name gets `_1` as the EVTX library does.

    Raises:
        BadXmlError: it is not well-formed, nests too deep, or asks for an entity.
    """
    flags: list[str] = []
    text, broken = visible_text(raw)
    if broken:
        flags.append("bytes that are not UTF-8, shown as \\xNN")
    source = raw
    if b"\r" in raw and b"<![CDATA[" not in raw:
        # XML parsers turn a carriage return into a newline; the event's text has to stay as recorded.
        source = raw.replace(b"\r", b"&#13;")
    try:
        tree, message = _Builder(depth).build(source)
    except expat.ExpatError as error:
        carried = _carried(source)
        if carried is None:
            raise _reason(error) from error
        try:
            tree, message = _Builder(depth).build(carried)
        except expat.ExpatError as second:
            raise _reason(second) from second
        tree = _restored(tree)
        message = None if message is None else _restore(message)
        if not broken:
            flags.append("characters that XML forbids, kept as recorded")
    return tree, message, text, tuple(flags)


def _reason(error: expat.ExpatError) -> BadXmlError:
    codes = expat.errors.codes
    if error.code == codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
        return BadXmlError("it asks for an entity; entities are not followed", refused=True)
    unfinished = error.code in (
        codes[expat.errors.XML_ERROR_NO_ELEMENTS],
        codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    )
    words = expat.ErrorString(error.code)
    return BadXmlError(f"not well-formed XML ({words})", unfinished=unfinished)


def _carried(raw: bytes) -> bytes | None:
    """The same XML with stand-ins for forbidden characters; None when there are none to replace."""
    text = raw.decode("utf-8", "surrogateescape")
    if _CARRIER.search(text):
        return None
    carried = _FORBIDDEN.sub(lambda match: chr(_CARRIERS + ord(match.group())), text)
    carried = _FORBIDDEN_REFERENCE.sub(_carried_reference, carried)
    return None if carried == text else carried.encode("utf-8")


def _carried_reference(match: re.Match[str]) -> str:
    code = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    return chr(_CARRIERS + code) if code <= 0xFFFF and _FORBIDDEN.match(chr(code)) else match.group()


def _restore(text: str) -> str:
    return show_bytes(_CARRIER.sub(lambda match: chr(ord(match.group()) - _CARRIERS), text))


def _restored(value: Any) -> Any:
    if isinstance(value, str):
        return _restore(value)
    if isinstance(value, dict):
        return {_restore(key): _restored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_restored(item) for item in value]
    return value


class _Element:
    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[tuple[str, dict[str, str], Any]] = []
        self.text: list[str] = []


class _Builder:
    """Builds the tree of one event."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._open: list[_Element] = []
        self._root: dict[str, Any] = {}

    def build(self, raw: bytes) -> tuple[dict[str, Any], str | None]:
        """Content of the event and its rendered message.

        Raises:
            ExpatError: not well-formed.
            BadXmlError: a limit is passed or a document type is declared.
        """
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.Parse(raw, True)
        message = None
        rendering = self._root.pop("RenderingInfo", None)
        if isinstance(rendering, dict) and isinstance(rendering.get("Message"), str):
            message = rendering["Message"]
        return self._root, message

    def _doctype(self, *_: object) -> None:
        raise BadXmlError("it declares a document type, which is not followed", refused=True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= self._depth:
            raise BadXmlError(f"nested deeper than {self._depth} levels", refused=True)
        self._open.append(_Element(name, attributes))

    def _text(self, text: str) -> None:
        self._open[-1].text.append(text)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        value = _content(element)
        if self._open:
            self._open[-1].children.append((name, element.attributes, value))
        elif isinstance(value, dict):
            self._root = value


def _content(element: _Element) -> Any:
    """Text of a leaf, None of an empty one, an object of anything else."""
    text: str | None = "".join(element.text) if element.text else None
    if not element.children and not element.attributes:
        return text
    content: dict[str, Any] = {"#attributes": element.attributes} if element.attributes else {}
    if not element.children:
        return content if text is None else content | {"#text": text}
    if text is not None and text.strip():
        content["#text"] = text
    unnamed = [
        item for name, attributes, item in element.children if name == "Data" and "Name" not in attributes
    ]
    seen: dict[str, int] = {}
    for name, attributes, item in element.children:
        if name == "Data" and element.name in ("EventData", "UserData", "ProcessingErrorData"):
            if "Name" not in attributes:
                content["Data"] = {"#text": [_plain(value) or "" for value in unnamed]}
                continue
            name, item = attributes["Name"], _plain(item)
        number = seen[name] = seen.get(name, -1) + 1
        content[f"{name}_{number}" if number else name] = item
    return content


def _plain(value: Any) -> Any:
    """Text of a data element without its attributes."""
    if isinstance(value, dict) and set(value) <= {"#attributes", "#text"}:
        return value.get("#text")
    return value


class _Splitter(TextWindow):
    """Splits a stream; see `TextWindow` for what is held."""

    def __init__(self, stream: BinaryIO, limits: XmlLimits) -> None:
        super().__init__(stream)
        self.limits = limits
        self.unfinished = 0
        self.told_doctype = False

    def run(self) -> Iterator[XmlEvent | BadEvent]:
        after_bad = False
        while True:
            mark = self._next_mark()
            if mark is None:
                return
            if mark.startswith(b"<Event"):
                item = self._take_event()
                after_bad = isinstance(item, BadEvent)
                yield item
            elif mark.startswith(b"</"):
                if not after_bad:
                    yield self._bad(self.position + len(mark), "an event without its beginning")
                else:
                    self._advance(self.position + len(mark))
                after_bad = False
            elif mark == b"<!--":
                self._skip_comment()
            else:
                self._advance(self.position + len(mark))
                if not self.told_doctype:
                    self.told_doctype = True
                    reason = "the text declares a document type (DOCTYPE), which is not followed"
                    yield BadEvent(reason, self.line, self.base + self.position, 0, refused=True, records=0)

    def _advance(self, end: int) -> None:
        self.line += self.buffer.count(b"\n", self.position, end)
        self.position = end

    def _next_mark(self) -> bytes | None:
        """Go to the next mark; what stands before it is passed over."""
        while True:
            match = _MARK.search(self.buffer, self.position)
            if match and (match.end() < len(self.buffer) or self.ended):
                self._advance(match.start())
                return match.group()
            self._advance(match.start() if match else max(self.position, len(self.buffer) - _OVERLAP))
            if not self.more():
                if match is None:
                    return None
                continue

    def _find_end(self, start: int) -> int:
        """Offset behind the next `</Event>` from the event's start; 0 when the text ends first, -1 at the limit."""
        seen = start
        while True:
            match = _END.search(self.buffer, self.position + seen)
            if match:
                size = match.end() - self.position
                return size if size <= self.limits.event_bytes else -1
            seen = max(start, len(self.buffer) - self.position - _OVERLAP)
            if seen > self.limits.event_bytes:
                return -1
            if not self.more(seen):
                return 0

    def _take_event(self) -> XmlEvent | BadEvent:
        if empty := _EMPTY.match(self.buffer, self.position):
            return self._bad(empty.end(), "an event without content")
        size = 0
        for _ in range(_MOST_ENDS):
            size = self._find_end(size)
            if size < 0:
                return self._drop_long_event()
            piece = (
                self.buffer[self.position : self.position + size] if size else self.buffer[self.position :]
            )
            if cut := _new_event(piece):
                return self._bad(self.position + cut, "cut off: the next event begins before this one ends")
            if not size:
                return self._bad(len(self.buffer), "cut off: the event does not end")
            try:
                tree, message, text, flags = decode_event(piece, self.limits.depth)
            except BadXmlError as error:
                if error.unfinished and self.unfinished < _MOST_UNFINISHED and b"<Event" in piece[1:]:
                    continue
                self.unfinished += error.unfinished
                return self._bad(self.position + size, error.reason, refused=error.refused)
            taken = XmlEvent(tree, message, text, self.line, self.base + self.position, flags)
            self._advance(self.position + size)
            return taken
        self.unfinished += 1
        return self._bad(self.position + size, "not well-formed XML (elements named Event that do not match)")

    def _bad(self, end: int, reason: str, *, refused: bool = False) -> BadEvent:
        bad = BadEvent(reason, self.line, self.base + self.position, end - self.position, refused)
        self._advance(end)
        return bad

    def _drop_long_event(self) -> BadEvent:
        """Skip behind the end of an event above the limit without holding what is skipped."""
        line, offset = self.line, self.base + self.position
        while not (match := _END.search(self.buffer, self.position)):
            self._advance(max(self.position, len(self.buffer) - _OVERLAP))
            if not self.more():
                break
        self._advance(match.end() if match else len(self.buffer))
        size = self.base + self.position - offset
        return BadEvent(f"longer than {self.limits.event_bytes} bytes", line, offset, size, refused=True)

    def _skip_comment(self) -> None:
        """Pass over a comment; one without an end, or a very long one, is not taken for a comment."""
        while (end := self.buffer.find(b"-->", self.position + 4)) < 0:
            if len(self.buffer) - self.position > self.limits.event_bytes:
                break
            if not self.more(len(self.buffer) - self.position):
                break
        self._advance(end + 3 if end >= 0 else self.position + 4)


def _new_event(piece: bytes) -> int:
    """Offset of an event that begins inside another one; 0 when there is none."""
    match = _NEW_EVENT.search(piece, 1)
    while match:
        if piece.rfind(b"<![CDATA[", 0, match.start()) <= piece.rfind(b"]]>", 0, match.start()):
            return match.start()
        match = _NEW_EVENT.search(piece, match.end())
    return 0
