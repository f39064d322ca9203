"""Processes linked to a session, beside its acts: what started them and what they started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.report.wording import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.relatives import Relative


@dataclass(frozen=True, slots=True)
class LineageView:
    """One process start that is linked to a session.

    `key` names the process within its session, `parent_key` its parent where that one is also among these;
    `relation` is act, ancestor, descendant or source.
    """

    story_id: str
    key: str
    parent_key: str | None
    parent_image: str | None
    relation: str
    host: str
    utc: str | None
    image: str | None
    process_id: int | None
    command: str | None
    decoded: str | None
    account: str | None
    evidence_ids: tuple[str, ...]


def lineage_views(relatives: Iterable[Relative]) -> tuple[LineageView, ...]:
    """Linked processes as views, in their order."""
    return tuple(
        LineageView(
            story_id=item.story_id,
            key=item.process.key,
            parent_key=item.parent_key,
            parent_image=item.process.parent_image,
            relation=item.relation.value,
            host=item.process.host,
            utc=utc_text(item.process.utc),
            image=item.process.image,
            process_id=item.process.pid,
            command=item.process.command,
            decoded=item.decoded,
            account=item.process.user,
            evidence_ids=tuple(sorted({record.evidence_id for record in item.process.evidence})),
        )
        for item in relatives
    )
