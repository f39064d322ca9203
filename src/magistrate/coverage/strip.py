"""How many records each channel of each host holds over the time of the case, in equal slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from magistrate.coverage.model import TamperSign
    from magistrate.store.base import Store, Value

SLICES = 32
_QUERY = """
SELECT COALESCE(r.host, 'unknown') AS host, COALESCE(r.Channel, 'unknown') AS channel, {slice} AS slice, COUNT(*) AS records
FROM record r
WHERE r.Timestamp IS NOT NULL
GROUP BY COALESCE(r.host, 'unknown'), COALESCE(r.Channel, 'unknown'), {slice}
ORDER BY host, channel, slice
"""


@dataclass(frozen=True, slots=True)
class StripRow:
    """Records of one channel of one host in each slice of the case's time. `signs` are slices with a scored sign."""

    host: str
    channel: str
    counts: tuple[int, ...]
    signs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Strip:
    """The rows with the time they span; no rows when no record has a time."""

    first: datetime | None
    last: datetime | None
    rows: tuple[StripRow, ...] = ()


def measure_strip(
    store: Store, first: datetime | None, last: datetime | None, signs: Iterable[TamperSign] = ()
) -> Strip:
    """Count records by host, channel and slice between two times, both included.

    Args:
        store: holds `record`.
        first: time of the first record of the case, None when no record has a time.
        last: time of the last one.
        signs: of tampering; those that take records away are marked in the rows of their channels.
    """
    if first is None or last is None:
        return Strip(None, None)
    step = (last - first) / SLICES
    bounds: dict[str, Value] = {f"end_{number}": first + step * (number + 1) for number in range(SLICES - 1)}
    cases = " ".join(f"WHEN r.Timestamp < :end_{number} THEN {number}" for number in range(SLICES - 1))
    query = _QUERY.replace("{slice}", f"CASE {cases} ELSE {SLICES - 1} END")
    counts: dict[tuple[str, str], list[int]] = {}
    for row in store.query(query, bounds, name="coverage.strip"):
        slices = counts.setdefault((str(row["host"]), str(row["channel"])), [0] * SLICES)
        slices[cast("int", row["slice"])] += cast("int", row["records"])
    marked = _marked(list(signs), first, last)
    rows = tuple(
        StripRow(host, channel, tuple(slices), _signs_of(marked, host, channel))
        for (host, channel), slices in sorted(counts.items())
    )
    return Strip(first, last, rows)


def _marked(
    signs: list[TamperSign], first: datetime, last: datetime
) -> list[tuple[str, tuple[str, ...], int]]:
    seconds = (last - first).total_seconds()
    found = []
    for sign in signs:
        if sign.scored and sign.channels and sign.utc is not None and first <= sign.utc <= last:
            share = (sign.utc - first).total_seconds() / seconds if seconds else 0.0
            found.append((sign.host, sign.channels, min(SLICES - 1, int(share * SLICES))))
    return found


def _signs_of(marked: list[tuple[str, tuple[str, ...], int]], host: str, channel: str) -> tuple[int, ...]:
    return tuple(
        sorted(
            {
                number
                for name, channels, number in marked
                if name == host and ("*" in channels or channel in channels)
            }
        )
    )
