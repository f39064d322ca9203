"""Binary XML as Windows event logs hold it: value types, elements, templates and their instances.

Everything is written straight into the buffer of one chunk, because names and template definitions are shared by
the records of a chunk and are found by their offset in it. The format's facts were taken from the public
description of the format by libyal and measured in real logs (hash of names and of template ids, padding).
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from functools import cached_property
from typing import Any

CHUNK_HEADER_SIZE = 512
NAME_BUCKETS = 64
TEMPLATE_BUCKETS = 32
MAX_VALUE_BYTES = 0xFFFF  # the size of a value is a 16 bit number

_FRAGMENT_HEADER = b"\x0f\x01\x01\x00"
_END_OF_STREAM = 0x00
_OPEN_ELEMENT = 0x01
_CLOSE_START = 0x02
_CLOSE_EMPTY = 0x03
_END_ELEMENT = 0x04
_LITERAL = 0x05
_ATTRIBUTE = 0x06
_TEMPLATE_INSTANCE = 0x0C
_SUBSTITUTION = 0x0D
_OPTIONAL_SUBSTITUTION = 0x0E
_MORE = 0x40  # "has attributes" on an element, "another attribute follows" on an attribute
_NO_DEPENDENCY = 0xFFFF
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class TooLargeError(ValueError):
    """A value is longer than its 16 bit size can say."""


class ValueKind(IntEnum):
    """Type codes of values in binary XML."""

    NULL = 0x00
    STRING = 0x01
    INT8 = 0x03
    UINT8 = 0x04
    INT16 = 0x05
    UINT16 = 0x06
    INT32 = 0x07
    UINT32 = 0x08
    INT64 = 0x09
    UINT64 = 0x0A
    BOOL = 0x0D
    BINARY = 0x0E
    GUID = 0x0F
    FILETIME = 0x11
    SID = 0x13
    HEX32 = 0x14
    HEX64 = 0x15
    FRAGMENT = 0x21
    STRINGS = 0x81


_INTEGERS = {
    ValueKind.INT8: "<b",
    ValueKind.UINT8: "<B",
    ValueKind.INT16: "<h",
    ValueKind.UINT16: "<H",
    ValueKind.INT32: "<i",
    ValueKind.UINT32: "<I",
    ValueKind.INT64: "<q",
    ValueKind.UINT64: "<Q",
    ValueKind.BOOL: "<I",
    ValueKind.HEX32: "<I",
    ValueKind.HEX64: "<Q",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value to put into a hole. `content` is what `encode_value` takes for its kind."""

    kind: ValueKind
    content: Any

    @property
    def is_null(self) -> bool:
        """True when nothing is recorded; the type code on disk is then NULL."""
        return self.content is None


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a template that each record fills; `index` counts from 0."""

    index: int
    kind: ValueKind
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """One XML element of a template."""

    name: str
    attributes: tuple[tuple[str, str | Hole], ...] = ()
    children: tuple[Element | Hole | str, ...] = ()


@dataclass(frozen=True)
class Template:
    """An element tree with holes. Its id is a hash of the tree: the same tree has the same id in every file."""

    root: Element

    @cached_property
    def guid(self) -> uuid.UUID:
        """Id of the template."""
        return uuid.UUID(bytes=hashlib.blake2b(repr(self.root).encode(), digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class Instance:
    """A template with the values of its holes, in the order of their index."""

    template: Template
    values: tuple[Value, ...]


def hash_name(name: str) -> int:
    """Hash of an element or attribute name, 16 bits."""
    return _hash_words([ord(character) for character in name]) & 0xFFFF


def filetime(moment: datetime) -> int:
    """Count of 100 ns intervals since 1601 of an aware datetime."""
    delta = moment - _FILETIME_EPOCH
    return (delta.days * 86_400 + delta.seconds) * 10_000_000 + delta.microseconds * 10


def encode_value(value: Value) -> bytes:
    """Encode every kind except FRAGMENT, which needs its place in the chunk.

    Args:
        value: content by kind: text for STRING, int for the integer kinds, bytes for BINARY, text for GUID and
            SID, aware datetime for FILETIME, a sequence of texts for STRINGS; None encodes to nothing.

    Raises:
        TooLargeError: the encoded value is longer than 65,535 bytes.
    """
    data = _encode(value)
    _check_size(len(data))
    return data


def _check_size(size: int) -> None:
    if size > MAX_VALUE_BYTES:
        message = f"A value of {size} bytes does not fit; the format allows {MAX_VALUE_BYTES}. Shorten it."
        raise TooLargeError(message)


def _encode(value: Value) -> bytes:
    kind, content = value.kind, value.content
    if content is None:
        return b""
    if kind in _INTEGERS:
        return struct.pack(_INTEGERS[kind], content)
    if kind is ValueKind.STRING:
        return str(content).encode("utf-16-le", "surrogatepass")
    if kind is ValueKind.STRINGS:
        return "".join(f"{item}\0" for item in content).encode("utf-16-le", "surrogatepass")
    if kind is ValueKind.BINARY:
        return bytes(content)
    if kind is ValueKind.GUID:
        return uuid.UUID(content).bytes_le
    if kind is ValueKind.SID:
        return _encode_sid(content)
    if kind is ValueKind.FILETIME:
        return struct.pack("<Q", filetime(content))
    message = f"{kind!r} is written in place by Chunk, not here."
    raise TypeError(message)


def _encode_sid(sid: str) -> bytes:
    revision, authority, *rest = [int(part) for part in sid.split("-")[1:]]
    return (
        struct.pack("<BB", revision, len(rest))
        + authority.to_bytes(6, "big")
        + struct.pack(f"<{len(rest)}I", *rest)
    )


def _hash_words(words: list[int]) -> int:
    total = 0
    for word in words:
        total = (total * 65_599 + word) & 0xFFFFFFFF
    return total


@dataclass
class Space:
    """The buffer of one chunk with the tables that its records share.

    `buffer` starts with the room of the chunk header, so that a position in it is an offset in the chunk.
    """

    buffer: bytearray = field(default_factory=lambda: bytearray(CHUNK_HEADER_SIZE))
    names: dict[str, int] = field(default_factory=dict)
    templates: dict[uuid.UUID, int] = field(default_factory=dict)
    name_heads: list[int] = field(default_factory=lambda: [0] * NAME_BUCKETS)
    template_heads: list[int] = field(default_factory=lambda: [0] * TEMPLATE_BUCKETS)

    def mark(self) -> Mark:
        """Remember the present state, to return to it when a record turns out not to fit."""
        return Mark(
            len(self.buffer),
            len(self.names),
            len(self.templates),
            list(self.name_heads),
            list(self.template_heads),
        )

    def rollback(self, mark: Mark) -> None:
        """Forget everything written since the mark."""
        del self.buffer[mark.size :]
        for table, size in ((self.names, mark.names), (self.templates, mark.templates)):
            while len(table) > size:
                table.popitem()
        self.name_heads = list(mark.name_heads)
        self.template_heads = list(mark.template_heads)

    def write_fragment(self, instance: Instance) -> None:
        """Append a fragment: header, template instance, end of stream."""
        self.buffer += _FRAGMENT_HEADER
        self._write_instance(instance)
        self.buffer.append(_END_OF_STREAM)

    def _write_instance(self, instance: Instance) -> None:
        template = instance.template
        short_id = struct.unpack("<I", template.guid.bytes_le[:4])[0]
        self.buffer += struct.pack("<BBI", _TEMPLATE_INSTANCE, 1, short_id)
        known = self.templates.get(template.guid)
        if known is None:
            self._write_definition(template)
        else:
            self.buffer += struct.pack("<I", known)
        self._write_values(instance.values)

    def _write_definition(self, template: Template) -> None:
        offset = len(self.buffer) + 4
        raw_id = template.guid.bytes_le
        bucket = _hash_words(list(struct.unpack("<8H", raw_id))) % TEMPLATE_BUCKETS
        self.buffer += struct.pack("<II", offset, self.template_heads[bucket]) + raw_id
        self.template_heads[bucket] = offset
        self.templates[template.guid] = offset
        size_at = self._reserve_size()
        self.buffer += _FRAGMENT_HEADER
        self._write_element(template.root)
        self.buffer.append(_END_OF_STREAM)
        self._fill_size(size_at)

    def _write_values(self, values: tuple[Value, ...]) -> None:
        self.buffer += struct.pack("<I", len(values))
        table_at = len(self.buffer)
        self.buffer += bytes(4 * len(values))
        for number, value in enumerate(values):
            start = len(self.buffer)
            if value.kind is ValueKind.FRAGMENT and not value.is_null:
                self.write_fragment(value.content)
            else:
                self.buffer += encode_value(value)
            _check_size(len(self.buffer) - start)
            kind = ValueKind.NULL if value.is_null else value.kind
            struct.pack_into("<HBB", self.buffer, table_at + 4 * number, len(self.buffer) - start, kind, 0)

    def _write_element(self, element: Element) -> None:
        self.buffer.append(_OPEN_ELEMENT | (_MORE if element.attributes else 0))
        self.buffer += struct.pack("<H", _dependency(element))
        size_at = self._reserve_size()
        self._write_name(element.name)
        if element.attributes:
            list_at = self._reserve_size()
            for number, (name, content) in enumerate(element.attributes, 1):
                self.buffer.append(_ATTRIBUTE | (_MORE if number < len(element.attributes) else 0))
                self._write_name(name)
                self._write_content(content)
            self._fill_size(list_at)
        if element.children:
            self.buffer.append(_CLOSE_START)
            for child in element.children:
                self._write_content(child)
            self.buffer.append(_END_ELEMENT)
        else:
            self.buffer.append(_CLOSE_EMPTY)
        self._fill_size(size_at)

    def _write_content(self, content: Element | Hole | str) -> None:
        if isinstance(content, Element):
            self._write_element(content)
        elif isinstance(content, Hole):
            token = _OPTIONAL_SUBSTITUTION if content.optional else _SUBSTITUTION
            self.buffer += struct.pack("<BHB", token, content.index, content.kind)
        else:
            encoded = content.encode("utf-16-le")
            self.buffer += struct.pack("<BBH", _LITERAL, ValueKind.STRING, len(encoded) // 2) + encoded

    def _write_name(self, name: str) -> None:
        known = self.names.get(name)
        if known is not None:
            self.buffer += struct.pack("<I", known)
            return
        offset = len(self.buffer) + 4
        hashed = hash_name(name)
        bucket = hashed % NAME_BUCKETS
        encoded = name.encode("utf-16-le")
        self.buffer += struct.pack("<IIHH", offset, self.name_heads[bucket], hashed, len(encoded) // 2)
        self.buffer += encoded + b"\0\0"
        self.name_heads[bucket] = offset
        self.names[name] = offset

    def _reserve_size(self) -> int:
        self.buffer += bytes(4)
        return len(self.buffer)

    def _fill_size(self, start: int) -> None:
        """Write how many bytes follow the size field that ends at `start`."""
        struct.pack_into("<I", self.buffer, start - 4, len(self.buffer) - start)


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of a Space to go back to."""

    size: int
    names: int
    templates: int
    name_heads: list[int]
    template_heads: list[int]


def _dependency(element: Element) -> int:
    """Index of the hole without whose value Windows leaves the whole element out."""
    for child in element.children:
        if isinstance(child, Hole) and child.optional:
            return child.index
    return _NO_DEPENDENCY
