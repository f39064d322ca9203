"""Event layouts: what a record of each event type is made of, read from `scenarios/templates`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from scenario_writer.binxml import Element, Hole, Instance, Template, Value, ValueKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

TEMPLATES_DIRECTORY = Path(__file__).parent.parent / "templates"
_EVENT_NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
_FILE_KEYS = {"provider", "guid", "event_source", "channel", "source", "layouts", "classic"}
_LAYOUT_KEYS = {
    *("event_id", "version", "level", "task", "opcode", "keywords", "qualifiers", "user_sid"),
    *("kinds", "fields", "user_data", "namespace", "data_name", "binary"),
}


class LayoutError(ValueError):
    """A template file or the fields given for a record are wrong."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the System part of one record says beside its layout."""

    computer: str
    record_id: int
    created: datetime
    process_id: int = 4
    thread_id: int = 8
    user_sid: str | None = None
    activity_id: str | None = None


@dataclass(frozen=True)
class Layout:
    """One event type. `name` is `<template file>.<key>`, for example `security.4624`.

    `classic` layouts take their texts under the field name `Data` (a list) and bytes under `Binary`.
    """

    name: str
    provider: str
    guid: str | None
    event_source: str | None
    channel: str
    event_id: int
    version: int
    level: int
    task: int
    opcode: int
    keywords: int
    qualifiers: int | None
    user_sid: str | None
    fields: tuple[tuple[str, ValueKind], ...]
    user_data: str | None = None
    namespace: str | None = None
    data_name: str | None = None
    binary: bool = False
    classic: bool = False

    def event(self, envelope: Envelope, fields: Mapping[str, Any]) -> Instance:
        """Build one event.

        Args:
            envelope: host, time and number of the record.
            fields: content by field name; a field that is left out is recorded as empty.

        Raises:
            LayoutError: a field that the layout does not have.
        """
        unknown = sorted(set(fields) - {name for name, _ in self.fields})
        if unknown:
            message = f"{self.name} has no field {', '.join(unknown)}. Its fields: {', '.join(n for n, _ in self.fields)}."
            raise LayoutError(message)
        data = Instance(
            self.data_template, tuple(Value(kind, fields.get(name)) for name, kind in self.fields)
        )
        system = (
            *(Value(ValueKind.UINT16, self.event_id), Value(ValueKind.UINT16, self.qualifiers)),
            *(Value(ValueKind.UINT8, self.version), Value(ValueKind.UINT8, self.level)),
            *(Value(ValueKind.UINT16, self.task), Value(ValueKind.UINT8, self.opcode)),
            *(Value(ValueKind.HEX64, self.keywords), Value(ValueKind.FILETIME, envelope.created)),
            *(Value(ValueKind.UINT64, envelope.record_id), Value(ValueKind.GUID, envelope.activity_id)),
            *(Value(ValueKind.UINT32, envelope.process_id), Value(ValueKind.UINT32, envelope.thread_id)),
            Value(ValueKind.SID, envelope.user_sid or self.user_sid),
            Value(ValueKind.FRAGMENT, data),
        )
        return Instance(self._event_template(envelope.computer), system)

    @cached_property
    def data_template(self) -> Template:
        """Template of the EventData or UserData part."""
        if self.user_data:
            children = tuple(
                Element(name, (), (Hole(number, kind),)) for number, (name, kind) in enumerate(self.fields)
            )
            namespace = (("xmlns", self.namespace),) if self.namespace else ()
            return Template(Element("UserData", (), (Element(self.user_data, namespace, children),)))
        attributes = (("Name", self.data_name),) if self.data_name else ()
        return Template(Element("EventData", attributes, tuple(self._data_elements())))

    def _data_elements(self) -> list[Element]:
        elements = []
        for number, (name, kind) in enumerate(self.fields):
            if name == "Binary":
                elements.append(Element("Binary", (), (Hole(number, kind),)))
            elif kind is ValueKind.STRINGS:
                elements.append(Element("Data", (), (Hole(number, kind),)))
            else:
                elements.append(Element("Data", (("Name", name),), (Hole(number, kind),)))
        return elements

    def _event_template(self, computer: str) -> Template:
        return _event_template(self.provider, self.guid, self.event_source, self.channel, computer)


@cache
def _event_template(
    provider: str, guid: str | None, source: str | None, channel: str, computer: str
) -> Template:
    """The outer template: provider, channel and computer are literal, as Windows writes them."""
    names = (("Name", provider), ("Guid", guid), ("EventSourceName", source))
    system = Element(
        "System",
        (),
        (
            Element("Provider", tuple((key, value) for key, value in names if value)),
            Element(
                "EventID", (("Qualifiers", Hole(1, ValueKind.UINT16, True)),), (Hole(0, ValueKind.UINT16),)
            ),
            Element("Version", (), (Hole(2, ValueKind.UINT8),)),
            Element("Level", (), (Hole(3, ValueKind.UINT8),)),
            Element("Task", (), (Hole(4, ValueKind.UINT16),)),
            Element("Opcode", (), (Hole(5, ValueKind.UINT8),)),
            Element("Keywords", (), (Hole(6, ValueKind.HEX64),)),
            Element("TimeCreated", (("SystemTime", Hole(7, ValueKind.FILETIME)),)),
            Element("EventRecordID", (), (Hole(8, ValueKind.UINT64),)),
            Element("Correlation", (("ActivityID", Hole(9, ValueKind.GUID, True)),)),
            Element(
                "Execution",
                (("ProcessID", Hole(10, ValueKind.UINT32)), ("ThreadID", Hole(11, ValueKind.UINT32))),
            ),
            Element("Channel", (), (channel,)),
            Element("Computer", (), (computer,)),
            Element("Security", (("UserID", Hole(12, ValueKind.SID, True)),)),
        ),
    )
    return Template(Element("Event", (("xmlns", _EVENT_NAMESPACE),), (system, Hole(13, ValueKind.FRAGMENT))))


@cache
def load_layouts(directory: Path = TEMPLATES_DIRECTORY) -> Mapping[str, Layout]:
    """All layouts by name.

    Raises:
        LayoutError: a key is unknown or missing, or two layouts have the same name.
    """
    layouts: dict[str, Layout] = {}
    for path in sorted(directory.glob("*.yml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        _check_keys(path, set(content), _FILE_KEYS | _LAYOUT_KEYS)
        for key, entry in content["layouts"].items():
            _check_keys(path, set(entry), _LAYOUT_KEYS)
            name = f"{path.stem}.{key}"
            layouts[name] = _layout(name, content, entry)
    return layouts


def _check_keys(path: Path, keys: set[str], known: set[str]) -> None:
    if keys - known:
        message = (
            f"{path.name}: unknown keys {', '.join(sorted(keys - known))}. Known: {', '.join(sorted(known))}."
        )
        raise LayoutError(message)


def _layout(name: str, content: dict[str, Any], entry: dict[str, Any]) -> Layout:
    merged = {**content, **entry}
    kinds = {**content.get("kinds", {}), **entry.get("kinds", {})}
    fields = [(field, ValueKind[kinds.get(field, "string").upper()]) for field in entry.get("fields", [])]
    classic = bool(content.get("classic"))
    if classic:
        fields = [("Data", ValueKind.STRINGS)]
    if classic or merged.get("binary"):
        fields.append(("Binary", ValueKind.BINARY))
    return Layout(
        name=name,
        provider=content["provider"],
        guid=content.get("guid"),
        event_source=content.get("event_source"),
        channel=content["channel"],
        event_id=entry["event_id"],
        version=merged.get("version", 0),
        level=merged.get("level", 4),
        task=merged.get("task", 0),
        opcode=merged.get("opcode", 0),
        keywords=int(str(merged["keywords"]), 16),
        qualifiers=merged.get("qualifiers"),
        user_sid=merged.get("user_sid"),
        fields=tuple(fields),
        user_data=entry.get("user_data"),
        namespace=merged.get("namespace"),
        data_name=entry.get("data_name"),
        binary=bool(merged.get("binary")),
        classic=classic,
    )
