"""The templates that one chunk of an event log holds: where they lie, and whether their names are still sound.

A template is a tree of elements whose names lie elsewhere in the chunk. In an area that was written over, the
template can be whole while a name under it is not; each name carries a hash of itself, which shows that.
"""

from __future__ import annotations

import struct
from functools import cached_property
from typing import TYPE_CHECKING

from magistrate.sources.evtx_chunks import FIRST_RECORD, Frame, table_nodes
from magistrate.sources.evtx_fragments import RECORD_HEAD_BYTES, Fragment, fragment_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFINITION_BYTES = 24  # place of the next one, id, size of the body
_NAME = struct.Struct("<IHH")  # place of the next one, hash, number of characters
_NUMBER = struct.Struct("<I")
_SHORT = struct.Struct("<H")
_MORE = 0x40  # flag on a token
_PLAIN_TOKENS = frozenset({0x02, 0x03, 0x04})  # ends of a start tag, of an empty element, of an element
_TEXT_TOKENS = frozenset({0x07, 0x0B})  # CDATA, data of a processing instruction
_NAME_TOKENS = frozenset({0x06, 0x09, 0x0A})  # attribute, entity, target of a processing instruction


class ChunkTemplates:
    """What the bytes of one chunk define; answers are remembered."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._sound: dict[int, bool] = {}

    def ids(self) -> list[int]:
        """First four bytes of the ids of the templates that the chunk's table leads to, sound or not."""
        found = map(self._template_at, table_nodes(self._data, "template"))
        return [template for template in found if template is not None]

    @cached_property
    def places(self) -> dict[int, int]:
        """Place of each sound template that the chunk's table leads to, by the first four bytes of its id."""
        found: dict[int, int] = {}
        for offset in table_nodes(self._data, "template"):
            template = self._template_at(offset)
            if template is not None and template not in found and self._is_sound(offset):
                found[template] = offset
        return found

    def render(self, frame: Frame) -> tuple[bool, Fragment | None]:
        """Whether a frame can be read in this chunk as it stands, and what it holds.

        The fragment is None when the frame holds elements without a template, or is torn.
        """
        fragment = fragment_of(self._data, frame)
        if fragment is None:
            return self._has_sound_elements(
                frame.offset + RECORD_HEAD_BYTES, frame.offset + frame.size - 4
            ), None
        at_home = all(
            self._template_at(at) == template and self._is_sound(at) for template, at in fragment.instances()
        ) and all(self._has_sound_elements(start, end) for start, end in fragment.elements)
        return at_home, fragment

    def extents(self) -> Iterator[tuple[int, int]]:
        """Start and end of everything that templates need: themselves and the names in the table and under them."""
        names = set(table_nodes(self._data, "string"))
        for offset in table_nodes(self._data, "template"):
            yield offset, self._end_of(offset)
        for offset in self.places.values():
            names.update(self._names_under(offset) or ())
        for offset in names:
            yield offset, offset + _name_bytes(self._data, offset)

    def _template_at(self, offset: int) -> int | None:
        if not FIRST_RECORD <= offset <= len(self._data) - _DEFINITION_BYTES:
            return None
        return int(_NUMBER.unpack_from(self._data, offset + 4)[0])

    def _end_of(self, offset: int) -> int:
        return offset + _DEFINITION_BYTES + int(_NUMBER.unpack_from(self._data, offset + 20)[0])

    def _names_under(self, offset: int) -> list[int] | None:
        return _names(self._data, offset + _DEFINITION_BYTES, self._end_of(offset), dependency_bytes=2)

    def _has_sound_elements(self, start: int, end: int) -> bool:
        return self._are_sound(_names(self._data, start, end, dependency_bytes=0))

    def _is_sound(self, offset: int) -> bool:
        if offset not in self._sound:
            self._sound[offset] = self._are_sound(self._names_under(offset))
        return self._sound[offset]

    def _are_sound(self, names: list[int] | None) -> bool:
        return bool(names) and all(_is_name(self._data, offset) for offset in names or ())


def _names(data: bytes, at: int, end: int, *, dependency_bytes: int) -> list[int] | None:
    """Places of the names of all elements and attributes in a stretch of binary XML; None when it is malformed.

    Only elements of a template carry a dependency.
    """
    found: list[int] = []
    if end > len(data):
        return None
    try:
        while at < end:
            token = data[at] & ~_MORE
            more = data[at] & _MORE
            at += 1
            if token == 0x00:  # end of the fragment
                return found
            if token == 0x0F:
                at += 3
            elif (
                token == 0x01
            ):  # element: dependency, size, name, and the size of its attributes when it has some
                at = _take_name(data, at + dependency_bytes + 4, found) + (4 if more else 0)
            elif token in _NAME_TOKENS:
                at = _take_name(data, at, found)
            elif token == 0x05:  # value: type, number of characters
                at += 3 + 2 * _SHORT.unpack_from(data, at + 1)[0]
            elif token in _TEXT_TOKENS:
                at += 2 + 2 * _SHORT.unpack_from(data, at)[0]
            elif token == 0x08:  # character reference
                at += 2
            elif token in (0x0D, 0x0E):  # substitution: index, type
                at += 3
            elif token not in _PLAIN_TOKENS:
                return None
    except (struct.error, IndexError):
        return None
    return found if at == end else None


def _take_name(data: bytes, at: int, found: list[int]) -> int:
    """Note the name that a token points to; it may follow at once."""
    (offset,) = _NUMBER.unpack_from(data, at)
    found.append(offset)
    at += 4
    return at + _name_bytes(data, offset) if offset == at else at


def _name_bytes(data: bytes, offset: int) -> int:
    """Size of a name with its head and its closing zero; 0 when its head does not fit into the chunk."""
    if not 0 <= offset <= len(data) - _NAME.size:
        return 0
    return _NAME.size + 2 * int(_NAME.unpack_from(data, offset)[2]) + 2


def _is_name(data: bytes, offset: int) -> bool:
    """True when a name lies there whose hash is right."""
    if not FIRST_RECORD <= offset <= len(data) - _NAME.size:
        return False
    _, said, count = _NAME.unpack_from(data, offset)
    start = offset + _NAME.size
    if not count or start + 2 * count > len(data):
        return False
    total = 0
    for word in struct.unpack_from(f"<{count}H", data, start):
        total = (total * 65_599 + word) & 0xFFFFFFFF
    return bool(total & 0xFFFF == said)
