"""Pointers to raw records, and what went wrong while reading them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field


@dataclass(frozen=True, slots=True)
class Evidence:
    """A pointer to one raw record with the field that speaks.

    `evidence_id` is the id to give to `magistrate show`. `quoted` holds (field, value) pairs exactly as
    recorded; output channels encode them at the last step.
    """

    evidence_id: str
    host: str
    utc: datetime | None
    channel: str
    event_id: int
    record_id: int | None
    file: str
    quoted: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadIssue:
    """Something that could not be read: one record, one chunk or one file.

    `records` is how many records the issue cost as far as is known; `unit` says what was lost. `refused` is
    true when a limit of ours set the content aside, false when the content is damaged.
    """

    file: str
    unit: str
    reason: str
    records: int = 0
    locator: str | None = None
    record_id: int | None = None
    hint: str | None = None
    refused: bool = False
