"""Reads records whose templates are gone from their own chunk, and records in slack.

The record's values are whole; only the template it points to was written over. Windows writes the same template
into every chunk that uses it, so the record is moved into a copy of a chunk that still has it and read there.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from magistrate.sources.evtx_chunks import (
    CHUNK_BYTES,
    FIRST_RECORD,
    Chunk,
    Frame,
    cover,
    read_chunk,
    repair,
    set_used,
)
from magistrate.sources.evtx_fragments import RECORD_HEAD_BYTES, Fragment, fragment_of, rewritten
from magistrate.sources.evtx_templates import ChunkTemplates
from magistrate.sources.evtx_texts import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHUNKS_PER_TEMPLATE = 64
_TEMPLATES_KNOWN = 20_000
_DONORS_TRIED = 2
_COVER_BYTES = RECORD_HEAD_BYTES + 1
_SAFE_TIME = 116_444_736_000_000_000  # 1970-01-01 as a FILETIME; the event's own time is inside the record
_RECORD_SIGNATURE = b"\x2a\x2a\0\0"


class Donors:
    """The chunks of one file as lenders of templates. Nothing is read before the first record asks."""

    def __init__(self, data: bytes, spans: Sequence[tuple[int, int]]) -> None:
        self._data = data
        self._spans = spans
        self._by_template: dict[int, list[int]] | None = None
        self._opened: dict[int, _Donor] = {}

    def rehouse(self, chunk: Chunk, frames: Sequence[Frame]) -> dict[int, str]:
        """Texts of frames that can be read with the templates of some chunk, by the place of the frame."""
        waiting: dict[frozenset[int], list[tuple[Frame, Fragment]]] = {}
        for frame in frames:
            fragment = fragment_of(chunk.data, frame)
            if fragment is not None and not fragment.elements:
                waiting.setdefault(fragment.templates, []).append((frame, fragment))
        texts: dict[int, str] = {}
        for templates, group in waiting.items():
            for donor in self._lenders(templates, chunk.offset):
                texts |= _read_in(donor, group)
                group = [(frame, fragment) for frame, fragment in group if frame.offset not in texts]
                if not group:
                    break
        return texts

    def _lenders(self, templates: frozenset[int], near: int) -> Iterator[_Donor]:
        """Chunks that hold all these templates, the nearest first."""
        index = self._index()
        rarest = min((index.get(template, []) for template in templates), key=len)
        nearest = sorted(rarest, key=lambda number: (abs(self._spans[number][0] - near), number))
        donors = (self._open(number) for number in nearest)
        yield from islice((donor for donor in donors if templates <= donor.places.keys()), _DONORS_TRIED)

    def _open(self, number: int) -> _Donor:
        if number not in self._opened:
            if len(self._opened) >= _CHUNKS_PER_TEMPLATE:
                self._opened.clear()
            self._opened[number] = _Donor(read_chunk(self._data, *self._spans[number]))
        return self._opened[number]

    def _index(self) -> dict[int, list[int]]:
        """Numbers of the chunks that define a template, by template; bounded, so that no log makes it grow."""
        if self._by_template is None:
            self._by_template = {}
            for number, (start, end) in enumerate(self._spans):
                if end - start < CHUNK_BYTES:
                    continue
                for template in ChunkTemplates(bytes(self._data[start:end])).ids():
                    known = self._by_template.get(template)
                    if known is None and len(self._by_template) < _TEMPLATES_KNOWN:
                        self._by_template[template] = [number]
                    elif known is not None and len(known) < _CHUNKS_PER_TEMPLATE:
                        known.append(number)
        return self._by_template


class _Donor:
    """One chunk ready to take records in."""

    def __init__(self, chunk: Chunk) -> None:
        templates = ChunkTemplates(chunk.data)
        self.places = templates.places
        self.base = repair(chunk)
        self.room = _largest_room(templates)


def read_slack(chunk: Chunk, donors: Donors) -> dict[int, str]:
    """Texts of the records in the slack of a chunk, by their place; what cannot be read is missing."""
    in_place: list[Frame] = []
    strangers: list[Frame] = []
    templates = ChunkTemplates(chunk.data)
    for frame in chunk.slack:
        at_home, _ = templates.render(frame)
        (in_place if at_home else strangers).append(frame)
    texts: dict[int, str] = {}
    if in_place:
        whole = _with_slack(chunk)
        (read,) = parse([repair(whole)], [whole])
        texts = {
            frame.offset: read.by_frame[frame.offset] for frame in in_place if frame.offset in read.by_frame
        }
    texts |= donors.rehouse(chunk, strangers)
    return texts


def _with_slack(chunk: Chunk) -> Chunk:
    """The same chunk with its slack called used."""
    frames = sorted([*chunk.frames, *chunk.slack])
    gaps, position = [], FIRST_RECORD
    for frame in frames:
        if frame.offset > position:
            gaps.append((position, frame.offset))
        position = frame.offset + frame.size
    return replace(chunk, frames=frames, gaps=gaps, free=position)


def _read_in(donor: _Donor, group: Sequence[tuple[Frame, Fragment]]) -> dict[int, str]:
    """Read records in copies of the donor, as many at once as its free room holds."""
    start, end = donor.room
    texts: dict[int, str] = {}
    batch: list[tuple[Frame, bytes]] = []
    for frame, fragment in group:
        record = _record(frame.record_id, rewritten(fragment, donor.places))
        taken = sum(len(content) for _, content in batch)
        twin = any(other.record_id == frame.record_id for other, _ in batch)
        if batch and (twin or taken + len(record) > end - start):
            texts |= _read_batch(donor.base, start, batch)
            batch, taken = [], 0
        if len(record) <= end - start:
            batch.append((frame, record))
    if batch:
        texts |= _read_batch(donor.base, start, batch)
    return texts


def _read_batch(base: bytes, at: int, batch: Sequence[tuple[Frame, bytes]]) -> dict[int, str]:
    copy = bytearray(base)
    if at > FIRST_RECORD:
        cover(copy, FIRST_RECORD, at)
    moved = []
    for frame, record in batch:
        copy[at : at + len(record)] = record
        moved.append(Frame(at, len(record), frame.record_id, _SAFE_TIME))
        at += len(record)
    set_used(copy, moved[-1].offset, at)
    (read,) = parse([bytes(copy)], [Chunk(0, bytes(copy), at, frames=moved)])
    return {
        frame.offset: read.by_frame[place.offset]
        for (frame, _), place in zip(batch, moved, strict=True)
        if place.offset in read.by_frame
    }


def _record(record_id: int, content: bytes) -> bytes:
    size = RECORD_HEAD_BYTES + len(content) + 4
    size += -size % 8
    head = struct.pack("<4sIQQ", _RECORD_SIGNATURE, size, record_id, _SAFE_TIME)
    return (head + content).ljust(size - 4, b"\0") + struct.pack("<I", size)


def _largest_room(templates: ChunkTemplates) -> tuple[int, int]:
    """The largest stretch of a chunk that no template needs, less what the cover in front of it takes.

    (0, 0) when something needed lies where the cover would begin.
    """
    taken = sorted(templates.extents())
    if taken and taken[0][0] < FIRST_RECORD + _COVER_BYTES:
        return (0, 0)
    best, position = (0, 0), FIRST_RECORD
    for start, end in [*taken, (CHUNK_BYTES, CHUNK_BYTES)]:
        if start - position > best[1] - best[0]:
            best = (position, start)
        position = max(position, end)
    # The cover ends with four bytes of its own; records start at multiples of eight.
    start = best[0] if best[0] == FIRST_RECORD else -(-(best[0] + 4) // 8) * 8
    return (start, best[1]) if start < best[1] else (0, 0)
