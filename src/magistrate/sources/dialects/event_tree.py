"""Events as the JSON form of their XML: evtx_dump, Chainsaw dump, Hayabusa dumps, Velociraptor's parse_evtx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.event_tree import record_from_tree
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord
    from magistrate.sources.dialects.base import Place

_ATTRIBUTES = "_attributes"


class EventTree:
    """`Event.System` and `Event.EventData`, or `System` and `EventData` at the top."""

    format = Format(
        name="event_tree",
        title="Event XML as JSON: evtx_dump, Chainsaw dump, Velociraptor",
        gives=Gives.EVENTS,
        recognised_by="an object System, at the top or below Event",
        answers="As the event log, user data included. Velociraptor writes the time as seconds since 1970.",
        cannot="Nothing is lost that the event log holds.",
        source="evtx_dump and Velociraptor output; public recordings",
    )

    looks_into = frozenset({"Event", "System"})

    def takes(self, value: Mapping[str, Any]) -> bool:
        """An object `System` where the tree has it."""
        event = value.get("Event")
        return (isinstance(event, dict) and isinstance(event.get("System"), dict)) or _is_system(value)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the tree."""
        event = value.get("Event")
        tree = event if isinstance(event, dict) and isinstance(event.get("System"), dict) else value
        return record_from_tree(merged_attributes(tree), place.raw, place.locator)


def _is_system(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("System"), dict)


def merged_attributes(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The tree with attributes where they belong: some exports write `Provider_attributes` beside `Provider`."""
    if not any(name.endswith(_ATTRIBUTES) for name in event["System"]):
        return event
    merged: dict[str, Any] = _merged(event)
    return merged


def _merged(content: Any) -> Any:
    if isinstance(content, list):
        return [_merged(item) for item in content]
    if not isinstance(content, dict):
        return content
    found = {name: _merged(item) for name, item in content.items() if not name.endswith(_ATTRIBUTES)}
    for name, attributes in content.items():
        if not name.endswith(_ATTRIBUTES):
            continue
        base = name.removesuffix(_ATTRIBUTES)
        text = found.get(base)
        if isinstance(text, dict):
            text.setdefault("#attributes", attributes)
        else:
            found[base] = {"#attributes": attributes, **({} if text is None else {"#text": text})}
    return found


DIALECT = EventTree()
