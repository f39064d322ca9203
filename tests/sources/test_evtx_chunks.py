"""Walking and repairing chunks: what is counted without the library, and what a repaired copy makes readable."""

from __future__ import annotations

import io
import struct

import pytest

from magistrate.sources.base import RawRecord, ReadNote
from magistrate.sources.evtx_chunks import (
    CHUNK_BYTES,
    FIRST_RECORD,
    HEADER_BYTES,
    find_chunks,
    read_chunk,
    read_header,
    repair,
)
from magistrate.sources.readers.evtx import READER
from sources.sample_log import sample_log

COUNT = 150  # several chunks


def read(data: bytes):
    items = list(READER.read(io.BytesIO(data), "a.evtx"))
    records = [item for item in items if isinstance(item, RawRecord)]
    notes = [item for item in items if isinstance(item, ReadNote)]
    issues = [item for item in items if not isinstance(item, RawRecord | ReadNote)]
    return records, notes, issues


def chunks_of(data: bytes):
    return [read_chunk(data, start, end) for start, end in find_chunks(data, len(data))]


@pytest.fixture
def log() -> bytearray:
    return bytearray(sample_log(COUNT))


def frame_at(log: bytes, number: int) -> tuple[int, int]:
    """Place in the file and size of a frame, counted over all chunks."""
    frames = [(chunk.offset + frame.offset, frame.size) for chunk in chunks_of(log) for frame in chunk.frames]
    return frames[number]


def test_frames_are_counted_without_the_library(log):
    assert sum(len(chunk.frames) for chunk in chunks_of(log)) == COUNT


def test_a_sound_log_gives_every_record_once_and_no_remark(log):
    records, notes, issues = read(log)

    assert [*range(1, COUNT + 1)] == [record.record_id for record in records]
    assert notes == []
    assert issues == []


def test_locators_are_distinct_and_name_chunk_and_offset(log):
    records, _, _ = read(log)

    assert len({record.locator for record in records}) == COUNT
    assert f"chunk 0 at {HEADER_BYTES + FIRST_RECORD}" == records[0].locator


def test_t_evtx_1_a_string_table_loop_is_cut_and_every_record_read(log):
    head = next(offset for offset in struct.unpack_from("<64I", log, HEADER_BYTES + 128) if offset)
    struct.pack_into("<I", log, HEADER_BYTES + head, head)
    records, notes, _ = read(log)

    assert len(records) == COUNT
    assert any("formed a loop" in note.text for note in notes)


def test_t_evtx_1_a_loop_is_cut_in_the_copy_only(log):
    head = next(offset for offset in struct.unpack_from("<32I", log, HEADER_BYTES + 384) if offset)
    struct.pack_into("<I", log, HEADER_BYTES + head, head)
    chunk = chunks_of(log)[0]

    assert chunk.loops == 1
    assert read_chunk(repair(chunk), 0, CHUNK_BYTES).loops == 0
    assert chunk.data == bytes(log[HEADER_BYTES : HEADER_BYTES + CHUNK_BYTES])


def test_t_evtx_1_a_chain_that_leads_through_the_table_itself_is_cut(log):
    """Found by fuzzing: the library follows a pointer into the header, and an entry of the table leads back."""
    heads = struct.unpack_from("<64I", log, HEADER_BYTES + 128)
    number, head = next((number, head) for number, head in enumerate(heads) if head)
    struct.pack_into("<I", log, HEADER_BYTES + head, 128 + 4 * number)
    records, notes, _ = read(bytes(log))

    assert len(records) == COUNT
    assert any("led into the tables themselves" in note.text for note in notes)


@pytest.mark.parametrize("damage", ["zeroed", "absent"])
def test_t_evtx_2_a_log_without_its_file_header_is_read(log, damage):
    data = bytes(HEADER_BYTES) + log[HEADER_BYTES:] if damage == "zeroed" else log[HEADER_BYTES:]
    records, notes, _ = read(bytes(data))

    assert len(records) == COUNT
    assert any("file header is missing or damaged" in note.text for note in notes)


def test_t_evtx_2_shifted_chunks_are_found(log):
    at = HEADER_BYTES + CHUNK_BYTES
    records, _, _ = read(bytes(log[:at] + b"\x5a" * 777 + log[at:]))

    assert len(records) == COUNT


def test_t_evtx_2_a_cut_file_gives_what_is_left_and_says_how_many_chunks_are_missing(log):
    struct.pack_into("<H", log, 42, 9)
    cut = bytes(log[: HEADER_BYTES + 2 * CHUNK_BYTES - 1500])
    records, notes, issues = read(cut)
    whole = sum(len(chunk.frames) for chunk in chunks_of(cut))

    assert len(records) == whole
    assert any("is cut off after" in note.text for note in notes)
    assert any("chunks are missing" in issue.reason for issue in issues)


def test_t_evtx_2_a_header_that_says_less_than_there_is_loses_nothing(log):
    struct.pack_into("<H", log, 42, 1)
    records, notes, _ = read(log)

    assert len(records) == COUNT
    assert any(f"speaks of 1 chunks, {len(chunks_of(log))} hold data" in note.text for note in notes)


def test_t_evtx_2_a_chunk_without_its_header_is_accounted_for(log):
    log[HEADER_BYTES + CHUNK_BYTES : HEADER_BYTES + CHUNK_BYTES + FIRST_RECORD] = bytes(FIRST_RECORD)
    records, notes, issues = read(log)

    assert len(records) + sum(issue.records for issue in issues) == COUNT
    assert any("has no header" in note.text for note in notes)


def test_t_evtx_2_records_of_a_stretch_that_begins_inside_a_chunk_are_found_and_read(log):
    """Found by fuzzing: without its header a stretch need not begin where a chunk began."""
    frames = chunks_of(log)[1].frames
    start = HEADER_BYTES + CHUNK_BYTES
    stretch = log[start + frames[2].offset : start + frames[-1].offset + frames[-1].size]
    records, _, issues = read(bytes(log[:start] + stretch))
    whole = len(chunks_of(log)[0].frames)

    assert len(records) + sum(issue.records for issue in issues) == whole + len(frames) - 2
    assert len(records) > whole + len(frames) // 2


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 27], ids=["zero", "huge", "tiny"])
def test_t_evtx_3_a_record_of_impossible_size_is_bad_and_its_neighbours_load(log, size):
    at, _ = frame_at(log, 5)
    struct.pack_into("<I", log, at + 4, size)
    records, _, issues = read(log)

    assert len(records) == COUNT - 1
    assert [issue.records for issue in issues] == [1]


def test_t_evtx_3_an_impossible_header_time_costs_nothing(log):
    at, _ = frame_at(log, 5)
    struct.pack_into("<Q", log, at + 16, (1 << 64) - 1)
    records, _, issues = read(log)

    assert len(records) == COUNT
    assert issues == []


def test_t_evtx_3_broken_content_is_bad_and_names_the_record(log):
    at, _ = frame_at(log, 5)
    log[at + 24 : at + 32] = b"\xff" * 8
    records, _, issues = read(log)

    assert len(records) == COUNT - 1
    assert [(i.reason, i.record_id) for i in issues] == [("chunk 0: record 6 could not be decoded", 6)]


def test_an_early_last_record_id_in_the_chunk_header_hides_nothing(log):
    struct.pack_into("<Q", log, HEADER_BYTES + 32, 3)
    records, _, _ = read(log)

    assert len(records) == COUNT


def test_t_evtx_5_records_in_slack_are_counted_and_not_loaded(log):
    at, _ = frame_at(log, 9)
    struct.pack_into(
        "<I", log, HEADER_BYTES + 48, at - HEADER_BYTES
    )  # the chunk calls only nine records used
    before = len(chunks_of(sample_log(COUNT))[0].frames)
    records, notes, _ = read(log)

    assert COUNT - (before - 9) == len(records)
    assert [before - 9] == [note.recovered for note in notes]


def test_t_evtx_4_wrong_checksums_drop_nothing(log):
    for at in (124, HEADER_BYTES + 52, HEADER_BYTES + 124):
        struct.pack_into("<I", log, at, 0xDEADBEEF)
    records, _, issues = read(log)

    assert len(records) == COUNT
    assert issues == []


def test_a_log_without_chunks_says_so():
    _, notes, _ = read(sample_log(1)[:HEADER_BYTES])

    assert any("holds no chunks" in note.text for note in notes)


def test_a_header_with_a_wrong_checksum_is_still_a_header(log):
    log[124:128] = b"\0" * 4

    assert read_header(bytes(log[:HEADER_BYTES])).valid


def test_signatures_inside_records_make_no_chunks(log):
    at, _ = frame_at(log, 5)
    fake = b"ElfChnk\0" + bytes(32) + struct.pack("<I", 128)
    log[at + 40 : at + 40 + len(fake)] = fake

    assert len(chunks_of(log)) == len(chunks_of(sample_log(COUNT)))


def test_t_evtx_7_the_header_time_stands_in_only_where_the_event_has_none(log):
    records, _, _ = read(log)

    assert {tuple(record.times) for record in records} == {("TimeCreated",)}
