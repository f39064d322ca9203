"""What an alert claimed, and how each claim stands to the raw record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field


class State(StrEnum):
    """How a claim stands to the record."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not found"  # there is no such record, or the record says nothing about it


@dataclass(frozen=True, slots=True)
class Alert:
    """The claims of one alert; None for what it does not say. `utc` is its time.

    `name` is the name of its file and `sha256` of its content. There is always a host, and a record id or a time.
    """

    name: str
    sha256: str
    host: str
    utc: datetime | None = None
    record_id: int | None = None
    channel: str | None = None
    process_id: int | None = None
    image: str | None = None
    command_line: str | None = None
    parent: str | None = None
    user: str | None = None
    rule: str | None = None
    alert_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim beside the field of the record that speaks to it. `field` and `recorded` are None without one.

    `deciding` claims are what makes the alert one about WMI, and the record shows plainly that they are untrue.
    """

    name: str
    claimed: str
    state: State
    field: str | None = None
    recorded: str | None = None
    deciding: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """An alert beside the case. `record` is the very record that it is about, None when the case does not have it.

    `candidates` counts the records that fit; more than one is as good as none.
    """

    alert: Alert
    claims: tuple[Claim, ...]
    record: Evidence | None = None
    candidates: int = 0
