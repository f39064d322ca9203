"""Large outflow: days on which a source, or a program, sent far more than it usually does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from magistrate.activity.rows import number, text
from magistrate.network.flows import is_nowhere, place_of
from magistrate.network.model import Outflow, Place
from magistrate.network.queries import flow_query, query_text
from magistrate.network.thresholds import limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from magistrate.context.model import Context
    from magistrate.store.base import Row, Store

_BATCH = 50_000
_Z = 0.6745  # scales the median absolute deviation to a standard deviation of a normal distribution


@dataclass(frozen=True, slots=True)
class _Day:
    """Bytes of one source to one destination on one day."""

    dst: str
    day: str
    sent: int
    back: int | None
    evidence_id: str


def find_outflows(
    store: Store, since: datetime, context: Context, in_scope: Callable[[str], bool]
) -> tuple[tuple[Outflow, str], ...]:
    """Days with a large outflow to the outside, the largest first; with each comes the id of a record."""
    rows = store.query(flow_query("destinations"), name="network/destinations")
    sources = {str(row["dst"]): number(row, "sources") or 0 for row in rows}
    senders = store.query(flow_query("senders"), {"from_time": since}, name="network/senders")
    every = number(senders[0], "number") or 0
    found: list[tuple[Outflow, str]] = []
    for src, days in _by_source(_days(store, flow_query("days"), since, "src", "dst")):
        outside = [
            item
            for item in days
            if not is_nowhere(item.dst) and place_of(context, item.dst) is not Place.INSIDE
        ]
        if in_scope(src):
            found += _unusual(src, outside, _rarity(sources, every))
    return tuple(sorted(found, key=lambda item: (-item[0].sent, item[0].src, item[0].dst, item[0].day)))


def find_program_outflows(store: Store, since: datetime) -> tuple[tuple[Outflow, str], ...]:
    """Days on which a program sent far more than programs of the same export usually do."""
    days = [
        (_Day(f"{text(row, 'program') or 'unknown program'}", *_figures(row)))
        for row in store.query(query_text("programs"), {"from_time": since}, name="network/programs")
    ]
    found = _unusual("host of the SRUM export", days, lambda _: False)
    return tuple(sorted(found, key=lambda item: (-item[0].sent, item[0].dst, item[0].day)))


def _days(store: Store, sql: str, since: datetime, src: str, dst: str) -> Iterator[tuple[str, _Day]]:
    for batch in store.batches(sql, {"from_time": since}, rows=_BATCH, name="network/days"):
        for row in batch.to_pylist():
            yield str(row[src]), _Day(str(row[dst]), *_figures(row))


def _figures(row: Row) -> tuple[str, int, int | None, str]:
    back = row.get("back")
    return (
        str(row["day"])[:10],
        int(str(row["sent"])),
        None if back is None else int(str(back)),
        text(row, "evidence_id") or "",
    )


def _by_source(days: Iterable[tuple[str, _Day]]) -> Iterator[tuple[str, list[_Day]]]:
    """The days of one source at a time; they come in order of the source."""
    current, kept = None, list[_Day]()
    for src, day in days:
        if src != current:
            if current is not None:
                yield current, kept
            current, kept = src, []
        kept.append(day)
    if current is not None:
        yield current, kept


def _rarity(sources: Mapping[str, int], every: int) -> Callable[[str], bool]:
    """Whether a destination is called by one source alone or by few of many."""

    def rare(destination: str) -> bool:
        return sources.get(destination, 0) <= max(1.0, every * limit("rare_share"))

    return rare


def _unusual(src: str, days: Sequence[_Day], rare: Callable[[str], bool]) -> list[tuple[Outflow, str]]:
    scores = robust_z([math.log10(item.sent) for item in days])
    found = []
    for item, z in zip(days, scores, strict=True):
        large = item.sent >= limit("volume_bytes")
        symmetry = byte_symmetry(item.sent, item.back)
        if not large or (z <= limit("volume_z") and (symmetry is None or symmetry <= limit("exfil_pcr"))):
            continue
        strong = z > limit("volume_z") and rare(item.dst)
        found.append(
            (
                Outflow(src, item.dst, item.day, item.sent, item.back, z, strong, reading(symmetry)),
                item.evidence_id,
            )
        )
    return found


def robust_z(values: Sequence[float]) -> list[float]:
    """How many scaled median deviations each value lies above the median of all; 0 for a single one."""
    if not values:
        return []
    middle = median(values)
    spread = max(median(abs(value - middle) for value in values), limit("volume_mad_floor"))
    return [_Z * (value - middle) / spread for value in values]


def byte_symmetry(sent: int | None, back: int | None) -> float | None:
    """(out - in) / (out + in): 1 only sends, -1 only receives; None without bytes."""
    if sent is None or back is None or sent + back <= 0:
        return None
    return (sent - back) / (sent + back)


def reading(symmetry: float | None, *, long: bool = False) -> str:
    """What the byte symmetry of a pair reads as (triage practice 3.3)."""
    if symmetry is None:
        return "no size data"
    if symmetry > limit("exfil_pcr"):
        return f"byte symmetry {symmetry:+.2f}: upload"
    if symmetry < -limit("exfil_pcr"):
        return f"byte symmetry {symmetry:+.2f}: download"
    if long and abs(symmetry) < limit("tunnel_pcr"):
        return f"byte symmetry {symmetry:+.2f}: interactive tunnel"
    return f"byte symmetry {symmetry:+.2f}"
