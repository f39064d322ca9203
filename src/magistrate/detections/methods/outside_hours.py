"""W2: WMI use outside the account's own hours, else outside the host's business hours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from magistrate.activity.images import account_name, is_machine_account
from magistrate.activity.model import Kind, OriginClass
from magistrate.context.lookup import in_business_hours, zone_of
from magistrate.detections.hit import Hit
from magistrate.detections.learned_acts import learned_acts, own_hours, within_hours

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from magistrate.context.model import Context
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator

_PEOPLE = (OriginClass.LOCAL, OriginClass.REMOTE, OriginClass.UNKNOWN)


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Activities of people outside their hours.

    An account with enough learned acts is measured by its own hours; every other by the business hours of the host,
    and by none where nobody said which zone the host is in.
    """
    needed = int(str(indicator.parameters["own_acts"].value))
    cut = timedelta(hours=float(str(indicator.parameters["cut_hours"].value)))
    learned = learned_acts(frame, indicator)
    for story, activity in frame.activities():
        account = activity.identity.account
        if (
            activity.kind not in (Kind.CHILD, Kind.CLIENT, Kind.SCRIPT)
            or activity.identity.origin not in _PEOPLE
            or account is None
            or activity.utc is None
            or is_machine_account(account.name)
        ):
            continue
        who = account.sid or account_name(account.name)
        before = (story.first or activity.utc) - cut
        own = own_hours((act for act in learned if act.who == who), before, needed)
        when = (
            _outside_own(activity.utc, own)
            if own
            else _outside_business(frame.context, activity.host, activity.utc)
        )
        if when:
            yield Hit(
                story_id=story.id,
                host=activity.host,
                utc=activity.utc,
                values=when,
                evidence=activity.evidence[:1],
                activity_ids=(activity.id,),
            )


def _outside_own(utc: datetime, own: tuple[int, int, int]) -> dict[str, str]:
    first, last, count = own
    if within_hours(utc.hour, first, last):
        return {}
    hours = f"its own hours, {first:02d}:00 to {last:02d}:59 in {count} learned acts"
    return {"local_time": utc.strftime("%A %H:%M"), "zone": "UTC", "hours": hours}


def _outside_business(context: Context, host: str, utc: datetime) -> dict[str, str]:
    zone = zone_of(context, host)
    if zone is None or in_business_hours(context, host, utc) is not False:
        return {}
    local = utc.astimezone(ZoneInfo(zone))
    return {"local_time": local.strftime("%A %H:%M"), "zone": zone, "hours": "business hours"}
