"""Reads Windows event log files (EVTX) with the `evtx` library, and checks the library's count against its own.

Each chunk is walked first (`evtx_chunks`), then groups of chunks go to the library (`evtx_texts`). What stays
missing in the end becomes an issue that names the chunk and the record ids.
"""

from __future__ import annotations

import io
import json
import mmap
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import EventText, EventTexts, Limits, RawRecord, ReadItem, ReadNote
from magistrate.sources.event_tree import record_from_tree
from magistrate.sources.evtx_chunks import (
    CHUNK_BYTES,
    CHUNK_SIGNATURE,
    FILE_SIGNATURE,
    HEADER_BYTES,
    Chunk,
    Frame,
    find_chunks,
    find_rubbish,
    read_chunk,
    read_header,
)
from magistrate.sources.evtx_recovery import Donors, read_slack
from magistrate.sources.evtx_texts import ChunkTexts, read_texts
from magistrate.sources.formats import Format, Gives
from magistrate.sources.guard import Guard
from magistrate.sources.usual_tree import usual_record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_GROUP = 32  # chunks given to the library at once: 2 MiB

_SPANS_HELD = 1024  # chunks looked at before the pages of a mapped file are given back: 64 MiB

_TORN = "torn record: its frame is damaged"
_BORROWED = "its template was written over; read with the same template from another chunk"
_HINT = "Export the log again with wevtutil epl, or go on: coverage will show the gap."


FORMATS = (
    Format(
        name="evtx",
        title="Windows event log (EVTX)",
        gives=Gives.EVENTS,
        recognised_by="the signature ElfFile, or ElfChnk where the file header is lost",
        answers="Everything that was logged: identity, sessions, processes, WMI operations, holes and cleared logs.",
        cannot="What was not audited, and what the log had already overwritten.",
        source="EVTX format notes of libevtx; public recordings",
    ),
)


class EvtxReader:
    """Reads EVTX, damaged or not. Chunks are found at any offset, with or without a file header."""

    name = "evtx"

    def __init__(self, guard: Guard | None = None, *, recover: bool = False) -> None:
        self._guard = guard or Guard()
        self._recover = recover
        self._as_texts = False

    def configured(self, limits: Limits, guard: Guard) -> EvtxReader:
        """The same reader, announcing stretches of chunks to the guard; chunks have a fixed size, so no limit."""
        return EvtxReader(guard, recover=self._recover)

    def recovering(self) -> EvtxReader:
        """The same reader, which also reads the records in slack."""
        return EvtxReader(self._guard, recover=True)

    def recognises(self, head: bytes) -> bool:
        """True for an event log, also one whose file header was lost."""
        return head.startswith(FILE_SIGNATURE) or CHUNK_SIGNATURE in head

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield every record or the issue that stands for it; see `Reader.read`."""
        with _Bytes(stream) as (data, size):
            yield from cast("Iterator[ReadItem]", self._read(data, size, label))

    def read_texts(self, stream: BinaryIO, label: str) -> Iterator[ReadItem | EventTexts]:
        """As `read`, with the records of clean chunks as texts; see `TextReader`."""
        reader = copy(self)
        reader._as_texts = True
        with _Bytes(stream) as (data, size):
            yield from reader._read(data, size, label)

    def read_at(self, stream: BinaryIO, places: Collection[int]) -> dict[int, str]:
        """The raw texts of the records that begin at these byte offsets; see `PlaceReader`."""
        found: dict[int, str] = {}
        with _Bytes(stream) as (data, size):
            spans = list(find_chunks(data, size))
            donors = Donors(data, spans)
            for start, end in spans:
                if not any(start <= place < end for place in places):
                    continue
                chunk = read_chunk(data, start, end)
                (texts,) = read_texts([chunk], donors.rehouse)
                found |= {start + at: text for at, text in texts.by_frame.items() if start + at in places}
        return found

    def _read(self, data: bytes, size: int, label: str) -> Iterator[ReadItem | EventTexts]:
        header = read_header(bytes(data[:HEADER_BYTES]))
        if not header.valid:
            yield ReadNote("The file header is missing or damaged; chunks were found by their signature.")
        spans = _find_spans(data, size)
        donors = Donors(data, spans)
        slack = expected = twins = 0
        group: list[tuple[int, Chunk]] = []
        for number, (start, end) in enumerate(spans):
            chunk = read_chunk(data, start, end)
            expected += not chunk.headless
            slack += len(chunk.slack)
            twins += chunk.twins
            yield from _chunk_notes(number, chunk)
            group.append((number, chunk))
            if len(group) == _GROUP:
                yield from self._read_group(group, label, donors)
                group = []
                _let_go(data)
        yield from self._read_group(group, label, donors)
        yield from _file_notes(header.chunk_count if header.valid else None, expected, size, label)
        yield from _rubbish_notes(find_rubbish(data, size, spans))
        if twins:
            yield ReadNote(f"{twins} record frames in slack repeat a record of their chunk.", duplicate=twins)
        if slack and not self._recover:
            yield ReadNote(
                f"{slack} record frames lie in slack, outside the area the log calls used; counted, not used. "
                "Investigate with --recover to read them.",
                recovered=slack,
            )

    def _read_group(
        self, group: list[tuple[int, Chunk]], label: str, donors: Donors
    ) -> Iterator[ReadItem | EventTexts]:
        """Read a stretch of chunks at once; chunk by chunk when it ended a worker before."""
        if not group:
            return
        unit = f"{label} chunks {group[0][0]} to {group[-1][0]}"
        if self._guard.enter(unit, len(group) * CHUNK_BYTES):
            yield from self._read_chunks(group, label, donors)
            return
        for number, chunk in group:
            if self._guard.enter(f"{label} chunk {number}", CHUNK_BYTES):
                yield from self._read_chunks([(number, chunk)], label, donors)
            else:
                yield ReadIssue(
                    label,
                    "chunk",
                    f"chunk {number} stopped the reader; its {len(chunk.frames)} records were set aside",
                    len(chunk.frames),
                    f"chunk {number} at {chunk.offset}",
                    hint=_HINT,
                    refused=True,
                )

    def _read_chunks(
        self, group: list[tuple[int, Chunk]], label: str, donors: Donors
    ) -> Iterator[ReadItem | EventTexts]:
        texts = read_texts([chunk for _, chunk in group], donors.rehouse)
        entries: list[EventText] = []
        for (number, chunk), found in zip(group, texts, strict=True):
            if self._as_texts and _is_clean(chunk, found):
                entries += _event_texts(number, chunk, found)
            else:
                yield from _emit(number, chunk, found, label)
            if self._recover and chunk.slack:
                yield from _emit_slack(number, chunk, read_slack(chunk, donors))
        if entries:
            yield EventTexts(entries, partial(_read_text, label))


def _emit_slack(number: int, chunk: Chunk, texts: dict[int, str]) -> Iterator[ReadItem]:
    """The records in slack as recovered ones; those that cannot be read are counted as before."""
    unread = 0
    for frame in chunk.slack:
        locator = f"chunk {number} slack at {chunk.offset + frame.offset}"
        text = texts.get(frame.offset)
        record = None if text is None else _record(text, locator, frame.filetime)
        if record is None:
            unread += 1
            continue
        record.recovered = True
        yield record
    if unread:
        yield ReadNote(
            f"Chunk {number}: {unread} record frames in slack cannot be read, their templates are gone; counted only.",
            recovered=unread,
        )


def _is_clean(chunk: Chunk, parsed: ChunkTexts) -> bool:
    """True when every frame of the chunk gave a text, and nothing needs to be said about any of them."""
    if chunk.gaps or parsed.loose or parsed.borrowed or len(parsed.by_frame) != len(chunk.frames):
        return False
    return not any(frame.torn for frame in chunk.frames)


def _event_texts(number: int, chunk: Chunk, parsed: ChunkTexts) -> list[EventText]:
    """The records of a clean chunk, not looked into."""
    by_frame, start = parsed.by_frame, chunk.offset
    return [
        (by_frame[offset], number, start + offset, filetime) for offset, _, _, filetime, _ in chunk.frames
    ]


def _read_text(label: str, entry: EventText) -> RawRecord | ReadIssue:
    """The record of a text, or the issue that stands for it."""
    text, number, place, filetime = entry
    locator = f"chunk {number} at {place}"
    record = _record(text, locator, filetime)
    if record is None:
        return ReadIssue(label, "record", f"{locator} could not be decoded", 1, locator, hint=_HINT)
    record.can_be_reread = True
    return record


def _emit(number: int, chunk: Chunk, parsed: ChunkTexts, label: str) -> Iterator[ReadItem]:
    missing: list[Frame] = []
    for frame in chunk.frames:
        text = parsed.by_frame.get(frame.offset)
        locator = f"chunk {number} at {chunk.offset + frame.offset}"
        record = None if text is None else _record(text, locator, frame.filetime)
        if record is None:
            missing.append(frame)
            continue
        record.can_be_reread = frame.offset not in parsed.borrowed
        if frame.torn:
            record.notes = (*record.notes, _TORN)
        if frame.offset in parsed.borrowed:
            record.notes = (*record.notes, _BORROWED)
        yield record
    for record_id, text in parsed.loose:
        record = _record(text, f"chunk {number} id {record_id}")
        if record is not None:
            record.notes = (*record.notes, _TORN)
            yield record
    if missing:
        yield _missing_issue(number, chunk, missing, label)
    # A record that the library read where no frame was seen fills one gap.
    for start, end in chunk.gaps[len(parsed.loose) :]:
        yield ReadIssue(
            label,
            "record",
            f"chunk {number} holds {end - start} bytes at {chunk.offset + start} that are no whole record",
            1,
            f"chunk {number} at {chunk.offset + start}",
            hint=_HINT,
        )


def _missing_issue(number: int, chunk: Chunk, missing: list[Frame], label: str) -> ReadIssue:
    ids = [frame.record_id for frame in missing]
    span = (
        f"record {ids[0]}" if len(ids) == 1 else f"{len(ids)} records between ids {min(ids)} and {max(ids)}"
    )
    return ReadIssue(
        label,
        "record",
        f"chunk {number}: {span} could not be decoded",
        len(ids),
        f"chunk {number} at {chunk.offset + missing[0].offset}",
        ids[0] if len(ids) == 1 else None,
        _HINT,
    )


def _record(text: str, locator: str, filetime: int | None = None) -> RawRecord | None:
    """Raw record of the library's text; the header's write time stands in where the event has no time."""
    try:
        record = usual_record(text, locator)
        if record is None:
            tree: Any = json.loads(text)
            event = tree.get("Event") if isinstance(tree, dict) else None
            record = record_from_tree(event if isinstance(event, dict) else {}, text, locator)
        if filetime and not record.times:
            record.times = {"header": str(filetime)}
        return record
    except (ValueError, RecursionError):
        return None


def _chunk_notes(number: int, chunk: Chunk) -> Iterator[ReadItem]:
    if chunk.loops:
        yield ReadNote(
            f"Chunk {number}: {chunk.loops} table chains formed a loop, or led into the tables themselves, and were cut."
        )
    if chunk.headless:
        yield ReadNote(
            f"Chunk {number} has no header; its {len(chunk.frames)} record frames were read directly."
        )
    elif chunk.cut_at is not None:
        yield ReadNote(f"Chunk {number} is cut off after {chunk.cut_at} of 65,536 bytes.")


def _file_notes(said: int | None, found: int, size: int, label: str) -> Iterator[ReadItem]:
    if found == 0 and size:
        yield ReadNote("The log holds no chunks, so it holds no records.")
    if said is not None and said < found:
        yield ReadNote(f"The file header speaks of {said} chunks, {found} hold data; all were read.")
    elif said is not None and said > found:
        yield ReadIssue(
            label,
            "chunk",
            f"the file header speaks of {said} chunks, {found} are there: {said - found} chunks are missing",
            hint="Copy the log again; what is missing cannot be told.",
        )


def _rubbish_notes(places: list[int]) -> Iterator[ReadItem]:
    if places:
        what = "stretch" if len(places) == 1 else "stretches"
        yield ReadNote(
            f"{len(places)} {what} of the size of a chunk, the first at byte {places[0]}, "
            "hold neither a chunk nor a record and were passed over."
        )


def _find_spans(data: bytes, size: int) -> list[tuple[int, int]]:
    spans = []
    for span in find_chunks(data, size):
        spans.append(span)
        if len(spans) % _SPANS_HELD == 0:
            _let_go(data)
    return spans


def _let_go(data: object) -> None:
    """Give the pages of a mapped file back: a log larger than the memory would count as memory of ours."""
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)


class _Bytes:
    """The bytes of a stream, mapped where it is a file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._map: mmap.mmap | None = None

    def __enter__(self) -> tuple[bytes, int]:
        size = self._stream.seek(0, io.SEEK_END)
        self._stream.seek(0)
        try:
            self._map = mmap.mmap(self._stream.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):
            return self._stream.read(), size
        return self._map, size  # type: ignore[return-value] # it offers find and slices, all that is used

    def __exit__(self, *_: object) -> None:
        if self._map is not None:
            self._map.close()


READER = EvtxReader()
