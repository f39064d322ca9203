"""How many things of the timeline fall into each slice of time: the numbers behind the histogram."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.report.moments import moment_of, slice_start, slice_text, step_for, step_text
from magistrate.report.timeline_view import EntryKind

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.report.timeline_view import Entry

BARS = 60
"""Most slices of a histogram."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One slice: acts of sessions that count, acts of background, and other signs beside them."""

    start: str
    acts: int
    background: int
    signs: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.acts + self.background + self.signs


@dataclass(frozen=True, slots=True)
class Histogram:
    """Slices from the first to the last entry, empty ones included; no bars when no entry has a time.

    `step` is the width of a slice in words; `undated` counts entries without a usable time.
    """

    step: str
    bars: tuple[Bar, ...]
    undated: int

    @property
    def highest(self) -> int:
        """The largest total of a slice, 0 without slices."""
        return max((bar.total for bar in self.bars), default=0)


def histogram(entries: tuple[Entry, ...], most: int = BARS) -> Histogram:
    """Count the entries of a timeline by slice; findings stand on acts or signals and are not counted again."""
    counted = [item for item in entries if item.kind is not EntryKind.FINDING]
    dated = [(moment, item) for item in counted if (moment := moment_of(item.utc)) is not None]
    undated = len(counted) - len(dated)
    if not dated:
        return Histogram("", (), undated)
    first, last = min(moment for moment, _ in dated), max(moment for moment, _ in dated)
    step = step_for((last - first).total_seconds(), most - 1)
    origin = slice_start(first, step)
    counts = [[0, 0, 0] for _ in range(_place(last, origin, step) + 1)]
    for moment, item in dated:
        kind = 2 if item.kind is not EntryKind.ACT else 1 if item.background else 0
        counts[_place(moment, origin, step)][kind] += 1
    bars = tuple(Bar(_start(origin, number, step), *row) for number, row in enumerate(counts))
    return Histogram(step_text(step), bars, undated)


def _place(moment: datetime, origin: datetime, step: int) -> int:
    return int((moment - origin).total_seconds() // step)


def _start(origin: datetime, number: int, step: int) -> str:
    return slice_text(origin + timedelta(seconds=number * step), step)
