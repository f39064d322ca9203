"""Files packed on a host, with a connection to the outside within a day after it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.rows import moment, text
from magistrate.network.model import Packing, Place
from magistrate.network.queries import query_text
from magistrate.network.thresholds import limit
from magistrate.network.usual import packing_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from magistrate.network.model import Pair
    from magistrate.store.base import Store

MOST_ROWS = 150
"""Most records of packing of one host that are looked at: one record can fill three of them, and 50 are shown."""

NONE_SEEN = "no outside connection seen in 24 hours"


def find_packing(
    store: Store,
    since: datetime,
    pairs: Sequence[Pair],
    same_source: Mapping[str, str],
    in_scope: Callable[[str], bool],
) -> tuple[tuple[Packing, str], ...]:
    """Packing on the hosts in scope, in order of time; with each comes the id of its record."""
    patterns = [{"part": item.part, "pattern": item.pattern} for item in packing_patterns()]
    store.register("network_pattern", (("part", "text"), ("pattern", "text")), patterns)
    outside = [pair for pair in pairs if pair.place is not Place.INSIDE]
    found: dict[str, tuple[Packing, str]] = {}
    for row in store.query(
        query_text("packing"), {"from_time": since, "most": MOST_ROWS}, name="network/packing"
    ):
        host, seen, key = text(row, "host") or "", moment(row, "seen"), text(row, "evidence_id") or ""
        if not in_scope(host):
            continue
        then = _then(host, seen, outside, same_source)
        kind, what = text(row, "kind") or "", text(row, "what") or "not recorded"
        found.setdefault(key, (Packing(host, kind, what, seen, then), key))
    return tuple(found.values())


def _then(host: str, seen: datetime | None, outside: Sequence[Pair], same_source: Mapping[str, str]) -> str:
    """The outside destination that was in use within a day after a time and got the most bytes or connections."""
    if seen is None:
        return NONE_SEEN
    end = seen + timedelta(hours=limit("staging_hours"))
    used = [
        pair
        for pair in outside
        if same_source.get(pair.src, pair.src) == host and pair.last >= seen and pair.first <= end
    ]
    if not used:
        return NONE_SEEN
    most = max(used, key=lambda pair: (pair.sent or 0, pair.number, pair.key))
    size = f"{most.sent:,} bytes out in all" if most.sent is not None else "no size data"
    return f"{most.names[0] if most.names else most.dst} port {most.port}, {size}"
