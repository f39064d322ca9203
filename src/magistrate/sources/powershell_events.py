"""Builds records of .NET's event objects as PowerShell writes them in other forms than JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.event_tree import event_number, plain_text
from magistrate.sources.json_dialects import record_from_object
from magistrate.sources.local_dates import instant_text
from magistrate.sources.shown_names import channel_of, provider_of, unknown_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord
    from magistrate.sources.local_dates import DateStyle

NAMES = frozenset(
    {
        "Id",
        "LogName",
        "MachineName",
        "Message",
        "ProviderName",
        "RecordId",
        "TimeCreated",
        "UserId",
        "Version",
    }
)
"""Properties of an event object by which it is known."""


def record_from_properties(
    properties: Mapping[str, Any], style: DateStyle, raw: str, locator: str, label: str, max_keys: int
) -> RawRecord | str:
    """The raw record of one event object, or why it is none.

    Args:
        properties: what was written of the object, by property name; `Properties` are the values in their order.
        style: how the export writes dates.
        raw: the text of the object.
        locator: where it stands in its file.
        label: name of the file, for the host of objects that name no computer.
        max_keys: most properties kept.
    """
    if "Id" not in properties or not properties.keys() & {"ProviderName", "LogName"}:
        return "no event id, or neither provider nor log: not a Windows event"
    event_id = event_number(properties["Id"])
    value = dict(properties)
    provider = plain_text(value.get("ProviderName")) or ""
    if not value.get("LogName"):
        value["ProviderName"] = provider = provider_of(provider, event_id)
        value["LogName"] = channel_of(provider, event_id)
    if not value.get("MachineName"):
        value["MachineName"] = unknown_host(label)
    value["TimeCreated"] = instant_text(plain_text(value.get("TimeCreated")) or "", style)
    return record_from_object(value, raw, locator, (), max_keys)
