"""Finds chunks and record frames in EVTX bytes without the parsing library, and repairs copies of chunks for it.

The library believes what a chunk says about itself, can end early without a word, and can be sent round in
circles by string or template tables that form a loop. So every chunk is walked here first: frames are counted by
their signature and the copy of their size at their end, and what would stop or trap the library is mended in a
copy. The evidence itself is never changed.

Layout (little-endian): a file header of 4,096 bytes, then chunks of 65,536. A chunk has 64 string offsets at 128,
32 template offsets at 384 and records from 512. A record is signature, size, id, FILETIME, content, size.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE_SIGNATURE = b"ElfFile\0"
CHUNK_SIGNATURE = b"ElfChnk\0"
RECORD_SIGNATURE = b"\x2a\x2a\0\0"
HEADER_BYTES = 4096
CHUNK_BYTES = 65536
FIRST_RECORD = 512

_RECORD_HEAD = struct.Struct("<4sIQQ")
_NUMBER = struct.Struct("<I")
_MIN_RECORD = _RECORD_HEAD.size + 4
_TABLES = {"string": (128, 64), "template": (384, 32)}
_LAST_ID_AT = 32
_LAST_RECORD_AT = 44
_FREE_AT = 48
_NO_TOKEN = 0xFF  # no BinXML token, so that this frame fails and the library goes on with the next
_NO_ID = b"\xff" * 8
# The library cannot express later dates: year 9999 as a FILETIME.
_LAST_FILETIME = 2_650_467_743_999_999_999
_GOOD_TIME = struct.pack("<Q", 116_444_736_000_000_000)  # 1970-01-01; only in repaired copies


class Frame(NamedTuple):
    """One record frame of a chunk. `torn` marks a frame whose trailing size does not agree."""

    offset: int
    size: int
    record_id: int
    filetime: int
    torn: bool = False


@dataclass(slots=True)
class Chunk:
    """One chunk of a file, as found.

    `frames` are the live ones, `slack` are intact frames behind the used area, `gaps` are (start, end) of live
    bytes that hold no frame. `twins` counts frames in slack that repeat another of the chunk by id and time.
    `loops` counts table chains that were cut.
    """

    offset: int
    data: bytes
    free: int
    frames: list[Frame] = field(default_factory=list)
    slack: list[Frame] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    twins: int = 0
    loops: int = 0
    headless: bool = False
    cut_at: int | None = None


@dataclass(frozen=True, slots=True)
class FileHeader:
    """What the file header says. `valid` is false when it is missing or damaged."""

    valid: bool
    chunk_count: int = 0
    dirty: bool = False


def read_header(head: bytes) -> FileHeader:
    """Read the first 4,096 bytes; a wrong checksum alone does not make a header invalid."""
    if len(head) < 128 or not head.startswith(FILE_SIGNATURE):
        return FileHeader(False)
    (chunk_count,) = struct.unpack_from("<H", head, 42)
    (flags,) = struct.unpack_from("<I", head, 120)
    return FileHeader(True, chunk_count, bool(flags & 1))


def make_file(chunks: list[bytes]) -> bytes:
    """Put chunks under a good file header, for the library."""
    fields = struct.pack(
        "<8sQQQIHHHH", FILE_SIGNATURE, 0, max(len(chunks) - 1, 0), 1, 128, 1, 3, 4096, len(chunks)
    )
    head = fields.ljust(120, b"\0")
    head += struct.pack("<II", 0, zlib.crc32(head))
    return head.ljust(HEADER_BYTES, b"\0") + b"".join(chunks)


def find_chunks(data: bytes, size: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every chunk and of every full-size stretch between chunks that holds records.

    Args:
        data: the whole file; a mapping of it will do.
        size: its length.
    """
    at = data.find(CHUNK_SIGNATURE, 0)
    position = HEADER_BYTES if data[:8] == FILE_SIGNATURE else 0
    while at >= 0:
        if at > position:
            yield from _headless(data, position, at)
        end = min(at + CHUNK_BYTES, size)
        inner = data.find(CHUNK_SIGNATURE, at + 8, end)
        while inner >= 0 and not _is_cut_by(data, at, inner):
            inner = data.find(CHUNK_SIGNATURE, inner + 8, end)
        end = inner if inner >= 0 else end
        yield at, end
        position = end
        at = data.find(CHUNK_SIGNATURE, end)
    yield from _headless(data, position, size)


def _headless(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches without a chunk header that still hold record frames, aligned to where a chunk would be."""
    for at in range(start, end, CHUNK_BYTES):
        stop = min(at + CHUNK_BYTES, end)
        if data.find(RECORD_SIGNATURE, at, stop) >= 0:
            yield at, stop


def _is_cut_by(data: bytes, at: int, inner: int) -> bool:
    """True when a signature inside a chunk begins another chunk, not text inside a record.

    Another chunk has a header of its own size and a record where records begin, so that a log full of signatures
    cannot make thousands of chunks of a few bytes each.
    """
    if inner + FIRST_RECORD > len(data) or struct.unpack_from("<I", data, inner + 40)[0] != 128:
        return False
    first = data[inner + FIRST_RECORD : inner + FIRST_RECORD + 4]
    if first != RECORD_SIGNATURE and struct.unpack_from("<I", data, inner + _FREE_AT)[0] != FIRST_RECORD:
        return False
    free = struct.unpack_from("<I", data, at + _FREE_AT)[0]
    if at + min(free, CHUNK_BYTES) <= inner:
        return True
    position = at + FIRST_RECORD
    while position < inner:
        frame = _frame_at(data, position, inner)
        if frame is None:
            return True
        position += frame.size
    return False


def read_chunk(data: bytes, start: int, end: int) -> Chunk:
    """Walk one chunk: its frames, its gaps, its slack, its loops."""
    raw = bytes(data[start:end])
    cut_at = len(raw) if len(raw) < CHUNK_BYTES else None
    raw = raw.ljust(CHUNK_BYTES, b"\0")
    headless = not raw.startswith(CHUNK_SIGNATURE)
    free = CHUNK_BYTES if headless else struct.unpack_from("<I", raw, _FREE_AT)[0]
    if not FIRST_RECORD <= free <= CHUNK_BYTES:
        free = CHUNK_BYTES
    chunk = Chunk(start, raw, free, headless=headless, cut_at=cut_at)
    _walk(chunk)
    if headless and chunk.frames:
        chunk.free = chunk.frames[-1].offset + chunk.frames[-1].size
        chunk.gaps = [gap for gap in chunk.gaps if gap[1] <= chunk.free]
    chunk.loops = sum(1 for _ in _loop_ends(raw))
    return chunk


def repair(chunk: Chunk) -> bytes:
    """A copy of the chunk in which nothing stops or traps the library.

    Loops are cut, gaps are covered by a frame that fails alone, impossible times are replaced (the event's own
    time is inside the record), and the id at which the library would end early is moved out of the way.
    """
    copy = bytearray(chunk.data)
    copy[0:8] = CHUNK_SIGNATURE
    struct.pack_into("<I", copy, 40, 128)
    copy[_LAST_ID_AT : _LAST_ID_AT + 8] = _NO_ID
    if chunk.headless:
        struct.pack_into("<QQQ", copy, 8, 1, 1, 0)
        copy[128:FIRST_RECORD] = bytes(FIRST_RECORD - 128)
    for place in _loop_ends(chunk.data):
        struct.pack_into("<I", copy, place, 0)
    end = FIRST_RECORD
    for frame in chunk.frames:
        end = max(end, frame.offset + frame.size)
        if (
            frame.offset < FIRST_RECORD
        ):  # out of the library's sight; what it reaches into the records is covered
            if end - FIRST_RECORD >= _MIN_RECORD:
                cover(copy, FIRST_RECORD, end)
            continue
        if frame.filetime > _LAST_FILETIME:
            copy[frame.offset + 16 : frame.offset + 24] = _GOOD_TIME
    last = chunk.frames[-1].offset if chunk.frames else FIRST_RECORD
    for start, stop in chunk.gaps:
        if stop - start >= _MIN_RECORD and stop <= end:
            cover(copy, start, stop)
    set_used(copy, last, end)
    return bytes(copy)


def cover(copy: bytearray, start: int, stop: int) -> None:
    """Make a stretch of a copy one frame that fails alone, so that the library goes on behind it."""
    head = _RECORD_HEAD.pack(RECORD_SIGNATURE, stop - start, 0, 0)[:16]
    copy[start : start + 24] = head + _GOOD_TIME
    copy[start + 24] = _NO_TOKEN
    struct.pack_into("<I", copy, stop - 4, stop - start)


def set_used(copy: bytearray, last: int, end: int) -> None:
    """Say in a copy where the last record starts and where the used area ends."""
    struct.pack_into("<II", copy, _LAST_RECORD_AT, last, end)


def _walk(chunk: Chunk) -> None:
    """Collect frames up to the used area's end, then those behind it."""
    data = chunk.data
    position = _take_early(chunk) if chunk.headless else FIRST_RECORD
    while position < chunk.free:
        frame = _frame_at(data, position, CHUNK_BYTES)
        if frame is not None:
            chunk.frames.append(frame)
            position += frame.size
            continue
        after = _next_frame(data, position + 1, chunk.free)
        stop = after if after is not None else chunk.free
        if any(data[position:stop]):
            torn = _torn_frame(data, position, stop)
            # A record that the file's end cuts through would be completed with zeros that nobody wrote.
            if torn is not None and (chunk.cut_at is None or stop <= chunk.cut_at):
                chunk.frames.append(torn)
            else:
                chunk.gaps.append((position, stop))
        position = stop
    found = _next_frame(data, position, CHUNK_BYTES)
    if found is None:
        return
    known = {(frame.record_id, frame.filetime) for frame in chunk.frames}
    while found is not None:
        frame = _frame_at(data, found, CHUNK_BYTES)
        if frame is None:
            break
        if (frame.record_id, frame.filetime) in known:
            chunk.twins += 1
        else:
            chunk.slack.append(frame)
            known.add((frame.record_id, frame.filetime))
        found = _next_frame(data, found + frame.size, CHUNK_BYTES)


def _take_early(chunk: Chunk) -> int:
    """Collect frames that begin where a chunk has its header; tells where the walk goes on.

    A stretch without a header need not begin where a chunk began.
    """
    position = FIRST_RECORD
    found = _next_frame(chunk.data, 0, FIRST_RECORD)
    while found is not None and (frame := _frame_at(chunk.data, found, CHUNK_BYTES)) is not None:
        chunk.frames.append(frame)
        position = max(position, found + frame.size)
        found = _next_frame(chunk.data, found + frame.size, FIRST_RECORD)
    return position


def _frame_at(data: bytes, position: int, end: int) -> Frame | None:
    if position + _MIN_RECORD > end:
        return None
    signature, size, record_id, filetime = _RECORD_HEAD.unpack_from(data, position)
    if signature != RECORD_SIGNATURE or size < _MIN_RECORD or position + size > end:
        return None
    if _NUMBER.unpack_from(data, position + size - 4)[0] != size:
        return None
    return Frame(position, size, record_id, filetime)


def _next_frame(data: bytes, position: int, end: int) -> int | None:
    while (position := data.find(RECORD_SIGNATURE, position, end)) >= 0:
        if _frame_at(data, position, CHUNK_BYTES) is not None:
            return position
        position += 1
    return None


def _torn_frame(data: bytes, position: int, stop: int) -> Frame | None:
    """A frame whose head is whole and whose size leads exactly to what follows, but whose end is not."""
    if stop - position < _MIN_RECORD or data[position : position + 4] != RECORD_SIGNATURE:
        return None
    _, size, record_id, filetime = _RECORD_HEAD.unpack_from(data, position)
    return Frame(position, size, record_id, filetime, torn=True) if size == stop - position else None


def table_nodes(data: bytes, table: str) -> Iterator[int]:
    """Places of the nodes that a table of a chunk leads to, each once, loops or not; `string` or `template`."""
    start, count = _TABLES[table]
    seen: set[int] = set()
    for offset in struct.unpack_from(f"<{count}I", data, start):
        while FIRST_RECORD <= offset <= CHUNK_BYTES - 4 and offset not in seen:
            seen.add(offset)
            yield offset
            (offset,) = _NUMBER.unpack_from(data, offset)


def find_rubbish(data: bytes, size: int, spans: list[tuple[int, int]]) -> list[int]:
    """Places of stretches of a chunk's size outside the spans that hold bytes, but neither chunk nor record."""
    position = HEADER_BYTES if data[:8] == FILE_SIGNATURE else 0
    found = []
    for start, end in [*spans, (size, size)]:
        stretches = range(position, start, CHUNK_BYTES)
        found += [at for at in stretches if bytes(data[at : min(at + CHUNK_BYTES, start)]).strip(b"\0")]
        position = max(position, end)
    return found


def _loop_ends(data: bytes) -> Iterator[int]:
    """Places of the pointers that lead a table chain back to a node already passed, or into the chunk's header.

    String and template nodes both begin with the offset of the next node. The library follows a pointer into the
    header too, where the tables themselves can lead it round in circles.
    """
    for start, count in _TABLES.values():
        seen: set[int] = set()
        for number, offset in enumerate(struct.unpack_from(f"<{count}I", data, start)):
            place = start + 4 * number
            chain: set[int] = set()
            while 0 < offset <= CHUNK_BYTES - 4:
                if offset < FIRST_RECORD or offset in chain:
                    yield place
                    break
                if offset in seen:
                    break
                chain.add(offset)
                place = offset
                (offset,) = _NUMBER.unpack_from(data, offset)
            seen |= chain
