"""How many records each channel of each host holds over the time of the case: host by source by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.report.moments import moment_of

if TYPE_CHECKING:
    from magistrate.coverage.strip import Strip
    from magistrate.report.view import View


@dataclass(frozen=True, slots=True)
class StripView:
    """Records of one channel of one host in equal slices of the time of the logs; `signs` are slices with a cut."""

    host: str
    channel: str
    counts: tuple[int, ...]
    signs: tuple[int, ...]


def strip_views(strip: Strip | None) -> tuple[StripView, ...]:
    """The measured rows as views; none when nothing was measured."""
    if strip is None:
        return ()
    return tuple(StripView(item.host, item.channel, item.counts, item.signs) for item in strip.rows)


@dataclass(frozen=True, slots=True)
class Cell:
    """One slice: `level` is the power of ten of its count from 1 on, 0 when nothing was recorded."""

    count: int
    level: int
    cut: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One channel of one host. `silent` counts slices without a record, `silent_in_case` those of them in the case."""

    host: str
    channel: str
    total: int
    silent: int
    silent_in_case: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All rows with the time of each end, and the slices in which the sessions that count lie."""

    first: str | None
    last: str | None
    slices: int
    case_slices: tuple[int, ...]
    rows: tuple[MatrixRow, ...]


def matrix(view: View) -> Matrix:
    """The coverage matrix of a case; no rows when no record has a time."""
    slices = max((len(item.counts) for item in view.strip), default=0)
    inside = _case_slices(view, slices)
    rows = tuple(_row(item, inside) for item in view.strip)
    return Matrix(view.coverage.first, view.coverage.last, slices, inside, rows)


def _row(item: StripView, inside: tuple[int, ...]) -> MatrixRow:
    cells = tuple(
        Cell(number, len(str(number)) if number else 0, at in item.signs) for at, number in enumerate(item.counts)
    )  # fmt: skip
    return MatrixRow(
        item.host,
        item.channel,
        sum(item.counts),
        sum(not number for number in item.counts),
        sum(not item.counts[at] for at in inside),
        cells,
    )


def _case_slices(view: View, slices: int) -> tuple[int, ...]:
    """Slices that a session which counts touches."""
    first, last = moment_of(view.coverage.first), moment_of(view.coverage.last)
    if first is None or last is None or not slices:
        return ()
    seconds = (last - first).total_seconds()
    found: set[int] = set()
    for story in view.stories:
        start, end = moment_of(story.first), moment_of(story.last)
        if not story.background and start is not None and end is not None:
            shares = [
                (moment - first).total_seconds() / seconds if seconds else 0.0 for moment in (start, end)
            ]
            low, high = (min(slices - 1, max(0, int(share * slices))) for share in shares)
            found.update(range(low, high + 1))
    return tuple(sorted(found))
