"""S14: the WMI path is reached from a public or unmanaged address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.model import OriginClass
from magistrate.context.lookup import (
    asset_of,
    is_external_address,
    is_loopback_address,
    is_own_address,
    parse_address,
)
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Remote activities whose source address is public and not the site's own, or outside a given asset list."""
    for story in frame.stories:
        for activity in story.activities:
            if activity.identity.origin is not OriginClass.REMOTE:
                continue
            why = _why(frame, activity.identity.source_ip)
            if why:
                yield _hit(story, activity, why)
                break


def _why(frame: Frame, address: str | None) -> str:
    context = frame.context
    if is_external_address(context, address):
        return "is a public address"
    known = (
        bool(context.own_networks) and parse_address(address) is not None and not is_loopback_address(address)
    )
    if known and not is_own_address(context, address) and asset_of(context, address) is None:
        return "lies outside the networks and assets that the site lists"
    return ""


def _hit(story: Story, activity: Activity, why: str) -> Hit:
    return Hit(
        story_id=story.id,
        host=activity.host,
        utc=activity.utc,
        values={"why": why, "source_ip": activity.identity.source_ip or ""},
        evidence=activity.evidence[:3],
        activity_ids=(activity.id,),
    )
