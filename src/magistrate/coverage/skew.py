"""Estimates how far the clocks of two hosts differ, from connections that both of them logged (WMI telemetry 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import sql

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.store.base import Store

# Two records of one connection that differ by more are not one connection: ports are used again.
_MOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Skew:
    """Clock difference of two hosts. `seconds` is how far the second host's clock is ahead of the first's."""

    first_host: str
    second_host: str
    seconds: float
    connections: int
    lowest_seconds: float
    highest_seconds: float


def estimate_skews(store: Store) -> tuple[Skew, ...]:
    """Compare the times of shared TCP connections for every pair of hosts.

    Returns:
        One estimate per pair, sorted by host names; a pair without a shared connection has none, which means that
        its skew is unknown, not zero. Logging delay is part of the estimate.
    """
    differences: dict[tuple[str, str], list[float]] = {}
    for row in store.query(sql("connection_pairs"), name="coverage.skew"):
        first, second = cast("datetime", row["first_utc"]), cast("datetime", row["second_utc"])
        seconds = (second - first).total_seconds()
        if abs(seconds) <= _MOST_SECONDS:
            differences.setdefault((str(row["first_host"]), str(row["second_host"])), []).append(seconds)
    return tuple(
        Skew(first, second, round(median(values), 6), len(values), min(values), max(values))
        for (first, second), values in sorted(differences.items())
    )
