"""D8: one account or source starts processes on several hosts within an hour with one command shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, short_host
from magistrate.activity.model import Kind, OriginClass
from magistrate.detections.hit import Hit
from magistrate.detections.learned_acts import learned_acts
from magistrate.detections.register import covering_entry
from magistrate.detections.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


@dataclass(frozen=True, slots=True)
class _Act:
    """A remote process creation seen at one end."""

    story: Story
    activity: Activity
    target: str
    utc: datetime
    shape: str


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Keys (account or source, with a shape) that reach `hosts` targets within `window_minutes`.

    A pair that did the same on `baseline_days` different days more than `cut_hours` before is in the baseline and
    does not count.
    """
    needed = int(str(indicator.parameters["hosts"].value))
    window = timedelta(minutes=float(str(indicator.parameters["window_minutes"].value)))
    days = int(str(indicator.parameters["baseline_days"].value))
    cut = timedelta(hours=float(str(indicator.parameters["cut_hours"].value)))
    groups: dict[tuple[str, str], list[_Act]] = {}
    for act in _acts(frame):
        for key in _keys(act):
            groups.setdefault(key, []).append(act)
    learned = _learned_days(frame, indicator)
    told: set[str] = set()
    for key, acts in sorted(groups.items()):
        acts = _outside_baseline(acts, days, cut, learned.get(key, {}))
        found = _spread(sorted(acts, key=lambda act: (act.utc, act.target, act.activity.id)), window, needed)
        if found and found[0].story.id not in told:
            told.add(found[0].story.id)
            yield _hit(found, key[0])


def _acts(frame: Frame) -> Iterator[_Act]:
    shapes = Shapes(frame.stories)
    for story, activity in frame.activities():
        if activity.utc is None or covering_entry(frame.context, story, activity) is not None:
            continue
        if activity.kind is Kind.CHILD and activity.identity.origin is OriginClass.REMOTE:
            yield _Act(
                story,
                activity,
                short_host(activity.host),
                activity.utc,
                shapes.of(activity.command or activity.image or ""),
            )
        elif activity.kind in (Kind.CLIENT, Kind.SCRIPT) and activity.operation == "process_create":
            shape = shapes.of(activity.fact("created.command") or "")
            for target in activity.targets:
                yield _Act(story, activity, short_host(target), activity.utc, shape)


def _keys(act: _Act) -> Iterator[tuple[str, str]]:
    account = act.activity.identity.account or act.story.account
    if account is not None and account_name(account.name):
        yield f"account {account_name(account.name)}", act.shape
    source = act.activity.identity.source_ip or act.story.source_ip or act.story.source_host
    if source:
        yield f"source {source}", act.shape


def _learned_days(frame: Frame, indicator: Indicator) -> dict[tuple[str, str], dict[str, set[date]]]:
    """Days on which targets saw a key and shape according to the learned history."""
    found: dict[tuple[str, str], dict[str, set[date]]] = {}
    for act in learned_acts(frame, indicator):
        for key in (f"account {act.name}", f"source {act.source}"):
            by_target = found.setdefault((key, act.shape), {})
            by_target.setdefault(short_host(act.host), set()).add(act.period.date())
    return found


def _outside_baseline(
    acts: list[_Act], days: int, cut: timedelta, learned: dict[str, set[date]]
) -> list[_Act]:
    """Acts whose target did not see the same key and shape on enough different days before."""
    seen = {target: set(dates) for target, dates in learned.items()}
    for act in acts:
        seen.setdefault(act.target, set()).add(act.utc.date())
    return [act for act in acts if sum(day < (act.utc - cut).date() for day in seen[act.target]) < days]


def _spread(acts: list[_Act], window: timedelta, needed: int) -> list[_Act]:
    """The first run of acts inside one window that reaches enough targets; empty when there is none."""
    start = 0
    for end, act in enumerate(acts):
        while act.utc - acts[start].utc > window:
            start += 1
        part = acts[start : end + 1]
        if len({item.target for item in part}) >= needed:
            last = acts[start].utc + window
            return [item for item in acts[start:] if item.utc <= last]
    return []


def _hit(acts: list[_Act], key: str) -> Hit:
    first = acts[0]
    targets = sorted({act.target for act in acts})
    own = [act for act in acts if act.story.id == first.story.id]
    return Hit(
        story_id=first.story.id,
        host=first.activity.host,
        utc=first.utc,
        values={
            "key": key,
            "hosts": str(len(targets)),
            "list": ", ".join(targets[:10]),
            "shape": first.shape,
        },
        evidence=tuple(item for act in acts for item in act.activity.evidence[:1])[:20],
        activity_ids=tuple(dict.fromkeys(act.activity.id for act in own)),
    )
