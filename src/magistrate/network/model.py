"""What the network part of T2 found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field
from magistrate.network.beacon import BeaconScore  # noqa: TC001 - part of the runtime type of a field


class Place(StrEnum):
    """Where a destination lies."""

    OUTSIDE = "outside"
    UNDECLARED = "private, in none of the own networks"  # only where the site declared its networks
    INSIDE = "inside"


class Likelihood(StrEnum):
    """What a score may be called."""

    PROBABLE = "probable"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    TOO_SHORT = "too few to say"


@dataclass(frozen=True, slots=True)
class Pair:
    """All connections from one source to one destination and port that one kind of recorder saw.

    `names` are the names that records give the destination. `sources` is how many sources call it, of `all_sources`.
    `sent` and `back` are None where no bytes were recorded.
    """

    sensor: str
    src: str
    dst: str
    port: int
    place: Place
    number: int
    first: datetime
    last: datetime
    sent: int | None
    back: int | None
    longest_ms: int | None
    sources: int
    all_sources: int
    known_since: datetime
    evidence_id: str
    names: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What tells one pair from another."""
        return (self.sensor, self.src, self.dst, self.port)


@dataclass(frozen=True, slots=True)
class Beacon:
    """A pair with its score; `rank_score` has the `modifiers` added, each with its reason."""

    pair: Pair
    score: BeaconScore
    rank_score: float
    modifiers: tuple[str, ...]
    likelihood: Likelihood
    band: str  # high, medium, low or below
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class LongConnection:
    """A pair with a connection of an hour and more."""

    pair: Pair
    band: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Outflow:
    """Bytes that a source sent to one destination on one day, far above what it usually sends.

    `strong` is True where the volume, its rarity and the destination's rarity all hold (triage practice 3.3).
    For a program (SRUM) the destination is empty: the source does not say where the bytes went.
    """

    src: str
    dst: str
    day: str
    sent: int
    back: int | None
    z: float
    strong: bool
    reading: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NameTunnel:
    """Many names below one domain, asked by one source."""

    src: str
    domain: str
    names: int
    queries: int
    entropy: float
    unusual_share: float
    band: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Packing:
    """Packing of files on a host, and the first connection to the outside within a day after it."""

    host: str
    kind: str
    what: str
    utc: datetime | None
    then: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Transfer:
    """A background transfer with an outside address."""

    host: str
    uri: str
    number: int
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of network record: flow, connections (without bytes), proxy, dns or srum."""

    kind: str
    number: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Network:
    """Everything about flows.

    `scope` are the sources that were examined, empty for all of them, with `scope_note` saying why. `suppressed` counts
    pairs that were set aside as usual, by reason. `scored` is how many pairs have a score.
    """

    sources: tuple[Source, ...] = ()
    beacons: tuple[Beacon, ...] = ()
    strobes: tuple[Pair, ...] = ()
    long: tuple[LongConnection, ...] = ()
    outflows: tuple[Outflow, ...] = ()
    tunnels: tuple[NameTunnel, ...] = ()
    packing: tuple[Packing, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    suppressed: tuple[tuple[str, int], ...] = ()
    scored: int = 0
    since: datetime | None = None
    scope_note: str = ""
    t0: datetime | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Kinds of record that are not in the case."""
        return tuple(item.kind for item in self.sources if not item.number)
