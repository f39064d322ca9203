"""M3: the site lists the account for work of this kind in this place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.model import OriginClass
from magistrate.context.lookup import account_purpose, matches_source, same_host
from magistrate.detections.hit import Hit
from magistrate.detections.register import acting_activities, actor_of, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.context.model import AccountPurpose
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Stories whose every acting account is listed with a purpose that holds for host and source.

    An account listed without targets and sources has no scope, and proves nothing here.
    """
    for story in frame.stories:
        acting = acting_activities(story)
        purposes = [_purpose(frame, story, activity) for activity in acting]
        known = [purpose for purpose in purposes if purpose is not None]
        if not known or len(known) < len(purposes):
            continue
        yield Hit(
            story_id=story.id,
            host=acting[0].host,
            utc=story.first,
            values={"purpose": "; ".join(dict.fromkeys(purpose.purpose for purpose in known))},
            evidence=tuple(item for activity in acting[:5] for item in activity.evidence[:1]),
            activity_ids=tuple(activity.id for activity in acting),
        )


def _purpose(frame: Frame, story: Story, activity: Activity) -> AccountPurpose | None:
    account = actor_of(story, activity)
    if account is None:
        return None
    purpose = account_purpose(frame.context, account.name, account.sid)
    if purpose is None or not purpose.purpose or not (purpose.targets or purpose.sources):
        return None
    if purpose.targets and not any(same_host(activity.host, target) for target in purpose.targets):
        return None
    if not purpose.sources:
        return purpose
    remote = activity.identity.origin is OriginClass.REMOTE
    address, host = source_of(story, activity.identity) if remote else (None, activity.host)
    fits = any(matches_source(frame.context, item, address=address, host=host) for item in purpose.sources)
    return purpose if fits else None
