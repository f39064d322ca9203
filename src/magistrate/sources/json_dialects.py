"""Recognises which product wrote a JSON event and brings it to a raw record.

The envelope of each product, that is the keys that are not event data, is a table: `json_envelopes.csv`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from magistrate.sources.base import RawRecord
from magistrate.sources.event_tree import (
    event_number,
    event_values,
    number_of,
    plain_text,
    record_from_tree,
    whole_number,
)
from magistrate.sources.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NOT_AN_EVENT = "no event id, channel or record id: not a Windows event"

_IDENTIFYING = frozenset({"event_id", "channel", "record_id"})
# Keys whose values decide how an object is read.
_NESTING = frozenset({"_source", "result", "Event", "System", "winlog"})
_ALERTS = ("RuleTitle", "sigmafile", "rule_level")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Keys of one dialect that are not event data, by key: the part of the record that each fills."""

    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which key fills which part of a record, for one set of keys.

    `found` is by part, `times` are (name of the time, key), `data` are (key, whether it holds event data as an
    element). Where several keys fill one part the first speaks.
    """

    found: Mapping[str, str]
    times: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, bool], ...]


_flat_layouts: Remembered[tuple[str, ...], tuple[tuple[str, ...], _Layout]] = Remembered(1024, 4096)


@cache
def _envelopes() -> Mapping[str, Envelope]:
    text = resources.files(__package__).joinpath("json_envelopes.csv").read_text(encoding="utf-8")
    parts: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        dialect = parts.setdefault(row["dialect"], {})
        if row["key"] in dialect:
            raise ValueError(f"json_envelopes.csv repeats {row['dialect']} {row['key']}")
        dialect[row["key"]] = row["part"]
    return {name: Envelope(items) for name, items in parts.items()}


def record_from_object(
    value: dict[str, Any], raw: str, locator: str, flags: tuple[str, ...], max_keys: int
) -> RawRecord | str:
    """Build the raw record of one JSON object, or say in a few words why it is no event."""
    notes = [*flags]
    known = _flat_layouts.get(tuple(value)) if len(value) <= max_keys else None
    if known is not None:
        remarks, layout = known
        notes += remarks
        record = _from_layout(value, layout, raw, locator, notes)
    else:
        for wrapper in ("_source", "result"):
            if isinstance(inner := value.get(wrapper), dict):
                value = inner
        if any(key in value for key in _ALERTS):
            return "an alert of a detection tool, not an event; give the log it points to"
        if len(value) > max_keys:
            notes.append(f"more than {max_keys} keys; the rest is only in the raw text")
            value = dict(list(value.items())[:max_keys])
        remarks = _remarks(tuple(value))
        notes += remarks
        record = _by_dialect(value, raw, locator, notes, remarks)
    if notes and isinstance(record, RawRecord):
        record.notes = (*record.notes, *notes)
    return record


def _remarks(names: tuple[str, ...]) -> tuple[str, ...]:
    """What is to be said about the names of the keys."""
    remarks = []
    if len({*map(str.lower, names)}) != len(names):
        remarks.append("keys that differ only in case; the exact name is used")
    if not all(map(str.isascii, names)):
        remarks.append(
            "field names with letters beyond ASCII, which may look like known ones; they fill no column"
        )
    return tuple(remarks)


def _by_dialect(
    value: dict[str, Any], raw: str, locator: str, notes: list[str], remarks: tuple[str, ...]
) -> RawRecord | str:
    event = value.get("Event")
    if isinstance(event, dict) and isinstance(event.get("System"), dict):
        return record_from_tree(event, raw, locator)
    if isinstance(value.get("System"), dict):
        return record_from_tree(value, raw, locator)
    if "SourceModuleType" in value or ("EventTime" in value and "SourceName" in value):
        layout = _layout(value, _nxlog_parts(value))
        _remember(value, layout, remarks)
        return _from_layout(value, layout, raw, locator, notes)
    if isinstance(value.get("winlog"), dict) or "winlog.channel" in value or "winlog.event_id" in value:
        return _winlogbeat(value, raw, locator)
    if "log_name" in value and ("event_data" in value or "record_number" in value):
        flat = _flat_winlogbeat_6(value)
        return _from_layout(flat, _layout(flat, _envelopes()["winlogbeat_6"].parts), raw, locator, notes)
    layout = _layout(value, _envelopes()["flat"].parts)
    _remember(value, layout, remarks)
    return _from_layout(value, layout, raw, locator, notes)


def _remember(value: Mapping[str, Any], layout: _Layout, remarks: tuple[str, ...]) -> None:
    """Know these keys again, unless it takes the values to tell the dialect."""
    if not value.keys() & _NESTING:
        names = tuple(value)
        _flat_layouts.keep(names, (remarks, layout), sum(map(len, names)))


def _nxlog_parts(value: Mapping[str, Any]) -> Mapping[str, str]:
    envelope = dict(_envelopes()["nxlog"].parts)
    # A renamed System column tells that the plain name is event data (telemetry notes 4.2, trap 6).
    if "EventTypeOrignal" in value:
        envelope.pop("EventType", None)
    if "ExecutionProcessID" in value:
        envelope.pop("ProcessID", None)
    return envelope


def _layout(names: Iterable[str], parts: Mapping[str, str]) -> _Layout:
    """Sort the keys of a flat object into the parts of a record; what the envelope does not name is data."""
    found: dict[str, str] = {}
    times: list[tuple[str, str]] = []
    data: list[tuple[str, bool]] = []
    for key in names:
        part = parts.get(key)
        if part is None or part == "data":
            data.append((key, part is not None))
        elif part.startswith("time:"):
            times.append((part[5:], key))
        elif part != "ignored":
            found.setdefault(part, key)
    return _Layout(found, tuple(times), tuple(data))


def _from_layout(
    value: Mapping[str, Any], layout: _Layout, raw: str, locator: str, notes: list[str]
) -> RawRecord | str:
    times: dict[str, str] = {}
    data: dict[str, str | None] = {}
    for key, is_element in layout.data:
        item = value[key]
        if is_element:
            data |= event_values({"EventData": item}, notes)
        else:
            data[key] = item if type(item) is str else plain_text(item)
    for name, key in layout.times:
        item = value[key]
        if item is not None:
            times.setdefault(name, plain_text(item) or "")
    found = {part: value[key] for part, key in layout.found.items()}
    if not found.keys() & _IDENTIFYING:
        return NOT_AN_EVENT
    record_id = _number(found.get("record_id"))
    if record_id is None and found.get("record_id") is not None:
        notes.append("a record id that is no whole number; it is only in the raw text")
    return RawRecord(
        channel=plain_text(found.get("channel")) or "",
        provider=plain_text(found.get("provider")) or "",
        event_id=event_number(found.get("event_id")),
        computer=plain_text(found.get("computer")) or "",
        record_id=record_id,
        times=times,
        data=data,
        raw=raw,
        locator=locator,
        version=_number(found.get("version")),
        message=plain_text(found.get("message")),
        logger_sid=plain_text(found.get("logger_sid")),
        logger_pid=_number(found.get("logger_pid")),
    )


def _number(value: object) -> int | None:
    return number_of(value) if type(value) is int else whole_number(plain_text(value))


def _winlogbeat(value: Mapping[str, Any], raw: str, locator: str) -> RawRecord:
    log = _object(value, "winlog")
    event, host = _object(value, "event"), _object(value, "host")
    user_data = {key: item for key, item in _object(log, "user_data").items() if key != "xml_name"}
    data = {key: plain_text(_single(item)) for key, item in (_object(log, "event_data") | user_data).items()}
    time = _single(value.get("@timestamp"))
    number = log.get("event_id", event.get("code"))
    return RawRecord(
        channel=plain_text(_single(log.get("channel"))) or "",
        provider=plain_text(_single(log.get("provider_name", event.get("provider")))) or "",
        event_id=event_number(_single(number)),
        computer=plain_text(_single(log.get("computer_name", host.get("name")))) or "",
        record_id=whole_number(plain_text(_single(log.get("record_id")))),
        # Winlogbeat fills @timestamp with the event's own TimeCreated.
        times={"TimeCreated": plain_text(time) or ""} if time is not None else {},
        data=data,
        raw=raw,
        locator=locator,
        version=whole_number(plain_text(_single(log.get("version")))),
        message=plain_text(_single(value.get("message"))),
        logger_sid=plain_text(_single(_object(log, "user").get("identifier"))),
        logger_pid=whole_number(plain_text(_single(_object(log, "process").get("pid")))),
    )


def _flat_winlogbeat_6(value: Mapping[str, Any]) -> dict[str, Any]:
    user_data = {key: item for key, item in _object(value, "user_data").items() if key != "xml_name"}
    user = _object(value, "user").get("identifier")
    plain = {key: item for key, item in value.items() if key not in ("user", "user_data")}
    return plain | {"user_data": user_data, "user.identifier": user}


def _object(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A member object, put together from dotted keys (`winlog.channel`) where an export flattened it."""
    inner = value.get(name)
    found = dict(inner) if isinstance(inner, dict) else {}
    prefix = f"{name}."
    for key, item in value.items():
        if key.startswith(prefix):
            found.setdefault(key[len(prefix) :], item)
    return found


def _single(value: Any) -> Any:
    """The only item of a list: Elasticsearch's `fields` form wraps every value in one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
