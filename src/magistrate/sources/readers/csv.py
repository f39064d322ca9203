"""Reads events from CSV: EvtxECmd, Get-WinEvent, Get-EventLog, Event Viewer in several languages, tables of events."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import Limits, RawRecord, ReadItem, ReadNote
from magistrate.sources.csv_layouts import Table, code_pages, find_table, is_in_front, table_of
from magistrate.sources.delimited import BadRow, Row, split_rows
from magistrate.sources.event_tree import UNKNOWN_EVENT, event_number, whole_number
from magistrate.sources.evtxecmd import payload_values
from magistrate.sources.formats import Format, Gives
from magistrate.sources.json_dialects import record_from_object
from magistrate.sources.local_dates import DateOrder, DateStyle, instant_text, learn_style
from magistrate.sources.shown_names import channel_of, provider_of, unknown_host
from magistrate.sources.text_encoding import as_utf8, detect_encoding, encoding_note, read_head
from magistrate.sources.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.sources.guard import Guard

FORMATS = (
    Format(
        name="evtxecmd",
        title="EvtxECmd CSV",
        gives=Gives.EVENTS,
        recognised_by="a header with EventRecordId, TimeCreated, EventId, Provider, Channel, Computer, MapDescription",
        answers="As the event log: the column Payload holds the event data.",
        cannot="Values without names are joined by commas, so classic PowerShell events keep one text; the layout's "
        "version is left out. EvtxECmd's own columns (PayloadData1 to 6, MapDescription) are not read.",
        source="public EvtxECmd headers of 2020 to 2026",
    ),
    Format(
        name="get_winevent_csv",
        title="Get-WinEvent or Get-EventLog with Export-Csv",
        gives=Gives.EVENTS,
        recognised_by="a header with Id, TimeCreated and Message, or EventID, EntryType, Source and Message",
        answers="What the English or Japanese message of an event says, by the recorded names.",
        cannot="It has no event data: SIDs come as names, times are local without a zone (--zone), messages in other "
        "languages give no fields.",
        source="properties of .NET's event records as PowerShell writes them",
    ),
    Format(
        name="event_viewer",
        title="Event Viewer, saved as CSV (English and Japanese)",
        gives=Gives.EVENTS,
        recognised_by="a header with Date and Time, Source, Event ID, in English or Japanese",
        answers="What the message of an event says, by the recorded names.",
        cannot="It names no computer, no channel and no record id, and its times have no zone (--zone): holes and "
        "copies cannot be told.",
        source="public Event Viewer exports",
    ),
    Format(
        name="table_csv",
        title="Table of events as CSV",
        gives=Gives.EVENTS,
        recognised_by="a header with names of a known export, such as EventID with Channel or Computer, or _raw",
        answers="As the JSON export of the same product.",
        cannot="As the JSON export of the same product.",
        source="names that flat exports share",
    ),
)

_SURVEY_BYTES = 4 << 20
_SURVEY_ROWS = 5000
_DELIMITER_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
# The computer's own account stands where the system (logon id 0x3e7 or 0x3e4) is the subject, whatever the language is.
_OWN_ACCOUNT = re.compile(
    r":[ \t]*([A-Za-z0-9_-]{1,15})\$\s*\n[^\n:]{1,40}:[^\n]{0,80}\n[^\n:]{1,40}:[ \t]*0x3[eE][47]\b"
)
# Tasks of the system run as the computer's own account.
_OWN_TASKS = re.compile(r'"[^"\\\n]{1,64}\\([A-Za-z0-9_-]{1,15})\$"')
_GUARDED = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class _Survey:
    """What the first rows tell about all: how dates are written, and the computer where no column names it."""

    style: DateStyle
    has_plain_times: bool
    computer: str | None


class CsvReader:
    """Reads CSV exports of Windows events. One row is one record."""

    name = "csv"

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def configured(self, limits: Limits, guard: Guard) -> CsvReader:
        """The same reader with these limits; a CSV file is one unit of work, announced by intake."""
        return CsvReader(limits)

    def recognises(self, head: bytes) -> bool:
        """True when the first line is the header of an export that is known."""
        return _table_in(head) is not None

    def read(self, stream: BinaryIO, label: str) -> Iterator[ReadItem]:
        """Yield a record or an issue for each row; see `Reader.read`."""
        head = read_head(stream)
        encoding = detect_encoding(head, code_pages())
        if note := encoding_note(encoding):
            yield ReadNote(note)
        table = _table_in(head)
        if table is None:
            yield ReadIssue(
                label, "file", "its header is not that of an event export", hint="Export it again."
            )
            return
        yield ReadNote(f"{table.title}, cells separated by {_DELIMITER_NAMES[table.delimiter]}.")
        survey = self._survey(as_utf8(io.BytesIO(stream.read(_SURVEY_BYTES)), encoding), table)
        stream.seek(0)
        yield from _survey_notes(survey, table, label)
        yield from self._rows(as_utf8(stream, encoding), table, survey, label)

    def _survey(self, stream: BinaryIO, table: Table) -> _Survey:
        rows = [
            item
            for item in islice(split_rows(stream, table.delimiter, self._limits.line_bytes), _SURVEY_ROWS)
            if isinstance(item, Row)
        ]
        parts = [_parts(table, row.cells) for row in rows]
        times = [part["time"] for part in parts if "time" in part]
        plain = any(parse_time(text) is None or _is_zoneless(text) for text in times)
        computer = None
        if not table.has("computer") and table.layout is not None:
            names: Counter[str] = Counter()
            for part in parts:
                message = part.get("message", "").replace("\r\n", "\n")
                if match := _OWN_ACCOUNT.search(message) or _OWN_TASKS.search(message):
                    names[match.group(1)] += 1
            computer = min(names, key=lambda name: (-names[name], name), default=None)
        return _Survey(learn_style(times), plain, computer)

    def _rows(self, stream: BinaryIO, table: Table, survey: _Survey, label: str) -> Iterator[ReadItem]:
        headers = 0
        for row in split_rows(stream, table.delimiter, self._limits.line_bytes):
            if isinstance(row, BadRow):
                reason = f"{row.reason} (byte {row.offset}, {row.size_bytes} bytes)"
                yield ReadIssue(label, "record", reason, 1, f"line {row.line}", refused=row.refused)
            elif is_in_front(row.raw):
                continue
            elif (other := table_of(row.cells, table.delimiter)) is not None:
                headers += 1
                table = other
            else:
                yield self._record(row, table, survey, label)
        if headers > 1:
            yield ReadNote(f"The header stands in the file {headers} times.")

    def _record(self, row: Row, table: Table, survey: _Survey, label: str) -> RawRecord | ReadIssue:
        notes = [*row.flags]
        expected = len(table.header) + (table.layout is not None and table.layout.message_last)
        if len(row.cells) > expected or len(row.cells) < len(table.header):
            notes.append("the row has another number of cells than the header")
        locator = f"line {row.line}"
        if table.layout is None:
            record = self._from_table(row, table, survey, locator)
        else:
            record = _from_layout(row, table, survey, locator, label, notes)
        if isinstance(record, str):
            return ReadIssue(label, "record", f"{record} (byte {row.offset})", 1, locator)
        if notes:
            record.notes = (*record.notes, *notes)
        return record

    def _from_table(self, row: Row, table: Table, survey: _Survey, locator: str) -> RawRecord | str:
        value = {name: _unguarded(cell) for name, cell in zip(table.header, row.cells, strict=False) if cell}
        record = record_from_object(value, row.raw, locator, (), self._limits.keys_per_record)
        if isinstance(record, RawRecord):
            record.times = {name: instant_text(text, survey.style) for name, text in record.times.items()}
        return record


def _from_layout(
    row: Row, table: Table, survey: _Survey, locator: str, label: str, notes: list[str]
) -> RawRecord | str:
    parts = _parts(table, row.cells)
    event_id = event_number(parts.get("event_id"))
    time = (
        f"{parts['utc_time']}Z"
        if parts.get("utc_time")
        else instant_text(parts.get("time", ""), survey.style)
    )
    if event_id == UNKNOWN_EVENT and not time:
        return "no event id and no time: not a Windows event"
    provider = parts.get("provider") or provider_of(parts.get("shown_provider", ""), event_id)
    computer = parts.get("computer") or survey.computer
    if computer is None:
        computer = unknown_host(label)
    data = payload_values(parts["payload"], notes) if parts.get("payload") else {}
    return RawRecord(
        channel=parts.get("channel") or channel_of(provider, event_id),
        provider=provider,
        event_id=event_id,
        computer=computer,
        record_id=whole_number(parts.get("record_id")),
        times={"TimeCreated": time} if time else {},
        data=data,
        raw=row.raw,
        locator=locator,
        version=whole_number(parts.get("version")),
        message=parts.get("message"),
        logger_sid=parts.get("logger_sid"),
        logger_pid=whole_number(parts.get("logger_pid")),
    )


def _parts(table: Table, cells: list[str]) -> dict[str, str]:
    """Filled cells of a row by the part of the record that they fill; the first column of a part speaks."""
    layout = table.layout
    if layout is None:
        return {}
    found: dict[str, str] = {}
    for name, cell in zip(table.header, cells, strict=False):
        part = layout.columns.get(name)
        if part is not None and cell:
            found.setdefault(part, cell if part in ("message", "payload") else _unguarded(cell))
    if layout.message_last and len(cells) > len(table.header):
        found.setdefault("message", cells[len(table.header)])
    return found


def _unguarded(cell: str) -> str:
    """The cell without the mark that keeps a spreadsheet from taking it for a formula.

    Only before what needs no such mark as a recorded value: a number, or a dash that stands for nothing.
    """
    if cell[:1] == "'" and cell[1:2] in _GUARDED and (cell == "'-" or whole_number(cell[1:]) is not None):
        return cell[1:]
    return cell


def _is_zoneless(text: str) -> bool:
    instant = parse_time(text)
    return instant is not None and instant.zone_assumed


def _survey_notes(survey: _Survey, table: Table, label: str) -> Iterator[ReadNote]:
    if survey.has_plain_times:
        yield ReadNote("Its times name no zone.")
    if survey.style.order is DateOrder.UNKNOWN:
        yield ReadNote(
            "Nothing tells whether its dates begin with the day or the month; its records have no time."
        )
    elif survey.style.assumed:
        yield ReadNote(f"Nothing proves how its dates are written; they are taken as {survey.style.order}.")
    if table.layout is None or table.has("computer"):
        return
    if survey.computer:
        yield ReadNote(
            f"It names no computer; {survey.computer} is the computer's own account in its messages."
        )
    else:
        yield ReadNote(f"It names no computer; its records stand under '{unknown_host(label)}'.")


def _table_in(head: bytes) -> Table | None:
    text = head.decode(detect_encoding(head, code_pages()), "replace")
    return find_table(text)


READER = CsvReader()
