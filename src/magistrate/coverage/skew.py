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
    """Clock difference of two hosts. `seconds` is how far the second host's clock is ahead of the first's.

    `channel` is the channel in which both logged the connections, or `mixed`. Channels are kept apart because their
    clocks differ on one host too: a public recording has Sysmon 3.4 s off while Security agrees to the second.
    """

    first_host: str
    second_host: str
    channel: str
    seconds: float
    connections: int
    lowest_seconds: float
    highest_seconds: float


def estimate_skews(store: Store) -> tuple[Skew, ...]:
    """Compare the times of shared TCP connections for every pair of hosts.

    Returns:
        One estimate per pair and channel, sorted; a pair without a shared connection has none, which means that
        its skew is unknown, not zero. Logging delay is part of the estimate.
    """
    differences: dict[tuple[str, str, str], list[float]] = {}
    for row in store.query(sql("connection_pairs"), name="coverage.skew"):
        first, second = cast("datetime", row["first_utc"]), cast("datetime", row["second_utc"])
        seconds = (second - first).total_seconds()
        if abs(seconds) <= _MOST_SECONDS:
            key = (str(row["first_host"]), str(row["second_host"]), str(row["channel"]))
            differences.setdefault(key, []).append(seconds)
    return tuple(
        Skew(first, second, channel, round(median(values), 6), len(values), min(values), max(values))
        for (first, second, channel), values in sorted(differences.items())
    )
