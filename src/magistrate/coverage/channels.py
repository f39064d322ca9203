"""Channels of each host: how much was read, over what time, with which holes and losses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from magistrate.coverage.model import ChannelCoverage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from magistrate.coverage.losses import Loss
    from magistrate.store.base import Store

HOLES_LISTED = 20  # more are counted, not listed


@cache
def sql(name: str) -> str:
    """Text of a query of this package; `name` is the file name without `.sql`."""
    return resources.files("magistrate.coverage").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class MeasuredChannel:
    """A channel with the ends of its largest gap; None when it has fewer than two times."""

    coverage: ChannelCoverage
    gap_from: datetime | None
    gap_to: datetime | None


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
    holes: dict[tuple[str, str], list[tuple[int, int]]] = {}
    missing: dict[tuple[str, str], int] = {}
    for row in store.query(sql("holes"), {"listed": HOLES_LISTED}, name="coverage.holes"):
        key = (str(row["host"]), str(row["channel"]))
        holes.setdefault(key, []).append(
            (cast("int", row["first_missing"]), cast("int", row["last_missing"]))
        )
        missing[key] = cast("int", row["missing"])
    found: list[MeasuredChannel] = []
    for row in store.query(sql("channels"), name="coverage.channels"):
        key = (str(row["host"]), str(row["channel"]))
        gap_from, gap_to = cast("datetime | None", row["gap_from"]), cast("datetime | None", row["gap_to"])
        coverage = ChannelCoverage(
            host=key[0],
            channel=key[1],
            count=cast("int", row["records"]),
            first=cast("datetime | None", row["first_utc"]),
            last=cast("datetime | None", row["last_utc"]),
            largest_gap_seconds=(gap_to - gap_from).total_seconds() if gap_from and gap_to else None,
            holes=tuple(holes.get(key, ())),
            missing_records=missing.get(key, 0),
            state="damaged" if key in damaged else "present",
        )
        found.append(MeasuredChannel(coverage, gap_from, gap_to))
    return tuple(found)
