"""What the user's lists hold and what of it the case holds too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field


class ValueKind(StrEnum):
    """What kinds of values are compared."""

    HASH = "hash"
    ADDRESS = "address"
    DOMAIN = "domain"
    URL = "url"
    FILE = "file name"
    COMMAND = "command line"
    PIPE = "pipe"
    WMI_NAME = "WMI consumer or filter"
    QUERY = "WQL text"


class Standing(StrEnum):
    """What a match is worth by the age of its entry at the last event of the case."""

    CURRENT = "current"
    UNDATED = "entry has no date"
    EXPIRED = "expired, check again"
    CONTEXT = "context only, address entry older than 90 days"


class Strength(StrEnum):
    """How specific a trace is for a tool."""

    HIGH = "High"
    MODERATE = "Moderate"
    LOW = "Low"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One value of a list, normalised for comparison: lower case, without the port, dot or brackets around it."""

    kind: ValueKind
    value: str
    source: str
    verdict: str
    dated: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that is not compared; `place` says which, `reason` why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class IndicatorList:
    """One file of the user. `bad` holds the first of the entries that are not compared, `bad_number` counts all."""

    name: str
    form: str
    sha256: str
    indicators: tuple[Indicator, ...]
    bad: tuple[BadEntry, ...] = ()
    bad_number: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A value of a list that the case holds. `number` is how many records or commands hold it."""

    indicator: Indicator
    list_name: str
    standing: Standing
    basis: str
    number: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ToolTrace:
    """A trace that is known of a tool; it names no culprit."""

    tool: str
    strength: Strength
    basis: str
    source: str
    number: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Intel:
    """All that intelligence said about a case; empty when no story acts."""

    lists: tuple[IndicatorList, ...] = ()
    matches: tuple[Match, ...] = ()
    tools: tuple[ToolTrace, ...] = ()
