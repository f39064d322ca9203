"""Reads the pairs of the case and scores them one at a time, so that memory does not grow with the connections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.rows import moment, number, text
from magistrate.context.lookup import is_own_address, is_public_address, parse_address
from magistrate.network.beacon import BeaconScore, Span, beacon_score
from magistrate.network.model import Beacon, Likelihood, Pair, Place
from magistrate.network.queries import flow_query, query_text
from magistrate.network.thresholds import limit
from magistrate.network.usual import is_own_usual, usual_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from magistrate.context.model import Context
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Store, Value

_BATCH = 50_000
_PAIR_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    ("sensor", "text"),
    ("src", "text"),
    ("dst", "text"),
    ("port", "bigint"),
)
_SENSORS = ("zeek names", "zeek", "sysmon", "filtering platform")
"""Kinds of recorder, the most telling first: where two saw the same source and destination, the first counts."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What one kind of recorder saw as a whole."""

    span: Span
    sources: int


@dataclass(slots=True)
class _Series:
    """The connections of the pair that is being read."""

    key: tuple[str, str, str, int]
    stamps: list[float]
    sizes: list[int]
    first_id: str
    last_id: str


def read_recordings(store: Store, since: datetime) -> dict[str, Recording]:
    """What each kind of recorder saw since a time."""
    rows = store.query(flow_query("spans"), {"from_time": since}, name="network/spans")
    found = {}
    for row in rows:
        first, last = moment(row, "first_seen"), moment(row, "last_seen")
        if first and last:
            span = Span(first.timestamp(), last.timestamp())
            found[str(row["sensor"])] = Recording(span, number(row, "sources") or 0)
    return found


def read_pairs(
    store: Store, since: datetime, context: Context, recordings: dict[str, Recording]
) -> tuple[Pair, ...]:
    """Pairs with enough connections for a score or with a long one, with the names of their destinations."""
    bound: dict[str, Value] = {
        "from_time": since,
        "least": int(limit("min_stamps")),
        "longest": int(limit("long_hours") * 3_600_000),
    }
    rows = store.query(flow_query("pairs"), bound, name="network/pairs")
    pairs = [pair for row in rows if (pair := _pair(row, context, recordings)) is not None]
    names = read_names(store, {pair.dst for pair in pairs})
    return tuple(replace(pair, names=names.get(pair.dst, ())) for pair in pairs)


def read_names(store: Store, destinations: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Names that TLS, HTTP and host records give these addresses, the most usual first; at most three."""
    store.register(
        "network_destination", (("dst", "text"),), ({"dst": name} for name in sorted(destinations))
    )
    found: dict[str, list[str]] = {}
    for row in store.query(query_text("names"), name="network/names"):
        found.setdefault(str(row["dst"]), []).append(str(row["name"]))
    return {dst: tuple(names[:3]) for dst, names in found.items()}


def _pair(row: Row, context: Context, recordings: dict[str, Recording]) -> Pair | None:
    dst = text(row, "dst") or ""
    first, last, known = moment(row, "first_seen"), moment(row, "last_seen"), moment(row, "known_since")
    if not (first and last and known) or is_nowhere(dst):
        return None
    sensor = str(row["sensor"])
    return Pair(
        sensor=sensor,
        src=text(row, "src") or "",
        dst=dst,
        port=number(row, "port") or 0,
        place=place_of(context, dst),
        number=number(row, "number") or 0,
        first=first,
        last=last,
        sent=number(row, "sent"),
        back=number(row, "back"),
        longest_ms=number(row, "longest"),
        sources=number(row, "sources") or 0,
        all_sources=recordings[sensor].sources,
        known_since=known,
        evidence_id=text(row, "evidence_id") or "",
    )


def is_nowhere(destination: str) -> bool:
    """Loopback, multicast, broadcast and the unspecified address: nobody's host."""
    address = parse_address(destination)
    if address is None:
        return not destination
    return (
        address.is_loopback or address.is_multicast or address.is_unspecified or destination.endswith(".255")
    )


def place_of(context: Context, destination: str) -> Place:
    """Where a destination lies; a name that is no address is taken for outside when it has a public form."""
    if parse_address(destination) is None:
        inside = "." not in destination or destination.endswith((".local", ".internal", ".lan", ".corp"))
        return Place.INSIDE if inside else Place.OUTSIDE
    if is_own_address(context, destination):
        return Place.INSIDE
    if is_public_address(destination):
        return Place.OUTSIDE
    return Place.UNDECLARED if context.own_networks else Place.INSIDE


def without_twins(pairs: Iterable[Pair], same_source: dict[str, str]) -> tuple[Pair, ...]:
    """Keep one of the pairs that several recorders saw, and the name in place of its address.

    Args:
        pairs: all pairs.
        same_source: name of the host that an address belongs to.
    """
    kept: dict[tuple[str, str, int], Pair] = {}
    for pair in sorted(pairs, key=lambda item: (_SENSORS.index(item.sensor), item.key)):
        source = same_source.get(pair.src, pair.src)
        spellings = [(source, name, pair.port) for name in (pair.dst, *pair.names)]
        known = next((kept[key] for key in spellings if key in kept), None)
        if known is not None and known.number >= 0.9 * pair.number:
            continue
        kept[(source, pair.dst, pair.port)] = pair
    return tuple(sorted(kept.values(), key=lambda item: item.key))


def set_aside(pair: Pair, context: Context) -> str | None:
    """Why a pair is usual and not ranked; None for one that is ranked."""
    if is_own_usual(context, pair.dst, pair.names):
        return "the site's own list"
    what = next((found for name in (*pair.names, pair.dst) if (found := usual_name(name))), None)
    common = pair.all_sources >= limit("prevalence_hosts") and pair.sources >= pair.all_sources * limit(
        "common_share"
    )
    return f"{what}, called by most hosts" if what and common else None


def is_strobe(pair: Pair) -> bool:
    """Whether a pair has so many connections that intervals say nothing."""
    days = max(1.0, (pair.last - pair.first).total_seconds() / 86_400)
    return pair.number / days >= limit("strobe_per_day") or pair.number > limit("most_stamps")


def score_pairs(
    store: Store, pairs: Sequence[Pair], since: datetime, recordings: dict[str, Recording]
) -> tuple[tuple[Beacon, tuple[str, str]], ...]:
    """Score each pair; with each comes the id of its first and last record.

    The connections of one pair at a time are in memory. Pairs with too few intervals have no score and are left out.
    """
    by_key = {pair.key: pair for pair in pairs}
    store.register("network_pair", _PAIR_COLUMNS, (_pair_row(pair) for pair in pairs))
    found = []
    for series in _series(store, since):
        pair = by_key[series.key]
        recording = recordings[pair.sensor]
        score = beacon_score(series.stamps, series.sizes, recording.span)
        if score is not None:
            found.append((_beacon(pair, score, recording.span), (series.first_id, series.last_id)))
    return tuple(sorted(found, key=lambda item: _rank(item[0])))


def _pair_row(pair: Pair) -> Row:
    return {"sensor": pair.sensor, "src": pair.src, "dst": pair.dst, "port": pair.port}


def _series(store: Store, since: datetime) -> Iterator[_Series]:
    current: _Series | None = None
    batches = store.batches(flow_query("stamps"), {"from_time": since}, rows=_BATCH, name="network/stamps")
    for batch in batches:
        for row in batch.to_pylist():
            key = (row["sensor"], row["src"], row["dst"], row["port"])
            if current is None or current.key != key:
                if current is not None:
                    yield current
                current = _Series(key, [], [], row["evidence_id"], row["evidence_id"])
            current.stamps.append(row["seen"].timestamp())
            current.last_id = row["evidence_id"]
            if row["sent"] is not None:
                current.sizes.append(row["sent"])
    if current is not None:
        yield current


def _beacon(pair: Pair, score: BeaconScore, span: Span) -> Beacon:
    change, modifiers = _modifiers(pair, span)
    total = min(1.0, max(0.0, score.score + change))
    return Beacon(pair, score, total, modifiers, _likelihood(pair, score, total), _band(total))


def _modifiers(pair: Pair, span: Span) -> tuple[float, tuple[str, ...]]:
    """What raises or lowers a score: how many hosts call the destination, and since when it is known."""
    step = limit("modifier")
    said: list[tuple[float, str]] = []
    share = pair.sources / pair.all_sources if pair.all_sources >= limit("prevalence_hosts") else None
    if share is not None and (share <= limit("rare_share") or share >= limit("common_share")):
        sign = step if share <= limit("rare_share") else -step
        said.append((sign, f"called by {pair.sources} of {pair.all_sources} hosts"))
    known = timedelta(seconds=span.last - pair.known_since.timestamp())
    before = timedelta(seconds=pair.known_since.timestamp() - span.first)
    if known >= timedelta(days=limit("old_days")):
        said.append((-step, f"known for {known.days} days"))
    elif known <= timedelta(days=limit("new_days")) and before >= timedelta(days=1):
        said.append((step, f"first seen {before.days} days into the recording"))
    return sum(change for change, _ in said), tuple(f"{change:+.2f} {why}" for change, why in said)


def _likelihood(pair: Pair, score: BeaconScore, total: float) -> Likelihood:
    if pair.number < limit("possible_stamps") or score.hours < limit("min_hours"):
        return Likelihood.TOO_SHORT
    if pair.number >= limit("probable_stamps") and total >= limit("band_medium"):
        return Likelihood.PROBABLE
    return Likelihood.POSSIBLE if total >= limit("band_low") else Likelihood.UNLIKELY


def _band(total: float) -> str:
    for name in ("high", "medium", "low"):
        if total >= limit(f"band_{name}"):
            return name
    return "below"


_PLACES = tuple(Place)


def _rank(beacon: Beacon) -> tuple[int, float, float, tuple[str, str, str, int]]:
    """Outside before inside, then by score."""
    return (
        _PLACES.index(beacon.pair.place),
        -round(beacon.rank_score, 6),
        -round(beacon.score.score, 6),
        beacon.pair.key,
    )
