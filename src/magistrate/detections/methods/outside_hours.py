"""W2: WMI use outside the host's business hours."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from magistrate.activity.images import is_machine_account
from magistrate.activity.model import Kind, OriginClass
from magistrate.context.lookup import in_business_hours, zone_of
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator

_PEOPLE = (OriginClass.LOCAL, OriginClass.REMOTE, OriginClass.UNKNOWN)


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Activities of people outside business hours; nothing where nobody said which zone the host is in."""
    for story, activity in frame.activities():
        account = activity.identity.account
        if (
            activity.kind not in (Kind.CHILD, Kind.CLIENT, Kind.SCRIPT)
            or activity.identity.origin not in _PEOPLE
        ):
            continue
        if account is None or is_machine_account(account.name):
            continue
        zone = zone_of(frame.context, activity.host)
        if (
            zone is None
            or activity.utc is None
            or in_business_hours(frame.context, activity.host, activity.utc) is not False
        ):
            continue
        local = activity.utc.astimezone(ZoneInfo(zone))
        yield Hit(
            story_id=story.id,
            host=activity.host,
            utc=activity.utc,
            values={"local_time": local.strftime("%A %H:%M"), "zone": zone},
            evidence=activity.evidence[:1],
            activity_ids=(activity.id,),
        )
