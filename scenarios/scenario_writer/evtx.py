"""Event log files: header, chunks with their checksums, and the frames of records."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scenario_writer.binxml import CHUNK_HEADER_SIZE, Instance, Space, TooLargeError, filetime

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

FILE_HEADER_SIZE = 4096
CHUNK_SIZE = 65_536
_HEADER_PART = 128  # bytes of the file and chunk headers that hold fields
_CHECKED_PART = 120  # of these, the bytes under the header's own checksum
_RECORD_SIGNATURE = 0x00002A2A
_RECORD_HEADER_SIZE = 24
_ALIGNMENT = 8  # records of real logs start at multiples of eight


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it goes into a file."""

    record_id: int
    written: datetime
    event: Instance


@dataclass
class _Chunk:
    space: Space = field(default_factory=Space)
    first_id: int = 0
    last_id: int = 0
    last_offset: int = 0
    count: int = 0

    def add(self, record: Record) -> bool:
        """Append a record. False, and nothing changed, when it does not fit."""
        mark = self.space.mark()
        start = len(self.space.buffer)
        self.space.buffer += bytes(_RECORD_HEADER_SIZE)
        try:
            self.space.write_fragment(record.event)
        except TooLargeError:
            self.space.rollback(mark)
            return False
        self.space.buffer += bytes(-(len(self.space.buffer) + 4 - start) % _ALIGNMENT)
        size = len(self.space.buffer) + 4 - start
        if start + size > CHUNK_SIZE:
            self.space.rollback(mark)
            return False
        header = struct.pack("<IIQQ", _RECORD_SIGNATURE, size, record.record_id, filetime(record.written))
        self.space.buffer[start : start + _RECORD_HEADER_SIZE] = header
        self.space.buffer += struct.pack("<I", size)
        self.first_id = record.record_id if self.count == 0 else self.first_id
        self.last_id, self.last_offset = record.record_id, start
        self.count += 1
        return True

    def finish(self, first_number: int) -> bytes:
        """Bytes of the whole chunk. `first_number` counts the records of the file from 1."""
        content = bytes(self.space.buffer[CHUNK_HEADER_SIZE:])
        fields = struct.pack(
            "<8sQQQQIIII",
            b"ElfChnk\0",
            first_number,
            first_number + self.count - 1,
            self.first_id,
            self.last_id,
            _HEADER_PART,
            self.last_offset,
            CHUNK_HEADER_SIZE + len(content),
            zlib.crc32(content),
        )
        head = fields.ljust(_CHECKED_PART, b"\0")
        tables = struct.pack("<64I32I", *self.space.name_heads, *self.space.template_heads)
        # the flag 1 is on every chunk of the real logs that were looked at; it is outside the checksum
        head_full = head + struct.pack("<II", 1, zlib.crc32(head + tables))
        return (head_full + tables + content).ljust(CHUNK_SIZE, b"\0")


def write_log(records: Iterable[Record]) -> bytes:
    """Bytes of an event log file with these records in this order.

    Args:
        records: record ids must grow; an empty sequence gives a log with one empty chunk, as Windows makes it.

    Raises:
        TooLargeError: a single record is larger than a chunk.
    """
    chunks = [_Chunk()]
    for record in records:
        if chunks[-1].add(record):
            continue
        chunks.append(_Chunk())
        if not chunks[-1].add(record):
            message = f"Record {record.record_id} does not fit into a chunk of {CHUNK_SIZE} bytes. Shorten its values."
            raise TooLargeError(message)
    body, number = b"", 1
    for chunk in chunks:
        body += chunk.finish(number)
        number += chunk.count
    return _file_header(len(chunks), chunks[-1].last_id + 1) + body


def _file_header(chunk_count: int, next_id: int) -> bytes:
    head = struct.pack(
        "<8sQQQIHHHH",
        b"ElfFile\0",
        0,
        chunk_count - 1,
        next_id,
        _HEADER_PART,
        1,
        3,
        FILE_HEADER_SIZE,
        chunk_count,
    ).ljust(_CHECKED_PART, b"\0")
    return (head + struct.pack("<II", 0, zlib.crc32(head))).ljust(FILE_HEADER_SIZE, b"\0")
