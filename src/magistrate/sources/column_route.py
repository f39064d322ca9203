"""Turns the texts of many events of one kind into columns at once; the quick way beside `normalise`.

Texts are gathered by their beginning (`record_layouts`) and converted column by column (`column_values`). What a
layout does not take goes through `normalise`, and both give the same rows.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from magistrate.sources.column_accounts import fill_identity, sort_out_sids
from magistrate.sources.column_values import (
    constant,
    fill_column,
    map_distinct,
)
from magistrate.sources.evidence_ids import ID_BYTES, evidence_digests, hash_source
from magistrate.sources.mapping import load_mappings
from magistrate.sources.normalise import OTHER, OTHER_BUCKET
from magistrate.sources.record_layouts import Decoded, Layout, Layouts, beginning_of
from magistrate.sources.spill import EVENT_SCHEMA, RECORD_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from magistrate.events.evidence import ReadIssue
    from magistrate.sources.base import EventText, EventTexts, IntakeOptions, RawRecord

Columns = dict[str, pa.Array]

_ROWS_AT_ONCE = 4096
_FEWEST_ROWS = 24  # below, starting the columns costs more than it saves
_CHARACTERS_HELD = 16_000_000


@dataclass(slots=True)
class EventColumns:
    """Records of one kind as columns.

    `ids` holds 8 bytes for each, `outside` how many the time window sets aside. `events` go to the folder `bucket`;
    None when they are only counted.
    """

    ids: bytes
    outside: int
    records: pa.RecordBatch
    bucket: str | None = None
    events: pa.RecordBatch | None = None


@dataclass(slots=True)
class ColumnRoute:
    """Gathers the events of one evidence file and gives columns, or single records where that is not possible.

    A text is decoded when it comes, as soon as there are enough with its beginning.
    """

    label: str
    sha256: str
    options: IntakeOptions
    _layouts: Layouts = field(init=False)
    _waiting: dict[str, list[EventText]] = field(init=False, default_factory=dict)
    _open: set[str] = field(init=False, default_factory=set)
    _decoded: dict[Layout, Decoded] = field(init=False, default_factory=dict)
    _characters: int = field(init=False, default=0)
    _read: Callable[[EventText], RawRecord | ReadIssue] = field(init=False)

    def __post_init__(self) -> None:
        self._layouts = Layouts(load_mappings(), keep_all=self.options.keep_all)

    def take(self, item: EventTexts) -> Iterator[EventColumns | RawRecord | ReadIssue]:
        """Add texts; gives what is ready."""
        self._read = item.read
        touched: dict[str, list[EventText]] = {}
        waiting = self._waiting
        for entry in item.entries:
            beginning = beginning_of(entry[0])
            group = waiting.get(beginning)
            if group is None:
                group = waiting[beginning] = []
            group.append(entry)
            touched[beginning] = group
        for beginning, group in touched.items():
            if beginning in self._open or len(group) >= _FEWEST_ROWS:
                self._open.add(beginning)
                waiting[beginning] = []
                yield from map(self._read, self._decode(beginning, group))
        self._characters += sum([len(entry[0]) for entry in item.entries])
        if self._characters > _CHARACTERS_HELD:
            yield from self.finish()
        for layout in [key for key, found in self._decoded.items() if len(found.numbers) >= _ROWS_AT_ONCE]:
            yield from self._convert(layout, self._decoded.pop(layout))

    def finish(self) -> Iterator[EventColumns | RawRecord | ReadIssue]:
        """Give all that is held."""
        held, self._decoded = self._decoded, {}
        for layout, decoded in held.items():
            yield from self._convert(layout, decoded)
        waiting, self._waiting, self._characters = self._waiting, {}, 0
        self._open.clear()
        for group in waiting.values():
            yield from map(self._read, group)

    def _decode(self, beginning: str, entries: list[EventText]) -> list[EventText]:
        """Decode texts of one beginning; gives back those that no layout takes."""
        if not beginning:
            return entries
        for layout in self._layouts.find(beginning):
            entries = self._decode_as(layout, entries)
        while entries and (learned := self._layouts.learn(beginning, entries[0][0])):
            entries = self._decode_as(learned, entries)
        return entries

    def _decode_as(self, layout: Layout, entries: list[EventText]) -> list[EventText]:
        if not entries:
            return entries
        return layout.decode(entries, self._decoded.setdefault(layout, Decoded()))

    def _convert(self, layout: Layout, decoded: Decoded) -> Iterator[EventColumns | RawRecord | ReadIssue]:
        if decoded.times:
            yield self._columns(layout, decoded)

    def _columns(self, layout: Layout, decoded: Decoded) -> EventColumns:
        rows = len(decoded.numbers)
        times = _time_columns(layout, decoded, rows)
        ids = _digests(layout, decoded, times["Timestamp"])
        columns = self._record_columns(layout, decoded) | times | {"evidence_id": _id_texts(ids)}
        inside = _inside(columns["Timestamp"], self.options)
        columns["stored"] = constant(layout.is_stored, "stored", rows) if inside is None else inside
        if not layout.is_stored:
            columns["stored"] = constant(False, "stored", rows)
        outside = 0 if inside is None else rows - pc.sum(inside).as_py()
        found = EventColumns(ids, outside, _batch(columns, RECORD_SCHEMA, rows))
        if layout.is_stored and outside < rows:
            found.bucket = _bucket(layout)
            columns |= self._event_columns(layout, decoded)
            events = _batch(columns, EVENT_SCHEMA, rows)
            found.events = events if inside is None else events.filter(inside)
        return found

    def _record_columns(self, layout: Layout, decoded: Decoded) -> Columns:
        """The columns that every record has, but for its id and its time."""
        rows = len(decoded.numbers)
        computers = pa.array(decoded.computers, pa.string())
        return {
            "host": map_distinct(computers, lambda text: _host(text) or None, pa.string()),
            "Channel": constant(layout.channel or None, "Channel", rows),
            "Provider": constant(layout.provider or None, "Provider", rows),
            "EventID": constant(layout.event_id, "EventID", rows),
            "RecordId": pa.array(decoded.numbers, pa.int64()),
            "file_sha256": constant(self.sha256, "file_sha256", rows),
            "file": constant(self.label, "file", rows),
            "locator": _locators(decoded),
        }

    def _event_columns(self, layout: Layout, decoded: Decoded) -> Columns:
        """The columns that only stored events have."""
        rows = len(decoded.numbers)
        computers = pa.array(decoded.computers, pa.string())
        contents = decoded.contents if layout.kinds else [b"{}"] * rows
        user_ids = pa.array(decoded.user_ids, pa.string())
        columns = {
            "Computer": map_distinct(computers, lambda text: text or None, pa.string()),
            "Version": constant(layout.version, "Version", rows),
            "raw": constant(layout.system, "raw", rows),
            "event_data": pa.array(contents, pa.string()),
            "logger_sid": user_ids,
            "logger_pid": pa.array(decoded.process_ids, pa.int64()),
        }
        target = layout.target
        if target is None:
            return columns | {"category": constant(OTHER, "category", rows)}
        event = target.event
        columns |= {name: constant(value, name, rows) for name, value in event.constant.items()}
        for name, column in _field_columns(layout, decoded).items():
            columns[name] = pc.coalesce(column, columns[name]) if name in columns else column
        fill_identity(columns, event.identity, rows)
        if event.user_sid_from_logger:
            sids = map_distinct(user_ids, lambda text: text or None, pa.string())
            columns["UserSid"] = pc.coalesce(columns["UserSid"], sids) if "UserSid" in columns else sids
        sort_out_sids(columns)
        return columns | {"category": constant(event.category, "category", rows)}


def _time_columns(layout: Layout, decoded: Decoded, rows: int) -> Columns:
    """When the events happened and where that was read: in Sysmon's own field, else in the log's."""
    source = "TimeCreated" if layout.own_time is None else layout.wanted[layout.own_time]
    return {
        "Timestamp": pa.concat_arrays(decoded.times),
        "time_source": constant(source, "time_source", rows),
        "time_zone_assumed": constant(False, "time_zone_assumed", rows),
    }


def _field_columns(layout: Layout, decoded: Decoded) -> Columns:
    """The columns that the recorded fields fill."""
    plan = layout.plan
    if not plan.single and not plan.shared:
        return {}
    values = dict(zip(layout.wanted, zip(*decoded.rows, strict=True), strict=True))
    columns = {
        column: fill_column(values[name], layout.kinds[name], column, change)
        for name, column, change in plan.single
    }
    for names, column, change in plan.shared:
        columns[column] = pc.coalesce(
            *(fill_column(values[name], layout.kinds[name], column, change) for name in names)
        )
    return columns


def _digests(layout: Layout, decoded: Decoded, times: pa.Array) -> bytes:
    """The evidence ids, one behind the other."""
    computers = decoded.computers
    found = {name: hash_source(_host(name), layout.channel, layout.event_id) for name in set(computers)}
    micros = times.cast(pa.int64()).to_pylist()
    sources = map(found.__getitem__, computers)
    return b"".join(evidence_digests(sources, decoded.numbers, micros, decoded.contents))


def _host(computer: str) -> str:
    return computer.lower().rstrip(".")


def _locators(decoded: Decoded) -> pa.Array:
    """Where the records lie, as the reader writes it for a single one."""
    chunks = pa.array(decoded.chunks, pa.int64()).cast(pa.string())
    places = pa.array(decoded.places, pa.int64()).cast(pa.string())
    return pc.binary_join_element_wise("chunk", chunks, "at", places, " ")


def _id_texts(digests: bytes) -> pa.Array:
    """The ids as text: 16 hex characters each."""
    rows = len(digests) // ID_BYTES
    ends = array("i", range(0, rows * ID_BYTES * 2 + 1, ID_BYTES * 2))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(digests.hex().encode())]
    return pa.Array.from_buffers(pa.string(), rows, buffers)


def id_numbers(digests: bytes) -> array[int]:
    """The ids as numbers, as their hex texts read."""
    numbers = array("Q", digests)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _inside(times: pa.Array, options: IntakeOptions) -> pa.Array | None:
    """Which events lie in the time window, ends included; None when there is no window."""
    if options.window_from is None and options.window_to is None:
        return None
    inside = constant(True, "stored", len(times))
    if options.window_from is not None:
        inside = pc.and_(inside, pc.greater_equal(times, pa.scalar(options.window_from, times.type)))
    if options.window_to is not None:
        inside = pc.and_(inside, pc.less_equal(times, pa.scalar(options.window_to, times.type)))
    return pc.fill_null(inside, True)


def _bucket(layout: Layout) -> str:
    target = layout.target
    if target is None:
        return OTHER_BUCKET
    return f"{target.event.category}/{target.source}-{target.event_id}"


def _batch(columns: Columns, schema: pa.Schema, rows: int) -> pa.RecordBatch:
    """The columns that say something, in the order of the schema."""
    fields = [item for item in schema if item.name in columns and columns[item.name].null_count < rows]
    return pa.RecordBatch.from_arrays([columns[item.name] for item in fields], schema=pa.schema(fields))


def is_inside(time: datetime | None, options: IntakeOptions) -> bool:
    """True for a time inside the window, ends included; a record without a time is never set aside."""
    if time is None:
        return True
    if options.window_from is not None and time < options.window_from:
        return False
    return options.window_to is None or time <= options.window_to
