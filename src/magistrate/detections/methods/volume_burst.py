"""W3: far more WMI activity of an account on a host within minutes than is usual for it."""

from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.activity.model import Kind
from magistrate.detections.hit import Hit
from magistrate.detections.learned_acts import learned_acts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.detections.learned_acts import LearnedAct
    from magistrate.playbooks.model import Indicator

_COUNTED = (Kind.CHILD, Kind.CLIENT, Kind.SCRIPT, Kind.OPERATION)
_CUT = timedelta(hours=24)  # as for every baseline: the intruder's own first hours are no history
_SCALE = 1.4826  # makes the median absolute deviation comparable to a standard deviation


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Windows of `window_minutes` with more than max(`floor`, median + `deviations` scaled deviations) activities."""
    window = timedelta(minutes=float(str(indicator.parameters["window_minutes"].value)))
    floor = float(str(indicator.parameters["floor"].value))
    deviations = float(str(indicator.parameters["deviations"].value))
    groups: dict[tuple[str, str], list[tuple[datetime, Story, Activity]]] = {}
    for story, activity in frame.activities():
        account = activity.identity.account
        if activity.kind in _COUNTED and activity.utc is not None:
            key = (activity.host, account_name(account.name) if account else "")
            groups.setdefault(key, []).append((activity.utc, story, activity))
    learned = learned_acts(frame, indicator)
    for (host, name), items in sorted(groups.items()):
        items.sort(key=lambda item: (item[0], item[2].id))
        before = items[0][0] - _CUT
        usual = [act for act in learned if (act.host, act.name) == (host, name) and act.period < before]
        limit = _limit([item[0] for item in items], usual, window, floor, deviations)
        yield from _bursts(host, name, items, window, limit)


def _limit(
    times: list[datetime], usual: list[LearnedAct], window: timedelta, floor: float, deviations: float
) -> float:
    """Threshold from the account's own buckets, of the learned history where it has some, else of the case.

    The floor alone stands where there are too few of them.
    """
    buckets: dict[int, int] = {}
    seen = [(act.period, act.number) for act in usual] or [(when, 1) for when in times]
    for when, number in seen:
        key = int((when - datetime.min.replace(tzinfo=UTC)) / window)
        buckets[key] = buckets.get(key, 0) + number
    counts = sorted(buckets.values())
    if len(counts) < 3:
        return floor
    median = statistics.median(counts)
    spread = statistics.median(abs(count - median) for count in counts)
    return max(floor, median + deviations * _SCALE * spread)


def _bursts(
    host: str, name: str, items: list[tuple[datetime, Story, Activity]], window: timedelta, limit: float
) -> Iterable[Hit]:
    """The busiest window of each story that passes the limit."""
    best: dict[str, tuple[int, int, int]] = {}
    start = 0
    for end, (when, story, _) in enumerate(items):
        while when - items[start][0] > window:
            start += 1
        size = end - start + 1
        if size > limit and size > best.get(story.id, (0, 0, 0))[0]:
            best[story.id] = (size, start, end)
    for story_id, (size, first, last) in sorted(best.items()):
        part = [activity for _, story, activity in items[first : last + 1] if story.id == story_id]
        yield Hit(
            story_id=story_id,
            host=host,
            utc=items[first][0],
            values={"number": str(size), "limit": f"{limit:.0f}", "who": name or "an unknown account"},
            evidence=tuple(item for activity in part[:10] for item in activity.evidence[:1]),
            activity_ids=tuple(activity.id for activity in part[:50]),
        )
