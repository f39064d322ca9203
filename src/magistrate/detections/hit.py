"""What an indicator hands over: one hit, before hits of one story become a finding."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from typing import TYPE_CHECKING

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit of an indicator on one story.

    `values` fill the statement of the indicator; `what` is the part that differs between hits of one story.
    `scoped` matters for D2 only.
    """

    story_id: str
    host: str
    utc: datetime | None
    values: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    activity_ids: tuple[str, ...] = ()
    scoped: bool = False
