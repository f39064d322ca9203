"""Turns the JSON form of an event's XML (`Event.System`, `Event.EventData`) into a raw record.

Both the EVTX reader and exports of evtx_dump and Chainsaw give this form. Values arrive in several shapes:
`EventID` as 4624, "4624" or {"#attributes": {"Qualifiers": 0}, "#text": 4624}; event data as an object, a list, a
text or nothing; user data under one root element of any name.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from magistrate.sources.base import RawRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGITS = re.compile(r"-?\d{1,20}|0[xX][0-9a-fA-F]{1,16}", re.ASCII)

_PLAIN_NUMBERS = 10**18  # well inside the digits that are read as a number

_NOTHING: Mapping[str, Any] = {}

SYSTEM_FIELDS = ("Level", "Task", "Opcode", "Keywords")
"""System fields of an event that have no column."""

UNKNOWN_EVENT = -1
"""`RawRecord.event_id` of a record that names no usable event id."""


def record_from_tree(event: Mapping[str, Any], raw: str, locator: str) -> RawRecord:
    """Build the raw record of one decoded `Event` object. Never fails: what is missing stays empty."""
    system = _mapping(event.get("System"))
    notes: list[str] = []
    record_id = whole_number(_text_of(system.get("EventRecordID")))
    if record_id is None and system.get("EventRecordID") is not None:
        notes.append("EventRecordID is not a number")
    execution = _attributes(system.get("Execution"))
    time = _attributes(system.get("TimeCreated")).get("SystemTime")
    data = event_values(event, notes)
    return RawRecord(
        channel=_text_of(system.get("Channel")) or "",
        provider=_text_of(_attributes(system.get("Provider")).get("Name")) or "",
        event_id=event_number(system.get("EventID")),
        computer=_text_of(system.get("Computer")) or "",
        record_id=record_id,
        times={"TimeCreated": str(time)} if time is not None else {},
        data=data,
        raw=raw,
        locator=locator,
        version=whole_number(_text_of(system.get("Version"))),
        logger_sid=_text_of(_attributes(system.get("Security")).get("UserID")),
        logger_pid=whole_number(_text_of(execution.get("ProcessID"))),
        notes=tuple(notes),
        system=system_text(system),
    )


def system_text(system: Mapping[str, Any]) -> str:
    """The System fields that rules ask for and that have no column, as a JSON object."""
    found = {name: system[name] for name in SYSTEM_FIELDS if type(system.get(name)) in (int, str)}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def event_values(event: Mapping[str, Any], notes: list[str]) -> dict[str, str | None]:
    """Event data and user data as one flat mapping; unnamed values become `param1`, `param2` and so on."""
    values: dict[str, str | None] = {}
    for part in ("EventData", "UserData", "ProcessingErrorData"):
        content = event.get(part)
        if content is None:
            continue
        if part == "UserData" and isinstance(content, dict):
            for name, root in content.items():
                if name != "#attributes":
                    _flatten(root if isinstance(root, dict) else {name: root}, values)
        else:
            _flatten(content, values)
    for name in values:
        # The EVTX library keeps a repeated Data name under `Name_1`; the first one speaks.
        if name.endswith("_1") and name[:-2] in values:
            notes.append(f"the field {name[:-2][:60]} is repeated; the first value is used")
    return values


def event_number(value: object) -> int:
    """Event id of any of its shapes; `UNKNOWN_EVENT` when there is none."""
    number = number_of(value)
    return UNKNOWN_EVENT if number is None or not 0 <= number <= 0xFFFFFFFF else number


def number_of(value: object) -> int | None:
    """Whole number of any of the shapes of a value; None when there is none."""
    if type(value) is int and 0 <= value <= _PLAIN_NUMBERS:
        return value
    return whole_number(_text_of(value))


def whole_number(text: str | None) -> int | None:
    """Read a decimal or 0x number exactly; None for anything else, a fraction included."""
    if text is None or not _DIGITS.fullmatch(text := text.strip()):
        return None
    return int(text, 16) if text[:2] in ("0x", "0X") else int(text)


def plain_text(value: object) -> str | None:
    """One value as text: numbers and booleans as JSON writes them, objects and lists as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _flatten(content: object, values: dict[str, str | None]) -> None:
    """Add the named and unnamed values of one element."""
    if isinstance(content, dict):
        for name, value in content.items():
            if name == "#attributes":
                continue
            if name in ("Data", "#text") and not _is_named(value):
                _add_unnamed(value, values)
            else:
                values.setdefault(name, _text_of(value))
    else:
        _add_unnamed(content, values)


def _is_named(value: object) -> bool:
    """True for an element whose content is further elements, not just text."""
    return isinstance(value, dict) and not set(value) <= {"#attributes", "#text"}


def _add_unnamed(value: object, values: dict[str, str | None]) -> None:
    if isinstance(value, dict):
        value = value.get("#text")
    items = value if isinstance(value, list) else [value]
    taken = sum(1 for name in values if name.startswith("param"))
    for position, item in enumerate(items, taken + 1):
        if isinstance(item, dict) and (name := _attributes(item).get("Name")):
            values.setdefault(str(name), _text_of(item))
        elif item is not None:
            values.setdefault(f"param{position}", _text_of(item))


def _text_of(value: object) -> str | None:
    """Text of an element that may carry attributes."""
    if type(value) is str:
        return value
    if isinstance(value, dict) and ("#text" in value or "Value" in value):
        value = value.get("#text", value.get("Value"))
    elif isinstance(value, dict) and set(value) <= {"#attributes"}:
        return None
    return plain_text(value)


def _attributes(value: object) -> Mapping[str, Any]:
    """Attributes of an element: under `#attributes`, or the element itself where an export merged them."""
    if isinstance(value, dict):
        return _mapping(value.get("#attributes", value))
    return _NOTHING


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _NOTHING
