"""Channels of each host: how much was read, over what time, with which holes and losses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from magistrate.coverage.model import ChannelCoverage
from magistrate.coverage.rules import tamper_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from magistrate.coverage.losses import Loss
    from magistrate.store.base import Row, Store

HOLES_LISTED = 20  # more are counted, not listed


@cache
def sql(name: str) -> str:
    """Text of a query of this package; `name` is the file name without `.sql`."""
    return resources.files("magistrate.coverage").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Hole:
    """Record ids that are missing, with the times of the records around them and the record behind them."""

    first: int
    last: int
    before: datetime | None
    after: datetime | None
    evidence_id: str

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True)
class MeasuredChannel:
    """A channel with the ends of its largest gap (None when it has fewer than two times) and its first holes."""

    coverage: ChannelCoverage
    gap_from: datetime | None
    gap_to: datetime | None
    holes: tuple[Hole, ...] = ()


def read_channels(store: Store, losses: Mapping[str, Loss]) -> tuple[MeasuredChannel, ...]:
    """Measure every channel of every host.

    Args:
        store: holds `record`.
        losses: what the intake lost, by file; a channel with records in such a file is `damaged`.

    Returns:
        One entry per host and channel, sorted; records without a host or channel are under `unknown`.
    """
    damaged = {
        (str(row["host"]), str(row["channel"]))
        for row in store.query(sql("files"), name="coverage.files")
        if row["file"] in losses
    }
    holes, counts = _holes(store)
    found: list[MeasuredChannel] = []
    for row in store.query(sql("channels"), name="coverage.channels"):
        key = (str(row["host"]), str(row["channel"]))
        gap = _seconds(row, "gap")
        missing, hole_count = counts.get(key, (0, 0))
        coverage = ChannelCoverage(
            host=key[0],
            channel=key[1],
            count=cast("int", row["records"]),
            first=cast("datetime | None", row["first_utc"]),
            last=cast("datetime | None", row["last_utc"]),
            largest_gap_seconds=gap,
            holes=tuple((hole.first, hole.last) for hole in holes.get(key, ())),
            missing_records=missing,
            state="damaged" if key in damaged else "present",
            usual_gap_seconds=_seconds(row, "usual"),
            rare_gap_seconds=_seconds(row, "rare"),
            gap_is_unusual=_is_unusual(gap, cast("int", row["records"]), cast("int", row["long_gaps"])),
            gap_from=cast("datetime | None", row["gap_from"]),
            hole_count=hole_count,
        )
        gap_to = cast("datetime | None", row["gap_to"])
        found.append(MeasuredChannel(coverage, coverage.gap_from, gap_to, tuple(holes.get(key, ()))))
    return tuple(found)


def _holes(store: Store) -> tuple[dict[tuple[str, str], list[Hole]], dict[tuple[str, str], tuple[int, int]]]:
    """The first holes of each channel, and how many ids and holes there are in all."""
    holes: dict[tuple[str, str], list[Hole]] = {}
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for row in store.query(sql("holes"), {"listed": HOLES_LISTED}, name="coverage.holes"):
        key = (str(row["host"]), str(row["channel"]))
        holes.setdefault(key, []).append(
            Hole(
                cast("int", row["first_missing"]),
                cast("int", row["last_missing"]),
                cast("datetime | None", row["earlier_utc"]),
                cast("datetime | None", row["utc"]),
                str(row["evidence_id"]),
            )
        )
        counts[key] = (cast("int", row["missing"]), cast("int", row["holes"]))
    return holes, counts


def _seconds(row: Row, name: str) -> float | None:
    start = cast("datetime | None", row[f"{name}_from"])
    end = cast("datetime | None", row[f"{name}_to"])
    return (end - start).total_seconds() if start and end else None


def _is_unusual(gap: float | None, records: int, long_gaps: int) -> bool:
    """Whether the largest gap stands alone: no other is half as long, and the channel shows its rhythm."""
    limits = tamper_table().limits
    known = records >= limits["silence_records"].value
    return known and gap is not None and gap >= limits["silence_minutes"].value * 60 and long_gaps <= 1
