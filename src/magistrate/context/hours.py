"""Spans of the day as people write them: `07:00-19:00`."""

from __future__ import annotations

import re

_HOURS = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")


def parse_hours(text: str) -> tuple[int, int]:
    """Read a span as (start, end) in minutes of the day; an end before the start lies on the next day.

    Raises:
        ValueError: the text has another form.
    """
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError("hours are written 07:00-19:00")
    start_hour, start_minute, end_hour, end_minute = match.groups()
    end = 24 * 60 if end_hour is None else int(end_hour) * 60 + int(end_minute)
    return int(start_hour) * 60 + int(start_minute), end


def is_within(minute: int, span: tuple[int, int]) -> bool:
    """Tell whether a minute of the day lies in a span; the end itself does not."""
    start, end = span
    return start <= minute < end if start <= end else minute >= start or minute < end
