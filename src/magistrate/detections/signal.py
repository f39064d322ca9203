"""What a signal is: one sign of another technique, by our own pack, another product's alert or a Sigma rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field


class Level(StrEnum):
    """How much a signal says on its own."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Place in the order from low (0) to critical (3)."""
        return list(Level).index(self)


class SignalSource(StrEnum):
    """Who says so: the pack that ships with Magistrate, another product's alert, a Sigma rule of the user."""

    PACK = "pack"
    ALERT = "alert"
    SIGMA = "sigma"


@dataclass(frozen=True, slots=True)
class Signal:
    """One sign of another technique on one host.

    `count` is how many records carry it; `evidence` points to the first of them, at most five. `first` and `last`
    span the records. Keys that are not in the records are None. `records` names every record that carries it, by
    evidence id, and for an alert on an event outside the case by a key of that event: two signals on the same
    records are one. `technique` is empty when the rule names none.
    """

    id: str
    rule: str
    title: str
    statement: str
    level: Level
    technique: str
    tactic: str
    host: str
    utc: datetime | None
    last: datetime | None
    account: str | None
    account_sid: str | None
    logon_id: int | None
    source_ip: str | None
    count: int
    evidence: tuple[Evidence, ...]
    source: SignalSource = SignalSource.PACK
    records: frozenset[str] = frozenset()

    @property
    def is_high(self) -> bool:
        """True for the levels that answer Q3 alone."""
        return self.level in (Level.HIGH, Level.CRITICAL)

    @property
    def carried_by(self) -> frozenset[str]:
        """Keys of the records behind it; those of the evidence where nothing else was noted."""
        return self.records or frozenset(item.evidence_id for item in self.evidence)
