"""W1: an account or source that was not seen on the target before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.activity.model import Kind, OriginClass
from magistrate.activity.rows import moment, number, text
from magistrate.detections.hit import Hit
from magistrate.detections.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator
    from magistrate.store.base import Row


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Remote activities of a pair that the history of the target does not hold.

    With `history_days` of logons before the cut the pair is new when none is its own. With less history it counts
    only by contrast: the same account came to the same target from another address before.
    """
    days = float(str(indicator.parameters["history_days"].value))
    cut = timedelta(hours=float(str(indicator.parameters["cut_hours"].value)))
    rows = frame.query(indicator, sql("logons_by_pair"))
    begins = {text(row, "host"): moment(row, "began") for row in frame.query(indicator, sql("logon_span"))}
    for story in frame.stories:
        seen: set[str] = set()
        for activity in story.activities:
            if (
                activity.kind is not Kind.CHILD
                or activity.identity.origin is not OriginClass.REMOTE
                or activity.host in seen
            ):
                continue
            why = _new_pair(activity, rows, begins.get(activity.host), days, cut)
            if why:
                seen.add(activity.host)
                yield _hit(story, activity, why)


def _new_pair(
    activity: Activity, rows: list[Row], began: datetime | None, days: float, cut: timedelta
) -> str:
    account, source = activity.identity.account, activity.identity.source_ip
    if account is None or source is None or activity.utc is None or began is None:
        return ""
    name = account_name(account.name)
    on_host = [row for row in rows if text(row, "host") == activity.host]
    own = [row for row in on_host if text(row, "account") == name]
    if activity.utc - cut - began >= timedelta(days=days):
        before = activity.utc - cut
        known_user = any((when := moment(row, "began")) and when < before for row in own)
        known_source = any(
            text(row, "source_ip") == source and (when := moment(row, "began")) and when < before
            for row in on_host
        )
        missing = [
            what
            for what, known in ((f"account {name}", known_user), (f"source {source}", known_source))
            if not known
        ]
        return (
            f"{' and '.join(missing)} not seen here in {(before - began).days} days of logons before"
            if missing
            else ""
        )
    from_here = [when for row in own if text(row, "source_ip") == source and (when := moment(row, "began"))]
    others = [
        row
        for row in own
        if text(row, "source_ip") not in (source, None)
        and (when := moment(row, "began"))
        and from_here
        and when < min(from_here)
    ]
    if not others:
        return ""
    count = sum(number(row, "seen") or 0 for row in others)
    return f"the account came from {text(others[0], 'source_ip')} before ({count} logons) and now from {source}; history too short for more"


def _hit(story: Story, activity: Activity, why: str) -> Hit:
    return Hit(
        story_id=story.id,
        host=activity.host,
        utc=activity.utc,
        values={"why": why},
        evidence=activity.evidence[:3],
        activity_ids=(activity.id,),
    )
