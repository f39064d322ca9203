"""Gets the text of every record out of chunks with the `evtx` library, and tells which record each text belongs to.

The frames found by `evtx_chunks` are the measure. What the library does not return over the chunks as they are is
tried in a repaired copy, then record by record in a chunk that still holds the templates (`evtx_recovery`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from magistrate.sources.evtx_chunks import Chunk, Frame, make_file, repair
from magistrate.sources.evtx_templates import ChunkTemplates

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Rehouse = Callable[[Chunk, Sequence[Frame]], dict[int, str]]


@dataclass(slots=True)
class ChunkTexts:
    """What one chunk gave, by the place of the frame.

    `loose` are records that the library read where no frame was seen, with their record id. `borrowed` are the
    places of records that were read with the templates of another chunk.
    """

    by_frame: dict[int, str] = field(default_factory=dict)
    loose: list[tuple[int, str]] = field(default_factory=list)
    borrowed: frozenset[int] = frozenset()

    def count(self) -> int:
        """Number of texts."""
        return len(self.by_frame) + len(self.loose)


def read_texts(chunks: Sequence[Chunk], rehouse: Rehouse) -> list[ChunkTexts]:
    """Texts of the live records of each chunk.

    Args:
        chunks: a stretch of a file, in its order; read with one run of the library where nothing is wrong.
        rehouse: reads frames of a chunk with the templates of other chunks (`Donors.rehouse`).
    """
    plain = [chunk for chunk in chunks if (chunk.frames or chunk.gaps) and not _needs_repair(chunk)]
    first = dict(zip(map(id, plain), parse([chunk.data for chunk in plain], plain), strict=True))
    return [_read_chunk(chunk, first.get(id(chunk)), rehouse) for chunk in chunks]


def _read_chunk(chunk: Chunk, result: ChunkTexts | None, rehouse: Rehouse) -> ChunkTexts:
    if not (chunk.frames or chunk.gaps):
        return ChunkTexts()
    if result is None or result.count() < len(chunk.frames):
        (mended,) = parse([repair(chunk)], [chunk])
        result = mended if result is None else _union(result, mended)
    if len(result.by_frame) < len(chunk.frames) or chunk.gaps or chunk.headless:
        _rehouse_strangers(chunk, result, rehouse)
    return result


def _rehouse_strangers(chunk: Chunk, result: ChunkTexts, rehouse: Rehouse) -> None:
    """Read what is missing, and what was rendered with templates that are not its own, with those of other chunks."""
    templates = ChunkTemplates(chunk.data)
    strangers = []
    for frame in chunk.frames:
        at_home, fragment = templates.render(frame)
        if fragment is not None and not at_home:
            result.by_frame.pop(frame.offset, None)
            strangers.append(frame)
        elif frame.offset not in result.by_frame:
            strangers.append(frame)
    if strangers:
        texts = rehouse(chunk, strangers)
        result.by_frame |= texts
        result.borrowed = frozenset(texts)


def _needs_repair(chunk: Chunk) -> bool:
    return bool(chunk.loops or chunk.headless or chunk.cut_at is not None)


def _union(first: ChunkTexts, second: ChunkTexts) -> ChunkTexts:
    loose = first.loose if len(first.loose) >= len(second.loose) else second.loose
    return ChunkTexts({**second.by_frame, **first.by_frame}, loose)


def parse(chunks: Sequence[bytes], walked: Sequence[Chunk]) -> list[ChunkTexts]:
    """Run the library over chunks and sort what it returns to the frames; records come in file order.

    Args:
        chunks: bytes to read, whole chunks.
        walked: the frames of each, at the same places.
    """
    from evtx import PyEvtxParser  # here and not above: only needed in workers

    results = [ChunkTexts() for _ in chunks]
    if not chunks:
        return results
    places = [(index, frame) for index, chunk in enumerate(walked) for frame in chunk.frames]
    try:
        records = PyEvtxParser(io.BytesIO(make_file(list(chunks))), number_of_threads=1).records_json()
    except (RuntimeError, ValueError, OSError):
        return results
    found = _read_all(records)
    if [number for number, _ in found] == [frame.record_id for _, frame in places]:
        texts = iter(found)
        for result, chunk in zip(results, walked, strict=True):
            result.by_frame = {frame.offset: next(texts)[1] for frame in chunk.frames}
    else:
        _assign(found, places, results)
    return results


def _read_all(records: Any) -> list[tuple[int, str]]:
    """Id and text of what the library returns; the frame count tells what its errors cost."""
    found: list[tuple[int, str]] = []
    while True:
        try:
            for record in records:
                found.append((record["event_record_id"], record["data"]))
        except (RuntimeError, ValueError, OSError):
            continue
        return found


def _assign(found: list[tuple[int, str]], places: list[tuple[int, Frame]], results: list[ChunkTexts]) -> None:
    """Give each text to the next frame with its id; what has none is loose."""
    by_id = _places_by_id(places)
    cursor, last = 0, len(places)
    for number, text in found:
        place: int | None = cursor
        if cursor == last or places[cursor][1].record_id != number:  # not simply the next one
            place = next((p for p in by_id.get(number, ()) if p >= cursor), None)
        if place is None:
            index = places[min(cursor, len(places) - 1)][0] if places else 0
            results[index].loose.append((number, text))
            continue
        index, frame = places[place]
        results[index].by_frame[frame.offset] = text
        cursor = place + 1


def _places_by_id(places: list[tuple[int, Frame]]) -> dict[int, list[int]]:
    by_id: dict[int, list[int]] = {}
    for place, (_, frame) in enumerate(places):
        by_id.setdefault(frame.record_id, []).append(place)
    return by_id
