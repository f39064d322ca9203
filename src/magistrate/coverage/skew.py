"""Estimates how far the clocks of two hosts differ, from what both of them logged (WMI telemetry 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import sql
from magistrate.coverage.model import Skew

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from magistrate.store.base import Row, Store

# Two records of one connection that differ by more are not one connection: ports are used again.
_MOST_SECONDS = 600
_LOGGING_SECONDS = 0.5
"""Least uncertainty of a measured difference: the two ends log one connection up to half a second apart. Origin: WMI
telemetry 5.1 (0.3 to 0.5 s between lab machines with agreeing clocks)."""
_DOMAIN_SECONDS = 5.0
"""Assumed for two hosts of one domain without a shared record. Origin: WMI telemetry 5.1."""
_STRANGER_SECONDS = 300.0
"""Assumed for any other two hosts: Kerberos tolerates five minutes. Origin: WMI telemetry 5.1."""
_METHODS = ("connection", "logon_connection", "ticket")
"""The most exact first: both ends of one connection, a logon and the caller's connection, a shared Kerberos ticket."""
_METHOD_WORDS = {
    "connection": "connections that both logged",
    "logon_connection": "logons and the connections behind them",
    "ticket": "Kerberos logons that both logged",
}


@dataclass(frozen=True, slots=True)
class ClockRelation:
    """How the clocks of two hosts stand to each other. Add `seconds` to the first host's time to get the second's.

    An order of two records, one of each host, is claimed only when they are more than `uncertainty_seconds` apart
    after the difference is taken out. `samples` is 0 when the difference is assumed and not measured.
    """

    first_host: str
    second_host: str
    seconds: float
    uncertainty_seconds: float
    samples: int
    basis: str

    @property
    def statement(self) -> str:
        """One sentence: the difference, what it was measured from, and what order it allows."""
        limit = f"an order within {_number(self.uncertainty_seconds)} s is not claimed"
        if not self.samples:
            return (
                f"The clocks of {self.first_host} and {self.second_host} were not compared ({self.basis}); "
                f"{limit}."
            )
        ahead = self.second_host if self.seconds >= 0 else self.first_host
        behind = self.first_host if self.seconds >= 0 else self.second_host
        size = abs(self.seconds)
        how = f"{ahead} is {_number(size)} s ahead of {behind}" if size >= 0.05 else "they agree"
        return f"Clocks of {self.first_host} and {self.second_host}: {how} ({self.basis}); {limit}."

    def orders(self, first: datetime, second: datetime) -> bool | None:
        """Whether the first host's record came before the second host's; None when the clocks do not tell."""
        apart = (second - first - timedelta(seconds=self.seconds)).total_seconds()
        return None if abs(apart) <= self.uncertainty_seconds else apart > 0


def estimate_skews(store: Store) -> tuple[Skew, ...]:
    """Compare the times of what two hosts logged of one thing, for every pair of hosts.

    Returns:
        One estimate per pair, channel and method, sorted; a pair that shares nothing has none, which means that its
        skew is unknown, not zero. Logging delay is part of the estimate.
    """
    groups: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in store.query(sql("connection_pairs"), {"most_seconds": _MOST_SECONDS}, name="coverage.skew"):
        key = (str(row["first_host"]), str(row["second_host"]), str(row["channel"]), str(row["method"]))
        groups.setdefault(key, []).append(row)
    order = {name: number for number, name in enumerate(_METHODS)}
    keys = sorted(groups, key=lambda key: (*key[:3], order[key[3]]))
    return tuple(_estimate(key, groups[key]) for key in keys)


def _estimate(key: tuple[str, str, str, str], rows: Sequence[Row]) -> Skew:
    """Read median, ends and quartiles from the samples that the query picked."""
    first_host, second_host, channel, method = key
    count = cast("int", rows[0]["n"])
    at = {cast("int", row["nth"]): _difference(row) for row in rows}
    middle = [seconds for nth, seconds in at.items() if count <= nth * 2 <= count + 2]
    low = next(seconds for nth, seconds in sorted(at.items()) if nth * 4 >= count)
    high = next(seconds for nth, seconds in sorted(at.items()) if nth * 4 >= 3 * count)
    return Skew(
        first_host=first_host,
        second_host=second_host,
        channel=channel,
        seconds=round(median(middle), 6),
        connections=count,
        lowest_seconds=at[1],
        highest_seconds=at[count],
        method=method,
        spread_seconds=round(high - low, 6),
    )


def _difference(row: Row) -> float:
    first, second = cast("datetime", row["first_utc"]), cast("datetime", row["second_utc"])
    return (second - first).total_seconds()


def relate_clocks(skews: Iterable[Skew], first_host: str, second_host: str) -> ClockRelation:
    """How the clocks of two hosts stand to each other, measured where the logs allow, assumed where not.

    Channels of one host may disagree: then the uncertainty covers all of them.

    Args:
        skews: as `estimate_skews` gives them.
        first_host: host key.
        second_host: host key; the order of the two is kept.
    """
    low, high = sorted((first_host, second_host))
    own = [item for item in skews if (item.first_host, item.second_host) == (low, high)]
    if not own:
        return _assumed(first_host, second_host)
    best = min(own, key=_rank)
    uncertainty = max(_LOGGING_SECONDS, best.spread_seconds, *(abs(i.seconds - best.seconds) for i in own))
    if best.connections == 1:
        uncertainty = max(uncertainty, 2 * _LOGGING_SECONDS)
    sign = 1 if (first_host, second_host) == (low, high) else -1
    times = "1 sample" if best.connections == 1 else f"median of {best.connections} samples"
    basis = f"{times}, spread {_number(best.highest_seconds - best.lowest_seconds)} s, {_METHOD_WORDS[best.method]}"
    return ClockRelation(first_host, second_host, sign * best.seconds, uncertainty, best.connections, basis)


def _rank(item: Skew) -> tuple[int, bool, int, str]:
    """The most exact method first, one channel before two, then the most samples."""
    return (_METHODS.index(item.method), item.channel == "mixed", -item.connections, item.channel)


def _assumed(first_host: str, second_host: str) -> ClockRelation:
    domains = [name.partition(".")[2] for name in (first_host, second_host)]
    if domains[0] and domains[0] == domains[1]:
        return ClockRelation(
            first_host, second_host, 0.0, _DOMAIN_SECONDS, 0, "no shared record; assumed for one domain"
        )
    return ClockRelation(
        first_host, second_host, 0.0, _STRANGER_SECONDS, 0, "no shared record; assumed for any two hosts"
    )


def _number(seconds: float) -> str:
    return f"{seconds:.1f}" if seconds < 10 else f"{seconds:,.0f}"
