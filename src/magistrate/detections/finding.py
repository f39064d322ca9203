"""One hit of an indicator, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field


class Tier(StrEnum):
    """Weight of a finding (triage practice 2.4)."""

    DECISIVE = "D"
    STRONG = "S"
    WEAK = "W"
    MITIGATING = "M"


@dataclass(frozen=True, slots=True)
class Finding:
    """One hit of an indicator.

    `code` is the catalogue id (D1, S3, W1, M2). `scoped` matters for D2 only: a deletion bound to one shadow id
    or volume. `excused_by` is the id of the register entry that names this finding, None when there is none; an
    excused finding is shown struck through and never hidden. `sources` are the log sources that carry it.
    """

    id: str
    code: str
    tier: Tier
    family: str
    title: str
    statement: str
    host: str
    utc: datetime | None
    story_id: str | None
    activity_ids: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    techniques: tuple[str, ...] = ("T1047",)
    account: str | None = None
    source: str | None = None
    scoped: bool = False
    waivable: bool = True
    excused_by: str | None = None
    sources: tuple[str, ...] = ()
    count: int = 1  # hits of this indicator in the story
