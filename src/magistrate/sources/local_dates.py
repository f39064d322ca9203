"""Reads date texts as a host's region writes them: 3/4/2026 1:00:01 PM, 2026/03/04 13:00:01, 04.03.2026 13:00:01.

Whether the day or the month comes first is not in such a text. It is learned from all dates of an export: a first
number above 12, a second one above 12, or the one order in which the export is sorted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.sources.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable

# The mark of the half of the day may stand in front (Japanese, Chinese) or behind.
_DATE = re.compile(
    r"(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})\.?,?\s+([^\W\d_]{1,2}\.?\s?[^\W\d_]?\.?\s)?"
    r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](\d{1,7}))?(?:\s?([^\W\d_]{1,2}\.?\s?[^\W\d_]?\.?))?"
)
# Event Viewer puts marks of the writing direction between the numbers.
_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202c"))
_AFTERNOON = frozenset({"pm", "p.m.", "午後", "下午"})
_MORNING = frozenset({"am", "a.m.", "午前", "上午"})
_TRIALS = 2000
_LONGEST = 64


class DateOrder(StrEnum):
    """Which number of a date is what."""

    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DateStyle:
    """The order of an export's dates. `assumed` when nothing in the export proves it."""

    order: DateOrder
    assumed: bool = False


def learn_style(texts: Iterable[str]) -> DateStyle:
    """Learn the order from the dates of one export, in the order in which they stand there.

    Without proof, dates with slashes and AM or PM are taken as month first, which is how Windows writes them in
    the United States, and the style says that this was assumed. Points always stand behind the day.
    """
    parts = [match.groups() for match, _ in zip(_matches(texts), range(_TRIALS), strict=False)]
    short = [item for item in parts if len(item[0]) < 3]
    if not short:
        return DateStyle(
            DateOrder.DAY_FIRST
        )  # nothing to tell apart: the year comes first, or there are no dates
    firsts = {int(item[0]) for item in short}
    seconds = {int(item[2]) for item in short}
    if max(firsts) > 12 and max(seconds) <= 12:
        return DateStyle(DateOrder.DAY_FIRST)
    if max(seconds) > 12 and max(firsts) <= 12:
        return DateStyle(DateOrder.MONTH_FIRST)
    if all(item[1] == "." for item in short):
        return DateStyle(DateOrder.DAY_FIRST)
    sorted_in = [order for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST) if _is_sorted(short, order)]
    if len(sorted_in) == 1 and len({(item[0], item[2]) for item in short}) > 1:
        return DateStyle(sorted_in[0])
    if any(item[1] == "/" and (item[9] or "").lower() in ("am", "pm") for item in short):
        return DateStyle(DateOrder.MONTH_FIRST, assumed=True)
    return DateStyle(DateOrder.UNKNOWN)


def plain_date(text: str, style: DateStyle) -> str | None:
    """The date as ISO 8601 without a zone; None when it is no such date or its order is not known."""
    match = _DATE.fullmatch(text.translate(_MARKS).strip()) if len(text) < _LONGEST else None
    moment = _moment(match.groups(), style.order) if match else None
    return moment.isoformat(sep=" ", timespec="auto") if moment else None


def instant_text(text: str, style: DateStyle) -> str:
    """The time in a form that names one instant; as it is when it is no date of a region."""
    return text if parse_time(text) is not None else plain_date(text, style) or text


def _matches(texts: Iterable[str]) -> Iterable[re.Match[str]]:
    for text in texts:
        if len(text) < _LONGEST and (match := _DATE.fullmatch(text.translate(_MARKS).strip())):
            yield match


def _is_sorted(parts: list[tuple[str, ...]], order: DateOrder) -> bool:
    times = [_moment(item, order) for item in parts]
    known = [time for time in times if time is not None]
    if len(known) != len(times):
        return False
    return known == sorted(known) or known == sorted(known, reverse=True)


def _moment(parts: tuple[str | None, ...], order: DateOrder) -> datetime | None:
    first, _, second, third, before, hour, minute, second_of, fraction, after = (part or "" for part in parts)
    if len(first) > 2:
        year, month, day = first, second, third
    elif order is DateOrder.DAY_FIRST:
        day, month, year = first, second, third
    elif order is DateOrder.MONTH_FIRST:
        month, day, year = first, second, third
    else:
        return None
    clock = _hour(int(hour), (before or after).strip().lower())
    if clock is None or len(year) not in (2, 4):
        return None
    try:
        return datetime(  # noqa: DTZ001 - the text has no zone; whoever stores the time adds the assumed one
            int(year) + (2000 if len(year) == 2 else 0),
            int(month),
            int(day),
            clock,
            int(minute),
            int(second_of or 0),
            int(fraction[:6].ljust(6, "0")),
        )
    except ValueError:
        return None


def _hour(hour: int, half: str) -> int | None:
    if not half:
        return hour
    if half not in _AFTERNOON | _MORNING or not 0 < hour <= 12:
        return None
    return hour % 12 + (12 if half in _AFTERNOON else 0)
