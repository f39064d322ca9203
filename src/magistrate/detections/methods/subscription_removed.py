"""D4: filter, consumer and binding made and removed again within a day by the same user."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.activity.model import Kind
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Subscriptions that were deleted by their creator within `life_hours` of their creation."""
    life = timedelta(hours=float(str(indicator.parameters["life_hours"].value)))
    for story in frame.stories:
        for host in sorted({activity.host for activity in story.activities}):
            parts = [
                a
                for a in story.activities
                if a.host == host and a.kind is Kind.SUBSCRIPTION and a.utc is not None
            ]
            hit = _removed(story, host, parts, life)
            if hit is not None:
                yield hit


def _removed(story: Story, host: str, parts: list[Activity], life: timedelta) -> Hit | None:
    """The hit of one host: a running consumer made, and consumer and binding or filter gone again."""
    made = [a for a in parts if a.fact("subscription.operation") == "created"]
    gone = [a for a in parts if a.fact("subscription.operation") == "deleted"]
    kinds = {a.fact("subscription.part") for a in gone}
    consumer_kinds = " ".join((a.fact("subscription.consumer_type") or "").lower() for a in made + gone)
    if (
        "consumer" not in kinds
        or len(kinds) < 2
        or not any(name in consumer_kinds for name in ("command", "script"))
    ):
        return None
    pairs = [
        (one, other)
        for other in gone
        for one in made
        if one.fact("subscription.part") == other.fact("subscription.part")
        and _user(one) == _user(other)
        and one.utc is not None
        and other.utc is not None
        and timedelta(0) <= other.utc - one.utc <= life
    ]
    if not pairs:
        return None
    first = min(one.utc for one, _ in pairs if one.utc)
    last = max(other.utc for _, other in pairs if other.utc)
    involved = tuple(dict.fromkeys(item for pair in pairs for item in pair))
    return Hit(
        story_id=story.id,
        host=host,
        utc=first,
        values={
            "seconds": str(int((last - first).total_seconds())),
            "parts": ", ".join(sorted(k for k in kinds if k)),
        },
        evidence=tuple(item for activity in involved for item in activity.evidence[:1]),
        activity_ids=tuple(activity.id for activity in involved),
    )


def _user(activity: Activity) -> str:
    account = activity.identity.account
    return account_name(account.name) if account else ""
