"""What is fuzzed: one damaged input is read as intake reads it, and what must hold for it is checked."""

from __future__ import annotations

import io
import os
import sys
from functools import cache
from pathlib import Path
from random import Random

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
for folder in (FOLDER, FOLDER.parent, ROOT / "scenarios"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from mutations import CHUNK_BYTES, mutated_chunk, mutated_line  # noqa: E402 - beside this file, not installed

from magistrate.events.evidence import ReadIssue  # noqa: E402 - below what makes the folders known
from magistrate.sources.base import EventTexts, Limits, RawRecord, ReadNote  # noqa: E402 - as above
from magistrate.sources.guard import Guard  # noqa: E402 - as above
from magistrate.sources.intake_file import find_reader  # noqa: E402 - as above
from magistrate.sources.normalise import normalise  # noqa: E402 - as above
from magistrate.sources.readers.evtx import READER  # noqa: E402 - as above
from sources.frame_count import count_frames  # noqa: E402 - as above
from sources.sample_log import sample_log  # noqa: E402 - as above

SAMPLES = FOLDER.parent / "sources" / "samples"
_HEADER = 4096
_CORPUS_CHUNKS = 400
_LINES = 30


class Unaccounted(AssertionError):
    """A record went missing without a word, or came twice."""


@cache
def chunk_seeds() -> tuple[bytes, ...]:
    """Whole chunks: our own sample and demo logs, and some of the public recordings where they are at hand."""
    logs = [sample_log(150)]
    logs += [path.read_bytes() for path in sorted((ROOT / "scenarios" / "demo" / "logs").rglob("*.evtx"))]
    chunks = [chunk for log in logs for chunk in _chunks(log)]
    if corpus := os.environ.get("MAGISTRATE_CORPUS"):
        public = [
            chunk for path in sorted(Path(corpus).rglob("*.evtx")) for chunk in _chunks(path.read_bytes())
        ]
        chunks += public[:: max(1, len(public) // _CORPUS_CHUNKS)]
    return tuple(chunks)


def _chunks(log: bytes) -> list[bytes]:
    found = [log[at : at + CHUNK_BYTES] for at in range(_HEADER, len(log), CHUNK_BYTES)]
    return [chunk for chunk in found if len(chunk) == CHUNK_BYTES and chunk.startswith(b"ElfChnk\0")]


@cache
def text_seeds() -> tuple[tuple[str, tuple[bytes, ...]], ...]:
    """Name and first lines of each sample of a text format."""
    paths = sorted(path for path in SAMPLES.glob("*/*") if not path.name.endswith(".golden.json"))
    texts = [(path.name, path.read_bytes()) for path in paths if path.suffix != ".evtx"]
    return tuple((name, tuple(text.split(b"\n")[:_LINES])) for name, text in texts)


def read_chunk_of(seed: int) -> int:
    """Read a log of a damaged chunk between two sound ones; tells how many records it gave."""
    random = Random(seed)
    seeds = chunk_seeds()
    sound = sample_chunk()
    damaged = mutated_chunk(seeds, random)
    log = sample_log(1)[:_HEADER] + sound + damaged + sound
    reader = READER.recovering() if random.random() < 0.5 else READER
    read = counted = 0
    for item in _items(reader, log):
        if isinstance(item, RawRecord):
            read += 1
            if read % 16 == 0:
                normalise(item)
        elif isinstance(item, ReadIssue):
            counted += item.records
        elif isinstance(item, ReadNote):
            counted += item.recovered + item.duplicate
    frames = count_frames(damaged) + 2 * count_frames(sound)
    # A damaged size may swallow what follows it in one way for us and in another for the plain count.
    if read + counted < 2 * count_frames(sound) or (read + counted < frames and not _overlaps(damaged)):
        raise Unaccounted(f"{frames} frames, {read} records read and {counted} counted")
    return read


@cache
def sample_chunk() -> bytes:
    """A whole chunk of our own, of few records: it only has to show that a neighbour survives."""
    return _chunks(sample_log(6))[0]


def _overlaps(chunk: bytes) -> bool:
    """True when frames lie inside each other, or a chunk begins inside: there two counts may differ with reason."""
    ends, at = 0, chunk.find(b"\x2a\x2a\0\0")
    while at >= 0:
        size = int.from_bytes(chunk[at + 4 : at + 8], "little")
        whole = 28 <= size <= CHUNK_BYTES and chunk[at + size - 4 : at + size] == chunk[at + 4 : at + 8]
        if whole and at < ends:
            return True
        ends = max(ends, at + size) if whole else ends
        at = chunk.find(b"\x2a\x2a\0\0", at + 1)
    return chunk.find(b"ElfChnk\0", 1) >= 0 or len(chunk) > CHUNK_BYTES


def read_line_of(seed: int) -> int:
    """Read a sample of a text format with one damaged line; tells how many records it gave."""
    random = Random(seed)
    name, lines = random.choice(text_seeds())
    at = random.randrange(len(lines))
    damaged = [*lines[:at], mutated_line(lines[at], lines, random), *lines[at + 1 :]]
    content = b"\n".join(damaged)
    reader = find_reader(content[:65_536])
    if reader is None:
        return 0
    records = other = 0
    for item in _items(reader, content):
        if isinstance(item, RawRecord):
            records += 1
            normalise(item)
        else:
            other += isinstance(item, ReadIssue)
    if not records and not other and content.strip():
        raise Unaccounted(f"{name}: {len(content)} bytes gave neither a record nor an issue")
    return records


def _items(reader, content: bytes):
    """Everything a reader yields; records of clean chunks, which come as texts, are read too."""
    configured = reader.configured(Limits(), Guard())
    read = getattr(configured, "read_texts", configured.read)
    for item in read(io.BytesIO(content), "fuzz"):
        if isinstance(item, EventTexts):
            for entry in item.entries:
                yield item.read(entry)
        else:
            yield item


def go_wrong(seed: int) -> int:
    """What the harness itself is tested on: a mistake, a hang, an end of the process, and a sound input."""
    if seed == 0:
        raise Unaccounted("on purpose")
    if seed == 1:
        while True:
            pass
    if seed == 2:
        os._exit(3)
    return seed


TARGETS = {"chunk": read_chunk_of, "line": read_line_of, "wrong": go_wrong}
