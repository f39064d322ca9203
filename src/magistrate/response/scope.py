"""What a plan is made from: targets, facts and gaps of a case, as plain data that a case folder keeps.

A plan can be made again from it without the evidence, for instance when the site context has become known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How well a target may be acted on."""

    OPEN = "open"  # the inventory says what it is, and that is nothing protected
    UNKNOWN = "unknown"  # nobody said what it is: treated as protected
    PROTECTED = "protected"  # many others, or the way back, depend on it
    AMBIGUOUS = "ambiguous"  # the name may mean more than one thing


@dataclass(frozen=True, slots=True)
class Guard:
    """Whether a target may get a command, and why; `why` is a whole sentence."""

    level: Level
    why: str

    @property
    def is_open(self) -> bool:
        """Whether commands may be printed for the target."""
        return self.level is Level.OPEN


@dataclass(frozen=True, slots=True)
class HostTarget:
    """A host of the deciding stories.

    `examined` says whether the case holds its logs, `directory` whether these are of a domain controller. `addresses`
    are those it was seen acting from. `lacks` are ids of the items of collection.yml that the case does not hold.
    """

    name: str
    guard: Guard
    examined: bool
    directory: bool
    addresses: tuple[str, ...]
    lacks: tuple[str, ...]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountTarget:
    """An account that a record cites. `sid` is None when none or more than one (`several_sids`) is known."""

    name: str
    sid: str | None
    several_sids: bool
    logon_ids: tuple[int, ...]
    hosts: tuple[str, ...]
    purpose: str
    machine: bool
    local: bool
    guard: Guard
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceTarget:
    """A source address and the hosts it reached."""

    address: str
    guard: Guard
    targets: tuple[str, ...]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionTarget:
    """A consumer on a host, with its filter where a binding names it."""

    host: str
    namespace: str
    consumer: str
    filter: str
    guard: Guard
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact of the case in a sentence, with the records that show it."""

    text: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything a plan needs to know of a case.

    `facts` are the names of the containment facts that hold for the case; those of single targets are worked out with
    the plan. `first_seen` is the earliest time of any evidence of the acting stories, `first_seen` and
    `last_known_good` are None when no time is known; all times are UTC text. `uncovered` says what the last known good
    time cannot promise, `rebuild` why to rebuild instead of clean. `lacks` are the recordings not proved on some host,
    as `name on host`. `management` are the management hosts of the site context.
    """

    disposition: str
    severity: str | None
    facts: tuple[str, ...]
    reasons: tuple[Reason, ...]
    hosts: tuple[HostTarget, ...]
    accounts: tuple[AccountTarget, ...]
    sources: tuple[SourceTarget, ...]
    subscriptions: tuple[SubscriptionTarget, ...]
    disputed: tuple[str, ...]
    management: tuple[str, ...]
    first_seen: str | None
    last_known_good: str | None
    last_seen: str | None
    uncovered: tuple[str, ...]
    rebuild: tuple[Reason, ...]
    lacks: tuple[str, ...]
    credential_evidence: tuple[str, ...]
    evidence_ids: tuple[str, ...]
    context: str | None
