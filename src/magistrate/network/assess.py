"""Assesses the flows of a case: command channels, outflow, names, and what could not be assessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from magistrate.activity.hosts import map_hosts
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.context.lookup import is_external_address
from magistrate.network.flows import (
    is_strobe,
    read_pairs,
    read_recordings,
    score_pairs,
    set_aside,
    without_twins,
)
from magistrate.network.model import Beacon, LongConnection, Network, Pair, Place, Source, Transfer
from magistrate.network.packing import find_packing
from magistrate.network.queries import query_text
from magistrate.network.thresholds import limit
from magistrate.network.tunnels import find_tunnels
from magistrate.network.usual import is_own_usual, usual_name
from magistrate.network.volume import find_outflows, find_program_outflows

if TYPE_CHECKING:
    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.events.evidence import Evidence
    from magistrate.store.base import Store

KEPT = 50
"""Most rows of each kind that leave this stage; counts tell of the others."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_QUOTED = ("SourceIp", "DestinationIp", "DestinationPort", "DestinationHostname", "QueryName", "Image", "OrigBytes",
           "RespBytes", "Uri", "CommandLine", "TargetFilename")  # fmt: skip

T = TypeVar("T", Beacon, LongConnection, Transfer)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which sources are examined: hosts of the stories, by any of their names and addresses."""

    names: frozenset[str]
    same_source: Mapping[str, str]
    note: str

    def holds(self, source: str) -> bool:
        """Whether a source is examined; every source is where no host is known."""
        return not self.names or source in self.names or self.same_source.get(source, source) in self.names


def assess_network(store: Store, stories: Sequence[Story], context: Context) -> Network:
    """Assess the flows of the sources and targets from seven days before the first activity on.

    Args:
        store: the events of the case.
        stories: all stories; without an acting one all sources are examined over the whole time.
        context: tells what is inside and what is usual.
    """
    acting = [story for story in stories if not story.background and story.first]
    t0 = min((story.first for story in acting if story.first), default=None)
    since = t0 - timedelta(days=limit("days_before")) if t0 else BEGINNING
    recordings = read_recordings(store, since)
    pairs = read_pairs(store, since, context, recordings)
    scope = _scope(store, acting, context, pairs)
    mine = without_twins((pair for pair in pairs if scope.holds(pair.src)), dict(scope.same_source))
    reasons = {pair.key: set_aside(pair, context) for pair in mine}
    ranked = [pair for pair in mine if reasons[pair.key] is None]
    strobes = [pair for pair in ranked if is_strobe(pair)]
    scored = score_pairs(store, [pair for pair in ranked if not is_strobe(pair)], since, recordings)
    long = _long(ranked)
    outflows = find_outflows(store, since, context, scope.holds)[:KEPT]
    programs = find_program_outflows(store, since)[:KEPT]

    def usual(name: str) -> bool:
        return is_own_usual(context, name, ()) or usual_name(name) is not None

    tunnels = find_tunnels(store, since, scope.holds, usual)[:KEPT]
    packing = find_packing(store, since, mine, scope.same_source, scope.holds)[:KEPT]
    transfers = _transfers(store, since, context, scope.holds)[:KEPT]
    proof = _Records(store, scored[:KEPT], (*outflows, *programs, *tunnels, *packing, *transfers), long)
    return Network(
        sources=_sources(store, since),
        beacons=tuple(replace(item, evidence=proof.of(*ids)) for item, ids in scored[:KEPT]),
        strobes=tuple(strobes[:KEPT]),
        long=tuple(replace(item, evidence=proof.of(item.pair.evidence_id)) for item in long[:KEPT]),
        outflows=tuple(replace(item, evidence=proof.of(key)) for item, key in (*outflows, *programs)),
        tunnels=tuple(replace(item, evidence=proof.of(key)) for item, key in tunnels),
        packing=tuple(replace(item, evidence=proof.of(key)) for item, key in packing),
        transfers=tuple(replace(item, evidence=proof.of(key)) for item, key in transfers),
        suppressed=tuple(sorted(Counter(reason for reason in reasons.values() if reason).items())),
        scored=len(scored),
        since=since if t0 else None,
        scope_note=scope.note,
        t0=t0,
    )


def _scope(store: Store, stories: Sequence[Story], context: Context, pairs: Iterable[Pair]) -> Scope:
    hosts = map_hosts(store, context)
    same = {address: name for address, (name, _) in hosts.owner.items()}
    wanted = {hosts.key_of(name) or name for story in stories for name in story.hosts}
    wanted |= {story.source_ip.lower() for story in stories if story.source_ip}
    names = frozenset(wanted | {a for host in wanted for a in hosts.addresses.get(host, ())})
    if not stories:
        return Scope(frozenset(), same, "all sources, because no story says which hosts matter")
    found = Scope(names, same, "sources and targets of the stories")
    if any(found.holds(pair.src) for pair in pairs) or not any(True for _ in pairs):
        return found
    return Scope(frozenset(), same, "all sources, because no record ties an address to a host of the stories")


def _long(pairs: Iterable[Pair]) -> list[LongConnection]:
    least = limit("long_hours")
    found = []
    for pair in pairs:
        hours = (pair.longest_ms or 0) / 3_600_000
        if hours < least or pair.place is Place.INSIDE:
            continue
        band = next(
            (name for name in ("high", "medium", "low") if hours >= limit(f"long_{name}_hours")), "base"
        )
        found.append(LongConnection(pair, band))
    return sorted(found, key=lambda item: (-(item.pair.longest_ms or 0), item.pair.key))


def _transfers(
    store: Store, since: datetime, context: Context, holds: Callable[[str], bool]
) -> list[tuple[Transfer, str]]:
    found = []
    for row in store.query(query_text("transfers"), {"from_time": since}, name="network/transfers"):
        host, uri = text(row, "host") or "", text(row, "Uri") or ""
        server = uri.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
        inside = not is_external_address(context, server) and "." not in server
        if not holds(host) or inside or usual_name(server) or is_own_usual(context, server, ()):
            continue
        found.append((Transfer(host, uri, number(row, "number") or 0), text(row, "evidence_id") or ""))
    return found


def _sources(store: Store, since: datetime) -> tuple[Source, ...]:
    return tuple(
        Source(
            str(row["kind"]), number(row, "number") or 0, moment(row, "first_seen"), moment(row, "last_seen")
        )
        for row in store.query(query_text("sources"), {"from_time": since}, name="network/sources")
    )


class _Records:
    """Pointers to the records that the results stand on, fetched at once."""

    def __init__(
        self,
        store: Store,
        scored: Iterable[tuple[Beacon, tuple[str, str]]],
        others: Iterable[tuple[object, str]],
        long: Iterable[LongConnection],
    ) -> None:
        wanted = {key for _, ids in scored for key in ids} | {key for _, key in others}
        wanted |= {item.pair.evidence_id for item in long}
        store.register(
            "network_cited", (("evidence_id", "text"),), ({"evidence_id": key} for key in sorted(wanted))
        )
        rows = store.query(query_text("records"), name="network/records")
        self._known = {str(row["evidence_id"]): evidence_of(row, *_QUOTED) for row in rows}

    def of(self, *keys: str) -> tuple[Evidence, ...]:
        """Pointers to these records, each once."""
        return tuple(self._known[key] for key in dict.fromkeys(keys) if key in self._known)
