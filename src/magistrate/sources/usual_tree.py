"""A short way for the layout that nearly every event of a log has; `event_tree` takes all others.

The text is decoded straight into the few parts that are needed. Whatever differs from the usual layout in any way
makes the decoder refuse, and then the general way decides, so both always give the same record.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any

import msgspec

from magistrate.sources.base import RawRecord
from magistrate.sources.event_tree import SYSTEM_FIELDS, event_values, system_text

RecordNumber = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""A number of a System part that fits its column."""

_EventNumber = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]

_NOT_PLAIN = frozenset({"Data", "#text", "#attributes"})
_LAYOUTS_REMEMBERED = 512


class _Name(msgspec.Struct, gc=False):
    Name: str


class _SystemTime(msgspec.Struct, gc=False):
    SystemTime: str


class _ProcessID(msgspec.Struct, gc=False):
    ProcessID: RecordNumber


class _UserID(msgspec.Struct, gc=False):
    UserID: str | None = None


class _Provider(msgspec.Struct, gc=False):
    attributes: _Name = msgspec.field(name="#attributes")


class _TimeCreated(msgspec.Struct, gc=False):
    attributes: _SystemTime = msgspec.field(name="#attributes")


class _Execution(msgspec.Struct, gc=False):
    attributes: _ProcessID = msgspec.field(name="#attributes")


class _Security(msgspec.Struct, gc=False):
    attributes: _UserID = msgspec.field(name="#attributes")


class _System(msgspec.Struct, gc=False):
    Provider: _Provider
    EventID: _EventNumber
    TimeCreated: _TimeCreated
    EventRecordID: RecordNumber
    Channel: str
    Computer: str
    Version: RecordNumber | None = None
    Level: Any = None
    Task: Any = None
    Opcode: Any = None
    Keywords: Any = None
    Execution: _Execution | None = None
    Security: _Security | None = None


class _Event(msgspec.Struct):
    System: _System
    EventData: msgspec.Raw = msgspec.Raw(b"null")
    UserData: msgspec.Raw = msgspec.Raw(b"null")
    ProcessingErrorData: msgspec.Raw = msgspec.Raw(b"null")


class _Tree(msgspec.Struct):
    Event: _Event


_decode = msgspec.json.Decoder(_Tree).decode
_decode_part = msgspec.json.Decoder().decode
_NULL = b"null"


def usual_record(text: str, locator: str) -> RawRecord | None:
    """Raw record of the library's text; None when its layout is not the usual one."""
    try:
        event = _decode(text).Event
        parts = {
            "EventData": _decode_part(event.EventData),
            "UserData": _decode_part(event.UserData),
            "ProcessingErrorData": _decode_part(event.ProcessingErrorData),
        }
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    system = event.System
    notes: list[str] = []
    content = part_texts(event.EventData, event.UserData, event.ProcessingErrorData)
    data: dict[str, str | None] | None = None
    if type(parts["EventData"]) is dict and content == bytes(event.EventData):
        data = _named_values(parts["EventData"])
    is_plain = data is not None
    if data is None:
        data = event_values(parts, notes)
    return RawRecord(
        channel=system.Channel,
        provider=system.Provider.attributes.Name,
        event_id=system.EventID,
        computer=system.Computer,
        record_id=system.EventRecordID,
        times={"TimeCreated": system.TimeCreated.attributes.SystemTime},
        data=data,
        raw=text,
        locator=locator,
        version=system.Version,
        logger_sid=system.Security.attributes.UserID if system.Security is not None else None,
        logger_pid=system.Execution.attributes.ProcessID if system.Execution is not None else None,
        notes=tuple(notes),
        content=content,
        is_plain=is_plain,
        system=system_text({name: getattr(system, name) for name in SYSTEM_FIELDS}),
    )


def part_texts(*parts: msgspec.Raw) -> bytes:
    """What an event says beyond its System part, as it stands in the text; empty when it says nothing."""
    filled = [bytes(part) for part in parts]
    return b"\0".join(part for part in filled if part and part != _NULL)


def _named_values(content: dict[str, Any]) -> dict[str, str | None] | None:
    """Event data of named single values as text, changed in place; None when there is anything else."""
    if not _are_plain(tuple(content)):
        return None
    for name, value in content.items():
        kind = type(value)
        if kind is not str and value is not None:
            if kind is int:
                content[name] = str(value)
            elif kind is bool:
                content[name] = "true" if value else "false"
            else:
                return None
    return content


@lru_cache(maxsize=_LAYOUTS_REMEMBERED)
def _are_plain(names: tuple[str, ...]) -> bool:
    """True when no name has a meaning of its own and none is a repetition (`Name_1` beside `Name`)."""
    known = set(names)
    return not known & _NOT_PLAIN and not any(name.endswith("_1") and name[:-2] in known for name in names)
