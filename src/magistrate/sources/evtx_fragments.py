"""Reads which templates an event record needs, and writes the record anew for another chunk.

A record holds values and points to a template by its place in the same chunk, together with the first four bytes
of the template's id. Where the chunk was written anew since, the place leads to something else: a library then
fails or, worse, renders the values under foreign names. The id tells the two apart, and where the same template
lies in another chunk the record can be read there. Layout after the public description of the format by libyal.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from magistrate.sources.evtx_chunks import Frame

_FRAGMENT_HEADER = 0x0F
_TEMPLATE_INSTANCE = 0x0C
_BINARY_XML = 0x21
_HEADER_BYTES = 4
RECORD_HEAD_BYTES = 24
_MOST_VALUES = 4096
_DEEPEST = 8
_INSTANCE = struct.Struct(
    "<BBII"
)  # token, an unknown byte, first bytes of the template's id, place of the template
_DESCRIPTOR = struct.Struct("<HBB")  # size, type, an unknown byte
_NUMBER = struct.Struct("<I")
_DEFINITION_BYTES = 24  # next, id, size of the body


@dataclass(frozen=True, slots=True)
class Fragment:
    """One template instance: which template, where it is said to lie, and the values.

    `values` are (type, unknown byte, content); nested instances are fragments themselves. `tail` is what follows.
    `elements` are (start, end) of nested elements without a template: their names lie in this chunk, so a record
    with such elements can be read nowhere else.
    """

    head: bytes
    unknown: int
    template: int
    offset: int
    values: tuple[tuple[int, int, bytes | Fragment], ...]
    tail: bytes
    elements: tuple[tuple[int, int], ...] = ()

    def instances(self) -> Iterator[tuple[int, int]]:
        """Id and said place of every template needed, the outermost first."""
        yield self.template, self.offset
        for _, _, content in self.values:
            if isinstance(content, Fragment):
                yield from content.instances()

    @property
    def templates(self) -> frozenset[int]:
        """Ids of all templates needed."""
        return frozenset(template for template, _ in self.instances())


def fragment_of(data: bytes, frame: Frame) -> Fragment | None:
    """What a record frame holds; None when it is something else than a template instance, or torn."""
    return _read(data, frame.offset + RECORD_HEAD_BYTES, frame.offset + frame.size - 4, 0)


def rewritten(fragment: Fragment, places: Mapping[int, int]) -> bytes:
    """Bytes of the fragment with its templates at other places; their definitions, if it held any, are left out.

    Raises:
        KeyError: a template has no place.
    """
    parts = [
        fragment.head,
        _INSTANCE.pack(_TEMPLATE_INSTANCE, fragment.unknown, fragment.template, places[fragment.template]),
    ]
    contents = [
        rewritten(content, places) if isinstance(content, Fragment) else content
        for _, _, content in fragment.values
    ]
    parts.append(_NUMBER.pack(len(contents)))
    parts += [
        _DESCRIPTOR.pack(len(content), kind, unknown)
        for (kind, unknown, _), content in zip(fragment.values, contents, strict=True)
    ]
    return b"".join([*parts, *contents, fragment.tail])


def _read(data: bytes, at: int, end: int, depth: int) -> Fragment | None:
    start = at
    if at + _HEADER_BYTES <= end and data[at] == _FRAGMENT_HEADER:
        at += _HEADER_BYTES
    if at + _INSTANCE.size > end or data[at] != _TEMPLATE_INSTANCE or depth > _DEEPEST:
        return None
    _, unknown, template, offset = _INSTANCE.unpack_from(data, at)
    head = data[start:at]
    at += _INSTANCE.size
    if offset == at:  # the first use in a chunk holds the definition
        if at + _DEFINITION_BYTES > end:
            return None
        at += _DEFINITION_BYTES + _NUMBER.unpack_from(data, at + 20)[0]
    if at + _NUMBER.size > end:
        return None
    (count,) = _NUMBER.unpack_from(data, at)
    at += _NUMBER.size
    if count > _MOST_VALUES or at + count * _DESCRIPTOR.size > end:
        return None
    described = [_DESCRIPTOR.unpack_from(data, at + n * _DESCRIPTOR.size) for n in range(count)]
    at += count * _DESCRIPTOR.size
    values: list[tuple[int, int, bytes | Fragment]] = []
    elements: list[tuple[int, int]] = []
    for size, kind, flag in described:
        if at + size > end:
            return None
        content: bytes | Fragment = data[at : at + size]
        if kind == _BINARY_XML and size:
            nested = _read(data, at, at + size, depth + 1)
            if nested is None:
                elements.append((at, at + size))
            else:
                elements += nested.elements
                content = nested
        values.append((kind, flag, content))
        at += size
    return Fragment(head, unknown, template, offset, tuple(values), data[at:end], tuple(elements))
