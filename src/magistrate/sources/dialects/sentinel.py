"""Windows event tables of Microsoft Sentinel and Log Analytics: SecurityEvent, Event and WindowsEvent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.layout import Layouts, record_by_layout
from magistrate.sources.event_tree import plain_text
from magistrate.sources.event_xml import BadXmlError, decode_event
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord
    from magistrate.sources.dialects.base import Place

_DEPTH = 64
_TABLES = frozenset({"SecurityEvent", "Event", "WindowsEvent"})
_OWN = frozenset({"EventSourceName", "EventLog", "EventOriginId", "EventLevelName"})
_layouts = Layouts("sentinel")


class Sentinel:
    """Columns of the table, and event data as XML text or as an object."""

    format = Format(
        name="sentinel",
        title="Sentinel tables SecurityEvent, Event and WindowsEvent",
        gives=Gives.EVENTS,
        recognised_by="Type with the table's name, or TimeGenerated with EventSourceName, EventLog, EventOriginId or "
        "EventLevelName",
        answers="As the event log, by the names of the event data.",
        cannot="SecurityEvent has no record id in older workspaces, so holes in the log cannot be seen; a workspace "
        "often collects a selection of events only.",
        source="Azure Monitor Logs table reference; public exports",
    )

    looks_into = frozenset({"Type"})

    def takes(self, value: Mapping[str, Any]) -> bool:
        """The table's name, or columns that only these tables have."""
        if "TimeGenerated" not in value or "ActionType" in value:
            return False
        return value.get("Type") in _TABLES or bool(value.keys() & _OWN)

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the row; XML event data takes the place of its text."""
        content = value.get("EventData")
        if isinstance(content, str) and content.lstrip().startswith("<"):
            value = {**value, "EventData": _from_xml(content.strip(), place.notes)}
        elif isinstance(content, str) and content.lstrip().startswith("{"):
            value = {**value, "EventData": _from_text(content)}
        record = record_by_layout(value, _layouts.of(value), place)
        if not isinstance(record, str):
            record.data = {name: text for name, text in record.data.items() if text is not None}
        return record


def _from_xml(text: str, notes: list[str]) -> Any:
    """Event data of the XML in a column; the text itself where it is no XML."""
    try:
        tree = decode_event(text.encode("utf-8", "surrogatepass"), _DEPTH)[0]
    except BadXmlError as error:
        notes.append(f"its EventData is {error.reason}; it is only in the raw text")
        return None
    inner = tree.get("EventData", tree.get("UserData", tree))
    return inner if isinstance(inner, dict) else {"Data": inner}


def _from_text(text: str) -> Any:
    import msgspec  # kept out of the import of this module: most files hold no such column

    try:
        return msgspec.json.decode(text.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return plain_text(text)


DIALECT = Sentinel()
