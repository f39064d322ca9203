"""M4: a change ticket names the host and the account, and its window holds the activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.context.lookup import tickets_at
from magistrate.detections.hit import Hit
from magistrate.detections.register import acting_activities, actor_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Stories whose every acting activity lies in a change ticket. A ticket proves intent, not a command."""
    for story in frame.stories:
        acting = acting_activities(story)
        found: dict[str, str] = {}
        for activity in acting:
            account = actor_of(story, activity)
            tickets = tickets_at(
                frame.context,
                host=activity.host,
                account=account.name if account else None,
                utc=activity.utc,
                kind="change",
            )
            if not tickets:
                break
            found.update((ticket.id, ticket.id) for ticket in tickets)
        else:
            yield Hit(
                story_id=story.id,
                host=acting[0].host,
                utc=story.first,
                values={"tickets": ", ".join(sorted(found))},
                evidence=tuple(item for activity in acting[:5] for item in activity.evidence[:1]),
                activity_ids=tuple(activity.id for activity in acting),
            )
