"""Layouts of event texts that come again and again: what the first one shows, the others are decoded by.

The text of an event begins with everything that is the same for its kind: provider, event id, version, level. Events
with the same beginning nearly always have the same fields, so they are decoded straight into those. A layout takes
only what the general way (`usual_tree`) would read alike; it refuses everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from magistrate.sources.column_values import read_times
from magistrate.sources.event_tree import SYSTEM_FIELDS
from magistrate.sources.mapping import EventTarget, Mappings, Plan
from magistrate.sources.normalise import SYSMON
from magistrate.sources.remembered import Remembered
from magistrate.sources.usual_tree import RecordNumber, usual_record
from magistrate.sources.values import converters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from magistrate.sources.base import EventText, RawRecord

_FOLLOWS = '"TimeCreated":'
_BEGINS = ('"Provider":', '"EventID":')  # what must lie ahead of it, so that equal beginnings tell them
_TOLD = (
    "Version",
    *SYSTEM_FIELDS,
)  # what equal beginnings tell when it lies there, and what may lie nowhere else
_LAYOUTS_REMEMBERED = 400
_BEGINNING_CHARACTERS = 1000
_LAYOUTS_OF_ONE_BEGINNING = 4
_MOST_FIELDS = 100
_DECODED_AT_ONCE = 1024  # so few stay in the processor's cache from the text to the columns
_OTHER_LAYOUT = (msgspec.DecodeError, ValueError, RecursionError)
_OWN_TIME = "UtcTime"


class _SystemTime(msgspec.Struct, gc=False):
    SystemTime: str


class _TimeCreated(msgspec.Struct, gc=False):
    attributes: _SystemTime = msgspec.field(name="#attributes")


class _ProcessID(msgspec.Struct, gc=False):
    ProcessID: RecordNumber


class _Execution(msgspec.Struct, gc=False):
    attributes: _ProcessID = msgspec.field(name="#attributes")


class _UserID(msgspec.Struct, gc=False):
    UserID: str | None = None


class _Security(msgspec.Struct, gc=False):
    attributes: _UserID = msgspec.field(name="#attributes")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Events of one layout, taken apart, one entry an event, but for `times`, which come in stretches.

    `rows` holds the wanted fields of each, `chunks` and `places` where it lies.
    """

    times: list[pa.Array] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    computers: list[str] = field(default_factory=list)
    process_ids: list[int | None] = field(default_factory=list)
    user_ids: list[str | None] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    chunks: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How the events with one beginning are decoded.

    `target` is None for events that no mapping knows; they are stored only when `is_stored`. `kinds` are the recorded
    names with the type of each as the decoder gives it (`str`, which may be None, `int` or `bool`), `plan` what fills which
    column, `wanted` the fields that this needs and `take` picks. `own_time` is the place among them of the event's
    own time, which Sysmon writes.
    """

    channel: str
    provider: str
    event_id: int
    version: int | None
    system: str
    target: EventTarget | None
    is_stored: bool
    kinds: dict[str, type]
    plan: Plan
    wanted: tuple[str, ...]
    own_time: int | None
    decode_event: Callable[[str], Any]
    decode_data: Callable[[Any], Any] | None
    take: Callable[[Any], tuple[Any, ...]] | None

    def decode(self, entries: Sequence[EventText], decoded: Decoded) -> list[EventText]:
        """Decode events and add them to those before; those that are not of this layout are given back."""
        others: list[EventText] = []
        for first in range(0, len(entries), _DECODED_AT_ONCE):
            part = entries[first : first + _DECODED_AT_ONCE]
            try:
                self._decode(part, decoded)
            except _OTHER_LAYOUT:
                for entry in part:
                    try:
                        self._decode([entry], decoded)
                    except _OTHER_LAYOUT:
                        others.append(entry)
        return others

    def _decode(self, entries: Sequence[EventText], decoded: Decoded) -> None:
        decode = self.decode_event
        events = [decode(entry[0]).Event for entry in entries]
        raws = [event.EventData for event in events]
        rows = list(map(self.take, map(self.decode_data, raws))) if self.decode_data and self.take else []
        systems = [event.System for event in events]
        if self.own_time is None:
            times = read_times(
                [system.TimeCreated.attributes.SystemTime for system in systems], has_zone=True
            )
        else:
            times = read_times([row[self.own_time] for row in rows], has_zone=False)
        if times is None:
            raise ValueError("a time is not as the library or Sysmon writes it")
        # Nothing fails from here on, so that no event is added by half.
        decoded.times.append(times)
        decoded.rows.extend(rows)
        decoded.numbers.extend([system.EventRecordID for system in systems])
        decoded.computers.extend([system.Computer for system in systems])
        decoded.process_ids.extend(
            [None if (part := system.Execution) is None else part.attributes.ProcessID for system in systems]
        )
        decoded.user_ids.extend(
            [None if (part := system.Security) is None else part.attributes.UserID for system in systems]
        )
        decoded.contents.extend(map(_as_content, raws) if self.has_content else [b""] * len(raws))
        decoded.chunks.extend([entry[1] for entry in entries])
        decoded.places.extend([entry[2] for entry in entries])

    @property
    def has_content(self) -> bool:
        """False when events of this layout hold no data of their own."""
        return bool(self.kinds) or not self.is_stored


class Layouts:
    """The layouts found in one file, by the beginning of the text. Both are bounded: texts are foreign.

    What a file gives must not depend on the files before it, so only the decoders are shared between files. With
    `keep_all` the events that no mapping knows are read in full.
    """

    def __init__(self, mappings: Mappings, *, keep_all: bool) -> None:
        self._mappings = mappings
        self._keep_all = keep_all
        self._found: Remembered[str, list[Layout]] = Remembered(_LAYOUTS_REMEMBERED, _BEGINNING_CHARACTERS)

    def find(self, beginning: str) -> list[Layout]:
        """Layouts that texts with this beginning had."""
        return self._found.get(beginning, [])

    def learn(self, beginning: str, text: str) -> Layout | None:
        """The layout of a text that no known one took; None when the general way has to read it."""
        known = self.find(beginning)
        if len(known) >= _LAYOUTS_OF_ONE_BEGINNING or any(part not in beginning for part in _BEGINS):
            return None
        layout = self._make(text, tuple(name for name in _TOLD if f'"{name}":' not in beginning))
        if layout is not None:
            self._found.keep(beginning, [*known, layout], len(beginning))
        return layout

    def _make(self, text: str, absent_before: tuple[str, ...]) -> Layout | None:
        record = usual_record(text, "")
        if record is None or record.notes:
            return None
        target, channel = self._mappings.route(record.channel, record.provider, record.event_id)
        event = target.event if target else None
        if event and (event.derive or event.category_when):
            return None  # these look at single rows
        if target is None and not self._keep_all:
            return _layout(record, absent_before, None, channel, {}, _Data.COUNTED)
        if record.content == b"":
            return _layout(record, absent_before, target, channel, {}, _Data.NONE)
        if not record.is_plain or record.content is None or len(record.data) > _MOST_FIELDS:
            return None
        values = msgspec.json.decode(record.content)
        kinds = {name: type(value) if type(value) in (int, bool) else str for name, value in values.items()}
        return _layout(record, absent_before, target, channel, kinds, _Data.FIELDS)


def beginning_of(text: str) -> str:
    """The part of an event's text that is the same for its kind; empty when the text is unusual."""
    end = text.find(_FOLLOWS)
    return text[:end] if end > 0 else ""


class _Data(Enum):
    """What the event data of a layout may be: fields, nothing, or anything because it is only counted."""

    FIELDS = "fields"
    NONE = "none"
    COUNTED = "counted"


def _layout(
    record: RawRecord,
    absent_before: tuple[str, ...],
    target: EventTarget | None,
    channel: str,
    kinds: dict[str, type],
    data: _Data,
) -> Layout:
    plan = target.plan(tuple(kinds), converters()) if target else Plan((), ())
    wanted = {name for name, _, _ in plan.single} | {name for names, _, _ in plan.shared for name in names}
    has_own_time = target is not None and target.source == SYSMON and _OWN_TIME in kinds
    if has_own_time:
        wanted.add(_OWN_TIME)
    names = tuple(kinds)
    chosen = tuple(name for name in names if name in wanted)
    return Layout(
        channel=channel,
        provider=record.provider,
        event_id=record.event_id,
        version=record.version,
        system=record.system,
        target=target,
        is_stored=data is not _Data.COUNTED,
        kinds=kinds,
        plan=plan,
        wanted=chosen,
        own_time=chosen.index(_OWN_TIME) if has_own_time else None,
        decode_event=_event_decoder(record.channel, absent_before, data),
        decode_data=_data_decoder(tuple(kinds.items())) if kinds else None,
        take=_taker(tuple(map(names.index, chosen))) if kinds else None,
    )


def _taker(places: tuple[int, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """Picks the wanted fields of one event's decoded data."""
    if len(places) > 1:
        return attrgetter(*(f"f{place}" for place in places))
    if not places:
        return lambda _: ()
    take_one = attrgetter(f"f{places[0]}")
    return lambda data: (take_one(data),)


def _as_content(raw: msgspec.Raw) -> bytes:
    text = bytes(raw)
    return b"" if text == b"null" else text


@lru_cache(maxsize=_LAYOUTS_REMEMBERED)
def _event_decoder(channel: str, absent_before: tuple[str, ...], data: _Data) -> Callable[[str], Any]:
    """Decoder of the whole text; what the beginning tells already is passed over."""
    system = msgspec.defstruct(
        "System",
        [
            ("TimeCreated", _TimeCreated),
            ("EventRecordID", RecordNumber),
            ("Execution", _Execution | None, None),
            ("Channel", Literal[channel]),
            ("Computer", str),
            ("Security", _Security | None, None),
            *((name, None, None) for name in absent_before),
        ],
        kw_only=True,  # the order is that of the text, which the decoder follows
        gc=False,
    )
    absent: list[Any] = [("UserData", None, None), ("ProcessingErrorData", None, None)]
    kind: dict[_Data, Any] = {
        _Data.NONE: ("EventData", None, None),
        _Data.COUNTED: ("EventData", msgspec.Raw, msgspec.Raw(b"")),
        _Data.FIELDS: ("EventData", msgspec.Raw),
    }
    event = msgspec.defstruct("Event", [("System", system), kind[data], *absent], gc=False)
    return msgspec.json.Decoder(msgspec.defstruct("Tree", [("Event", event)], gc=False)).decode


@lru_cache(maxsize=_LAYOUTS_REMEMBERED)
def _data_decoder(kinds: tuple[tuple[str, type], ...]) -> Callable[[Any], Any]:
    """Decoder of the event data into attributes `f0`, `f1` and so on; other, missing or further fields are refused."""
    fields: list[Any] = [
        (f"f{place}", str | None if kind is str else kind, msgspec.field(name=name))
        for place, (name, kind) in enumerate(kinds)
    ]
    return msgspec.json.Decoder(
        msgspec.defstruct("EventData", fields, gc=False, forbid_unknown_fields=True)
    ).decode
