"""M5: the same account did the same from the same source to the same kind of target on several earlier days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.context.lookup import asset_of
from magistrate.detections.hit import Hit
from magistrate.detections.learned_acts import learned_acts
from magistrate.detections.register import acting_activities, actor_of
from magistrate.detections.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator

Tuple4 = tuple[str, str, str, str]


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Stories whose every acting activity has its 4-tuple on `days` different days of the baseline.

    The baseline ends `cut_hours` before the story and reaches back `span_days`; days of the story itself do not
    count, so that an intruder's first runs are no history.
    """
    needed = int(str(indicator.parameters["days"].value))
    cut = timedelta(hours=float(str(indicator.parameters["cut_hours"].value)))
    span = timedelta(days=float(str(indicator.parameters["span_days"].value)))
    shapes = Shapes(frame.stories)
    days: dict[Tuple4, dict[date, str]] = {}
    for story, activity in frame.activities():
        if activity.utc is not None and (key := _key(frame, story, activity, shapes)):
            days.setdefault(key, {}).setdefault(activity.utc.date(), activity.evidence[0].evidence_id)
    for act in learned_acts(frame, indicator):
        if act.who and act.shape:
            key = (act.who, act.source, _role(frame, act.host), act.shape)
            days.setdefault(key, {}).setdefault(act.period.date(), act.evidence.evidence_id)
    for story in frame.stories:
        acting = acting_activities(story)
        if story.first is None or not acting:
            continue
        before, since = story.first - cut, story.first - cut - span
        counts = []
        for activity in acting:
            key = _key(frame, story, activity, shapes)
            seen = [day for day in days.get(key, {}) if since.date() <= day < before.date()] if key else []
            counts.append(len(seen))
        if min(counts) >= needed:
            yield _hit(story, acting, min(counts))


def _key(frame: Frame, story: Story, activity: Activity, shapes: Shapes) -> Tuple4 | None:
    """Account, source, target role (else the host) and shape; None when one of them is unknown."""
    account = actor_of(story, activity)
    identity = activity.identity
    source = identity.source_ip or identity.source_host or story.source_ip or activity.host
    if account is None or not account_name(account.name) or not activity.command:
        return None
    who = account.sid or account_name(account.name)
    return (who, source.lower(), _role(frame, activity.host), shapes.of(activity.command))


def _role(frame: Frame, host: str) -> str:
    asset = asset_of(frame.context, host)
    return asset.role if asset and asset.role != "unknown" else host


def _hit(story: Story, acting: tuple[Activity, ...], number: int) -> Hit:
    return Hit(
        story_id=story.id,
        host=acting[0].host,
        utc=story.first,
        values={"days": str(number)},
        evidence=tuple(item for activity in acting[:5] for item in activity.evidence[:1]),
        activity_ids=tuple(activity.id for activity in acting),
    )
