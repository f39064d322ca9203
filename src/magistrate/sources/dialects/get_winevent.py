"""Events of PowerShell's `Get-WinEvent | ConvertTo-Json`: values by position, and a rendered message."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.layout import Layouts, record_by_layout
from magistrate.sources.event_tree import plain_text
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord
    from magistrate.sources.dialects.base import Place

_DATE = re.compile(r"/?\\?/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?/")
_layouts = Layouts("get_winevent")


class GetWinEvent:
    """`Properties` hold the event data in order; the names come from `event_properties.csv`."""

    format = Format(
        name="get_winevent",
        title="Get-WinEvent | ConvertTo-Json",
        gives=Gives.EVENTS,
        recognised_by="ProviderName, Id and LogName with MachineName or Properties",
        answers="As the event log for events whose layout is known; values stand by position, whatever the language.",
        cannot="An event with an unknown number of values keeps them unnamed, except what its English message names.",
        source="EventLogRecord of .NET; layouts as counted in public recordings",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Property names of .NET's event record."""
        return "ProviderName" in value and "Id" in value and ("LogName" in value or "Properties" in value)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the record; dates as Windows PowerShell writes them become seconds since 1970."""
        flat = {key: item for key, item in value.items() if key != "Properties"}
        flat["TimeCreated"] = _time(value.get("TimeCreated"))
        user = value.get("UserId")
        flat["UserId"] = user.get("Value") if isinstance(user, dict) else user
        record = record_by_layout(flat, _layouts.of(flat), place)
        if not isinstance(record, str):
            record.data = _named(value.get("Properties"), record, place.notes)
        return record


def _time(value: Any) -> str | None:
    if isinstance(value, dict):
        # PowerShell adds the display form: {"value": "/Date(1772614800123)/", "DateTime": "..."}
        value = value.get("value", value.get("DateTime"))
    text = plain_text(value)
    match = _DATE.fullmatch(text.strip()) if text else None
    if match is None:
        return text
    seconds, milliseconds = divmod(int(match.group(1)), 1000)
    return f"{seconds}.{milliseconds:03d}"


def _named(content: Any, record: RawRecord, notes: list[str]) -> dict[str, str | None]:
    items = content if isinstance(content, list) else []
    values = [_value(item.get("Value") if isinstance(item, dict) else item) for item in items]
    names = property_names(record.provider, record.event_id, len(values))
    if names is None:
        if values:
            notes.append("values without names, in an order that is not known; they fill no column")
        return {f"param{position}": text for position, text in enumerate(values, 1)}
    return dict(zip(names, values, strict=True))


def _value(content: Any) -> str | None:
    """A value as text; a SID comes as an object that holds its text as `Value`."""
    if isinstance(content, dict) and "Value" in content:
        content = content["Value"]
    match = _DATE.fullmatch(content) if isinstance(content, str) else None
    if match is not None:
        return _time(content)
    return plain_text(content)


@cache
def _layouts_by_count() -> Mapping[tuple[str, int, int], tuple[str, ...]]:
    text = resources.files("magistrate.sources").joinpath("event_properties.csv").read_text(encoding="utf-8")
    found: dict[tuple[str, int, int], tuple[str, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        names = tuple(row["fields"].split("|"))
        key = (row["provider"].lower(), int(row["event_id"]), len(names))
        if found.setdefault(key, names) != names:
            raise ValueError(f"event_properties.csv has two layouts of {key}")
    return found


def property_names(provider: str, event_id: int, count: int) -> tuple[str, ...] | None:
    """Names of the values of an event in their order; None when no layout has so many values."""
    return _layouts_by_count().get((provider.lower(), event_id, count))


DIALECT = GetWinEvent()
