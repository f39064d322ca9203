"""Records without their template, and records in slack: read where the template still lies, never under other names."""

from __future__ import annotations

import io
import struct

import pytest

from magistrate.sources.base import RawRecord, ReadNote
from magistrate.sources.evtx_chunks import CHUNK_BYTES, HEADER_BYTES, Frame, find_chunks, read_chunk
from magistrate.sources.evtx_fragments import fragment_of, rewritten
from magistrate.sources.evtx_templates import ChunkTemplates
from magistrate.sources.readers.evtx import READER
from sources.sample_log import sample_log

COUNT = 150
FREE_AT = 48


@pytest.fixture(scope="module")
def sound() -> bytes:
    return sample_log(COUNT)


def chunks_of(data: bytes):
    return [read_chunk(data, *span) for span in find_chunks(data, len(data))]


def read(data: bytes, *, recover: bool = False):
    reader = READER.recovering() if recover else READER
    items = list(reader.read(io.BytesIO(data), "a.evtx"))
    live = [item for item in items if isinstance(item, RawRecord) and not item.recovered]
    slack = [item for item in items if isinstance(item, RawRecord) and item.recovered]
    unread = sum(item.recovered for item in items if isinstance(item, ReadNote))
    bad = sum(item.records for item in items if not isinstance(item, RawRecord | ReadNote))
    return live, slack, unread, bad


def spoil_templates(log: bytearray, chunk: int = 0) -> None:
    """Overwrite the id of every template of a chunk, as a newer record would."""
    start = HEADER_BYTES + chunk * CHUNK_BYTES
    for place in ChunkTemplates(bytes(log[start : start + CHUNK_BYTES])).places.values():
        log[start + place + 4 : start + place + 20] = bytes(16)


def bury(log: bytearray, chunk: int, kept: int) -> int:
    """Call only the first records of a chunk used; tells how many records go to slack."""
    frames = chunks_of(bytes(log))[chunk].frames
    struct.pack_into("<I", log, HEADER_BYTES + chunk * CHUNK_BYTES + FREE_AT, frames[kept].offset)
    return len(frames) - kept


def texts(records) -> list[str]:
    return [record.raw for record in records]


def test_every_frame_of_a_sound_log_is_at_home_in_its_chunk(sound):
    for chunk in chunks_of(sound):
        templates = ChunkTemplates(chunk.data)

        assert all(templates.render(frame)[0] for frame in chunk.frames)


def test_t_evtx_3_a_record_whose_template_was_written_over_is_read_with_that_of_another_chunk(sound):
    log = bytearray(sound)
    spoil_templates(log)
    # The gap makes the chunk one that needs a closer look.
    at = HEADER_BYTES + chunks_of(sound)[0].frames[3].offset
    struct.pack_into("<I", log, at + 4, 0)
    live, _, _, bad = read(bytes(log))
    whole, *_ = read(sound)

    assert (len(live), bad) == (COUNT - 1, 1)
    assert texts(live) == [text for number, text in enumerate(texts(whole)) if number != 3]
    assert any("another chunk" in note for record in live for note in record.notes)


def test_t_evtx_3_without_a_template_anywhere_the_record_is_bad_and_not_guessed(sound):
    log = bytearray(sound)
    for chunk in range(len(chunks_of(sound))):
        spoil_templates(log, chunk)
    struct.pack_into("<I", log, HEADER_BYTES + chunks_of(sound)[0].frames[3].offset + 4, 0)
    first = len(chunks_of(sound)[0].frames)
    live, _, _, bad = read(bytes(log))

    assert bad == first
    assert {record.locator.split(" at ")[0] for record in live} == {"chunk 1", "chunk 2", "chunk 3"} & {
        f"chunk {number}" for number in range(1, len(chunks_of(sound)))
    }


def test_t_evtx_5_slack_gives_the_same_text_as_the_live_record_did(sound):
    log = bytearray(sound)
    gone = bury(log, 0, 5)
    live, slack, unread, bad = read(bytes(log), recover=True)
    whole = texts(read(sound)[0])

    assert (len(slack), unread, bad) == (gone, 0, 0)
    assert texts(slack) == whole[5 : 5 + gone]
    assert texts(live) == [*whole[:5], *whole[5 + gone :]]


def test_t_evtx_5_slack_whose_templates_are_gone_is_read_with_those_of_another_chunk(sound):
    log = bytearray(sound)
    gone = bury(log, 0, 5)
    spoil_templates(log)
    _, slack, unread, _ = read(bytes(log), recover=True)
    whole = texts(read(sound)[0])

    assert (len(slack), unread) == (gone, 0)
    assert sorted(texts(slack)) == sorted(whole[5 : 5 + gone])


def test_t_evtx_5_an_exported_record_over_an_older_chunk_gives_no_value_a_foreign_name():
    """A log of one record whose slack is the rest of another log: its records point into what was written over."""
    one, many = sample_log(1), sample_log(COUNT)
    used = struct.unpack_from("<I", one, HEADER_BYTES + FREE_AT)[0]
    chunk = one[HEADER_BYTES : HEADER_BYTES + used] + many[HEADER_BYTES + used : HEADER_BYTES + CHUNK_BYTES]
    log = one[:HEADER_BYTES] + chunk
    live, slack, unread, bad = read(log, recover=True)
    known = set(texts(read(many)[0]))

    assert (len(live), bad) == (1, 0)
    assert len(slack) + unread == len(chunks_of(log)[0].slack) > 0
    assert set(texts(slack)) <= known


def test_t_evtx_5_a_template_whose_name_was_written_over_is_not_used(sound):
    log = bytearray(sound)
    bury(log, 0, 5)
    start = HEADER_BYTES
    heads = [place for place in struct.unpack_from("<64I", log, start + 128) if place]
    for place in heads:  # a letter of each first name
        log[start + place + 8] ^= 1
    _, slack, _, _ = read(bytes(log), recover=True)

    assert set(texts(slack)) <= set(texts(read(sound)[0]))


def test_recovered_records_say_so_in_their_place(sound):
    log = bytearray(sound)
    bury(log, 0, 5)
    _, slack, _, _ = read(bytes(log), recover=True)

    assert all(record.locator.startswith("chunk 0 slack at ") for record in slack)


def test_a_fragment_written_for_its_own_places_reads_the_same(sound):
    chunk = chunks_of(sound)[0]
    frame = chunk.frames[-1]
    fragment = fragment_of(chunk.data, frame)
    again = rewritten(fragment, dict(fragment.instances()))

    assert chunk.data[frame.offset + 24 : frame.offset + frame.size - 4] == again


@pytest.mark.parametrize("size", [0, 30, 40])
def test_bytes_that_are_no_template_instance_are_no_fragment(size):
    assert fragment_of(bytes(100), Frame(0, size, 1, 0)) is None
