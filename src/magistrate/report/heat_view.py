"""When in the week the acts of a case lie, against the hours that are usual by the learned history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from magistrate.activity.model import Story
    from magistrate.history.model import History

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = 24
_CELLS = len(DAYS) * HOURS


@dataclass(frozen=True, slots=True)
class HeatView:
    """Counts by hour of the week, Monday 00 first, 168 of each; times are of `zone`.

    `acts` are acts of the sessions that count. `usual` are acts of the learned history, empty when none was given.
    """

    zone: str
    acts: tuple[int, ...]
    usual: tuple[int, ...]


def heat_view(stories: Iterable[Story], history: History | None, zone: str | None) -> HeatView | None:
    """Count acts by hour of the week in the site's zone, UTC when it is not known; None without an act with a time."""
    where, name = _zone(zone)
    moments = [act.utc for story in stories if not story.background for act in story.activities if act.utc]
    if not moments:
        return None
    usual = [0] * _CELLS if history is not None else []
    for row in history.rows if history is not None else ():
        if row.kind == "act":
            usual[_cell(row.period, where)] += row.number
    acts = [0] * _CELLS
    for moment in moments:
        acts[_cell(moment, where)] += 1
    return HeatView(name, tuple(acts), tuple(usual))


def _zone(name: str | None) -> tuple[tzinfo, str]:
    try:
        return (ZoneInfo(name), name) if name else (UTC, "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC, "UTC"


def _cell(moment: datetime, zone: tzinfo) -> int:
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    local = known.astimezone(zone)
    return local.weekday() * HOURS + local.hour


def heat_sentence(heat: HeatView) -> str:
    """What the picture says, in words."""
    busy = [at for at, number in enumerate(heat.acts) if number]
    hours = ", ".join(f"{DAYS[at // HOURS]} {at % HOURS:02}:00 ({heat.acts[at]})" for at in busy[:6])
    more = f" and {len(busy) - 6} more hours" if len(busy) > 6 else ""
    said = f"Acts of this case by hour ({heat.zone}): {hours}{more}."
    if not heat.usual:
        return f"{said} No learned history was given, so nothing is said about what is usual."
    if not any(heat.usual):
        return f"{said} The learned history holds no act of WMI at all."
    new = sum(not heat.usual[at] for at in busy)
    return f"{said} In {new} of {len(busy)} of these hours the learned history has no act of WMI."


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One hour of the week; `kind` is new (acts where the history has none), known, usual or empty."""

    acts: int
    usual: int
    kind: str


def heat_rows(heat: HeatView) -> tuple[tuple[str, tuple[HeatCell, ...]], ...]:
    """Each day with its 24 hours."""
    cells = [
        HeatCell(number, heat.usual[at] if heat.usual else 0, _kind(heat, at))
        for at, number in enumerate(heat.acts)
    ]
    return tuple((day, tuple(cells[at * HOURS : (at + 1) * HOURS])) for at, day in enumerate(DAYS))


def _kind(heat: HeatView, at: int) -> str:
    usual = heat.usual[at] if heat.usual else 0
    if heat.acts[at]:
        return "known" if usual or not heat.usual else "new"
    return "usual" if usual else "empty"
