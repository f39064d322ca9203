"""Layouts of event texts that come again and again: what the first one shows, the others are decoded by.

The text of an event begins with everything that is the same for its kind: provider, event id, version, level. Events
with the same beginning nearly always have the same fields, so they are decoded straight into those. A layout takes
only what the general way (`usual_tree`) would read alike; it refuses everything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from magistrate.sources.event_tree import SYSTEM_FIELDS
from magistrate.sources.mapping import EventTarget, Mappings, Plan
from magistrate.sources.remembered import Remembered
from magistrate.sources.usual_tree import RecordNumber, usual_record
from magistrate.sources.values import converters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from magistrate.sources.base import RawRecord

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
    """Events of one layout, taken apart, one entry an event; `data` is empty when the layout reads no fields."""

    times: list[str]
    numbers: list[int]
    computers: list[str]
    process_ids: list[int | None]
    user_ids: list[str | None]
    contents: list[bytes]
    data: list[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How the events with one beginning are decoded.

    `target` is None for events that no mapping knows; they are stored only when `is_stored`. `fields` are the recorded names, `kinds` the type of each as
    the decoder gives it (`str`, which may be None, or `int`), `plan` what fills which column.
    """

    channel: str
    provider: str
    event_id: int
    version: int | None
    system: str
    target: EventTarget | None
    is_stored: bool
    fields: tuple[str, ...]
    kinds: dict[str, type]
    plan: Plan
    decode_event: Callable[[str], Any]
    decode_data: Callable[[Any], Any] | None

    def decode(self, texts: Sequence[str]) -> Decoded:
        """Decode events.

        Raises:
            msgspec.DecodeError: one of them is not of this layout.
        """
        decode = self.decode_event
        events = [decode(text).Event for text in texts]
        raws = [event.EventData for event in events]
        systems = [event.System for event in events]
        contents = [_as_content(raw) for raw in raws] if self.has_content else [b""] * len(raws)
        return Decoded(
            [system.TimeCreated.attributes.SystemTime for system in systems],
            [system.EventRecordID for system in systems],
            [system.Computer for system in systems],
            [None if (part := system.Execution) is None else part.attributes.ProcessID for system in systems],
            [None if (part := system.Security) is None else part.attributes.UserID for system in systems],
            contents,
            list(map(self.decode_data, raws)) if self.decode_data else [],
        )

    @property
    def has_content(self) -> bool:
        """False when events of this layout hold no data of their own."""
        return bool(self.fields) or not self.is_stored


class Layouts:
    """The layouts found so far, by the beginning of the text. Both are bounded: texts are foreign.

    With `keep_all` the events that no mapping knows are read in full.
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
        layout = self._make(text, [name for name in _TOLD if f'"{name}":' not in beginning])
        if layout is not None:
            self._found.keep(beginning, [*known, layout], len(beginning))
        return layout

    def _make(self, text: str, absent_before: list[str]) -> Layout | None:
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
        kinds: dict[str, type] = {name: int if type(value) is int else str for name, value in values.items()}
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
    absent_before: list[str],
    target: EventTarget | None,
    channel: str,
    kinds: dict[str, type],
    data: _Data,
) -> Layout:
    fields = tuple(kinds)
    return Layout(
        channel=channel,
        provider=record.provider,
        event_id=record.event_id,
        version=record.version,
        system=record.system,
        target=target,
        is_stored=data is not _Data.COUNTED,
        fields=fields,
        kinds=kinds,
        plan=target.plan(fields, converters()) if target else Plan((), ()),
        decode_event=_event_decoder(record, absent_before, data),
        decode_data=_data_decoder(kinds) if kinds else None,
    )


def _as_content(raw: msgspec.Raw) -> bytes:
    text = bytes(raw)
    return b"" if text == b"null" else text


def _event_decoder(record: RawRecord, absent_before: list[str], data: _Data) -> Callable[[str], Any]:
    """Decoder of the whole text; what the beginning tells already is passed over."""
    system = msgspec.defstruct(
        "System",
        [
            ("TimeCreated", _TimeCreated),
            ("EventRecordID", RecordNumber),
            ("Execution", _Execution | None, None),
            ("Channel", Literal[record.channel]),
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


def _data_decoder(kinds: dict[str, type]) -> Callable[[Any], Any]:
    """Decoder of the event data into attributes `f0`, `f1` and so on; other, missing or further fields are refused."""
    fields: list[Any] = [
        (f"f{place}", int if kind is int else str | None, msgspec.field(name=name))
        for place, (name, kind) in enumerate(kinds.items())
    ]
    return msgspec.json.Decoder(
        msgspec.defstruct("EventData", fields, gc=False, forbid_unknown_fields=True)
    ).decode
