"""Reads the time texts of logs into UTC instants, and says so when a text does not name one.

Nothing is invented: a text that could mean two instants (a named zone in an overlap, day and month in unknown
order, a leap second) yields no time. The raw text stays in the record.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from magistrate.errors import UsageError

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,12}))?\s?(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII
)
# What the EVTX library and Sysmon write. `fromisoformat` takes more, so the shape is checked first.
_USUAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d{3}(?:\d{3})?(?:Z|\+00:00)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,12})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
# Windows counts from 1601. A year of 9999 is how programs write "never" (the largest .NET date), and a window
# around it would leave the calendar, so neither names an instant.
_END = datetime(9999, 1, 1, tzinfo=UTC)

# Upper ends of the ranges that real logs fall into; seconds until 5138, FILETIME from 1917 to 4769.
_SECONDS_BELOW = 10**11
_MILLISECONDS_BELOW = 10**14
_MICROSECONDS_BELOW = 10**17
_FILETIME_BELOW = 10**18
_NANOSECONDS_BELOW = 1 << 63

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)

SKIPPED = "a local time that the change of the clocks skips; it is taken as if they had not been changed"
DOUBLE = "a local time that comes twice when the clocks are changed; the earlier instant is taken"

_ZONE_STEP = timedelta(minutes=15)
_ARRIVAL_SLACK = timedelta(minutes=5)


class Instant(NamedTuple):
    """A UTC time, and whether its zone had to be assumed."""

    utc: datetime
    zone_assumed: bool = False


def parse_time(text: str) -> Instant | None:
    """Read one time text.

    Args:
        text: ISO 8601 with or without zone, or a number of seconds, milliseconds, microseconds or nanoseconds
            since 1970, or a FILETIME. Digits beyond microseconds are cut off.

    Returns:
        None when the text names no single instant. FILETIME zero (1601-01-01) and what lies before it are missing
        times, not dates, and so is the year 9999.
    """
    instant: Instant | None = None
    text = text.strip()
    if _USUAL.fullmatch(text):
        instant = _usual(text)
    elif match := _ISO.fullmatch(text):
        instant = _iso(*match.groups())
    elif _NUMBER.fullmatch(text):
        instant = _epoch(text)
    return instant if instant and _FILETIME_EPOCH < instant.utc < _END else None


def zone_bias(local_text: str, arrival_text: str) -> timedelta | None:
    """Find how far a zone-less local time is from UTC, from the arrival time in the same record.

    A collector stamps records with UTC within moments, so the difference rounded to a quarter of an hour is the
    zone of the host.

    Returns:
        What to add to the local time; None when the two do not differ by a zone.
    """
    local, arrival = parse_time(local_text), parse_time(arrival_text)
    if local is None or arrival is None or not local.zone_assumed or arrival.zone_assumed:
        return None
    distance = arrival.utc - local.utc
    bias = round(distance / _ZONE_STEP) * _ZONE_STEP
    if abs(distance - bias) > _ARRIVAL_SLACK or abs(bias) > timedelta(hours=14):
        return None
    return bias


@cache
def zone_named(name: str) -> tzinfo:
    """The zone of an IANA name such as Europe/Berlin or an offset such as +09:00.

    Raises:
        UsageError: there is no such zone.
    """
    match = _OFFSET.fullmatch(name)
    if match:
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if offset <= timedelta(hours=14) and int(minutes) < 60:
            return timezone(-offset if sign == "-" else offset)
    elif name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise UsageError(
        f"{name!r} is no time zone.", hint="Give a name such as Europe/Berlin or an offset such as +09:00."
    )


def in_zone(instant: Instant, zone: tzinfo) -> tuple[Instant, str | None]:
    """A zone-less time read in a zone, and a remark when the change of the clocks leaves it open.

    The zone stays an assumption. A time that comes twice is the earlier instant.
    """
    local = instant.utc.replace(tzinfo=None)
    first = local.replace(tzinfo=zone, fold=0)
    try:
        utc = first.astimezone(UTC)
        before, after = first.utcoffset(), local.replace(tzinfo=zone, fold=1).utcoffset()
        exists = utc.astimezone(zone).replace(tzinfo=None) == local
    except OverflowError:
        return instant, None
    remark = None if before == after else DOUBLE if exists else SKIPPED
    return Instant(utc, True), remark


def _usual(text: str) -> Instant | None:
    try:
        return Instant(datetime.fromisoformat(text))
    except ValueError:
        return None


def _iso(day: str, clock: str, fraction: str | None, zone: str | None) -> Instant | None:
    micro = (fraction or "0")[:6].ljust(6, "0")
    assumed = zone in (None, "-00:00", "-0000")
    offset = "+00:00" if assumed or zone in ("Z", "UTC") else zone
    try:
        utc = datetime.fromisoformat(f"{day}T{clock}.{micro}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Instant(utc, assumed)


def _epoch(text: str) -> Instant | None:
    whole, _, fraction = text.partition(".")
    number = int(whole)
    if number <= 0:
        return None
    if number < _SECONDS_BELOW:
        micros = number * 1_000_000 + int(fraction[:6].ljust(6, "0"))
    elif number < _MILLISECONDS_BELOW:
        micros = number * 1_000 + int(fraction[:3].ljust(3, "0"))
    elif number < _MICROSECONDS_BELOW:
        micros = number
    elif number < _FILETIME_BELOW:
        return Instant(_FILETIME_EPOCH + timedelta(microseconds=number // 10))
    elif number < _NANOSECONDS_BELOW:
        micros = number // 1_000
    else:
        return None
    return Instant(_EPOCH + timedelta(microseconds=micros))
