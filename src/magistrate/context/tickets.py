"""Change tickets and holidays from the files that change management keeps: CSV lists and iCalendar files.

A ticket excuses only where it names both hosts and accounts. A calendar holds much that names neither; such
events are counted and left out, never stretched over hosts that they do not name.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from magistrate.context.model import Ticket

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

COLUMNS = ("id", "hosts", "accounts", "start", "end", "kind", "approved_by")
NEEDED = COLUMNS[:5]
MAX_ROWS = 20_000
MAX_REPEATS = 1_000
"""Occurrences of one repeating calendar event that are written out."""

_LINE = re.compile(r"^\s*(hosts|accounts|kind|approved[ _]by)\s*:\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_TICKET_ID = re.compile(r"\b[A-Z]{2,10}-?\d{2,12}\b")


@dataclass(frozen=True, slots=True)
class TicketFile:
    """What one file gave. `left_out` counts calendar events that name no hosts or no accounts."""

    tickets: tuple[Ticket, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: int = 0


def tickets_from_csv(text: str, where: str) -> TicketFile:
    """Read a list of tickets.

    Args:
        text: CSV with a heading of id, hosts, accounts, start, end and optionally kind and approved_by, separated
            by comma, semicolon or tab. Several hosts or accounts stand in one cell, separated by `;`, `|` or `,`.
            Times carry their zone.
        where: name of the file, for messages.

    Returns:
        The tickets in file order, or every problem with its line.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    heading = [cell.strip().lower() for cell in next(reader, [])]
    missing = [name for name in NEEDED if name not in heading]
    if missing:
        return TicketFile(problems=(f"{where}:1: the heading lacks {', '.join(missing)}",))
    tickets: list[Ticket] = []
    problems: list[str] = []
    for row in islice(reader, MAX_ROWS):
        if not any(cell.strip() for cell in row):
            continue
        cells = dict(zip(heading, (cell.strip() for cell in row), strict=False))
        try:
            tickets.append(_ticket(cells))
        except ValueError as error:
            problems.append(f"{where}:{reader.line_num}: {error}")
    if next(reader, None) is not None:
        problems.append(f"{where}: more than {MAX_ROWS} tickets; split the file by year")
    return TicketFile(tuple(tickets), tuple(problems))


def tickets_from_calendar(content: bytes, where: str, zone: str | None) -> TicketFile:
    """Read change windows from an iCalendar file.

    An event counts when its description has the lines `hosts: a, b` and `accounts: x, y`; `kind: exercise` and
    `approved by: ...` may stand there too. The ticket id is the first word such as CHG0031187 of its summary, else
    its UID. Repeating events are written out, at most 1,000 times each.

    Args:
        content: the file.
        where: name of the file, for messages.
        zone: zone of times that state none; None refuses them.
    """
    events, problem = _events(content)
    if problem:
        return TicketFile(problems=(f"{where}: {problem}",))
    tickets: list[Ticket] = []
    problems: list[str] = []
    left_out = 0
    for number, event in enumerate(events, 1):
        said = {
            name.lower().replace(" ", "_"): value
            for name, value in _LINE.findall(_text(event, "description"))
        }
        if "hosts" not in said or "accounts" not in said:
            left_out += 1
            continue
        try:
            tickets += _event_tickets(event, said, zone)
        except ValueError as error:
            problems.append(f"{where}: event {number}: {error}")
    return TicketFile(tuple(tickets), tuple(problems), left_out)


def holidays_from_calendar(content: bytes, where: str) -> tuple[tuple[date, ...], tuple[str, ...]]:
    """Every day of the all-day events of an iCalendar file, sorted, and the problems."""
    events, problem = _events(content)
    if problem:
        return (), (f"{where}: {problem}",)
    days: set[date] = set()
    for event in events:
        start = _when(event, "dtstart")
        if isinstance(start, datetime) or start is None:
            continue
        end = _when(event, "dtend")
        length = (end - start).days if isinstance(end, date) and not isinstance(end, datetime) else 1
        for first in _repeats(event, datetime.combine(start, time(), UTC)):
            days |= {first.date() + timedelta(days=n) for n in range(max(1, min(length, 366)))}
    return tuple(sorted(days)), ()


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _ticket(cells: Mapping[str, str]) -> Ticket:
    empty = [name for name in NEEDED if not cells.get(name)]
    if empty:
        raise ValueError(f"{', '.join(empty)} must not be empty")
    return _checked(
        cells["id"],
        cells["hosts"],
        cells["accounts"],
        _instant(cells["start"]),
        _instant(cells["end"]),
        cells.get("kind") or "change",
        cells.get("approved_by") or None,
    )


def _checked(
    name: str, hosts: str, accounts: str, start: datetime, end: datetime, kind: str, approved_by: str | None
) -> Ticket:
    if end <= start:
        raise ValueError("the end must lie after the start")
    if kind not in ("change", "exercise"):
        raise ValueError(f"kind is change or exercise, not {kind[:40]!r}")
    if kind == "exercise" and approved_by is None:
        raise ValueError("an exercise needs approved_by")
    return Ticket(name, _names(hosts), _names(accounts), start, end, kind, approved_by)


def _names(cell: str) -> tuple[str, ...]:
    # Not split at blanks: `NT AUTHORITY\\SYSTEM` is one account.
    names = tuple(name.strip() for name in re.split(r"[;|,]", cell) if name.strip())
    if any("*" in name for name in names) or not names:
        raise ValueError("hosts and accounts are written out one by one, without wildcards")
    return names


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is not a time such as 2026-03-02T08:00:00Z") from error
    if found.tzinfo is None:
        raise ValueError(f"{text[:40]!r} needs its zone, such as Z or +01:00")
    return found.astimezone(UTC)


def _events(content: bytes) -> tuple[list[Any], str | None]:
    from icalendar import Calendar  # here and not above: only sites that name a calendar need it

    try:
        calendars = Calendar.from_ical(content, multiple=True)
        return [event for calendar in calendars for event in calendar.walk("VEVENT")], None
    except (ValueError, KeyError, IndexError) as error:
        return [], f"it is no readable iCalendar file ({str(error)[:80]}); export it again"


def _text(event: Any, name: str) -> str:
    value = event.get(name)
    return str(value) if value is not None and not isinstance(value, list) else ""


def _when(event: Any, name: str) -> date | None:
    value = getattr(event.get(name), "dt", None)
    return value if isinstance(value, date) else None


def _event_tickets(event: Any, said: Mapping[str, str], zone: str | None) -> Iterator[Ticket]:
    start, end = _when(event, "dtstart"), _when(event, "dtend")
    if start is None:
        raise ValueError("it has no start")
    begin = _with_zone(start, zone)
    length = (_with_zone(end, zone) if end is not None else begin + timedelta(days=1)) - begin
    name = _TICKET_ID.search(_text(event, "summary"))
    for first in _repeats(event, begin):
        yield _checked(
            name.group() if name else _text(event, "uid") or "calendar event",
            said["hosts"],
            said["accounts"],
            first.astimezone(UTC),
            (first + length).astimezone(UTC),
            said.get("kind", "change").lower(),
            said.get("approved_by"),
        )


def _with_zone(moment: date, zone: str | None) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if moment.tzinfo is not None:
        return moment
    if zone is None:
        raise ValueError("its time has no zone; set `zone` in the context file")
    return moment.replace(tzinfo=ZoneInfo(zone))


def _repeats(event: Any, start: datetime) -> list[datetime]:
    """Starts of an event: one, or those that its repetition rule writes out, in the event's own zone.

    A weekly window at 22:00 stays at 22:00 local time when the clocks change.
    """
    rule = event.get("rrule")
    if rule is None:
        return [start]
    from dateutil.rrule import rrulestr

    try:
        return list(islice(rrulestr(rule.to_ical().decode(), dtstart=start), MAX_REPEATS))
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"its repetition cannot be read ({str(error)[:80]}); write the windows out"
        ) from error
