"""Events exported from Splunk: XmlWinEventLog, classic WinEventLog text, or fields that Splunk extracted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from magistrate.sources.dialects.layout import Layouts, record_by_layout
from magistrate.sources.event_tree import plain_text, record_from_tree
from magistrate.sources.event_xml import BadXmlError, decode_event
from magistrate.sources.formats import Format, Gives

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.base import RawRecord
    from magistrate.sources.dialects.base import Place

_DEPTH = 64
_TRUNCATED_AT = 10_000
_LINE = re.compile(r"([A-Za-z]{2,40})=(.*)")
_layouts = Layouts("splunk")
_classic_layouts = Layouts("splunk_classic")


class Splunk:
    """`_raw` when it is there, because extracted fields are a site's own choice; else the extracted fields."""

    format = Format(
        name="splunk",
        title="Splunk JSON export of Windows events",
        gives=Gives.EVENTS,
        recognised_by="_raw, or _time with sourcetype or EventCode; also inside the result of a search export",
        answers="XML _raw: as the event log. Classic text: System fields and what the message form of an event gives.",
        cannot="Splunk cuts long events (10,000 characters by default); classic text names its fields in the host's "
        "language; resolved SIDs are names.",
        source="Splunk search export and the Windows add-on's source types",
    )

    looks_into: frozenset[str] = frozenset()

    def takes(self, value: Mapping[str, Any]) -> bool:
        """Splunk's own underscored fields."""
        return "_raw" in value or ("_time" in value and ("sourcetype" in value or "EventCode" in value))

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the raw text of the event, or the fields where the export left it out."""
        raw = plain_text(value.get("_raw")) or ""
        if raw.lstrip().startswith("<"):
            return _from_xml(raw.strip(), place)
        if "LogName=" in raw and "EventCode=" in raw:
            fields = _classic_fields(raw) | {"_time": value.get("_time")}
            # SourceName is a display name in the host's language here, so the channel decides.
            return record_by_layout(fields, _classic_layouts.of(fields), place)
        return record_by_layout(value, _layouts.of(value), place)


def _from_xml(raw: str, place: Place) -> RawRecord | str:
    try:
        tree, message, _, flags = decode_event(raw.encode("utf-8", "surrogatepass"), _DEPTH)
    except BadXmlError as error:
        cut = "; Splunk cut it" if len(raw) >= _TRUNCATED_AT else ""
        return f"its _raw is no whole event XML ({error.reason}{cut})"
    if not isinstance(tree.get("System"), dict):
        return "its _raw is XML, but no event"
    place.notes += flags
    record = record_from_tree(tree, place.raw, place.locator)
    record.message = message
    return record


def _classic_fields(raw: str) -> dict[str, Any]:
    """Fields of the classic text: `Name=value` lines, the message last and over several lines."""
    fields: dict[str, Any] = {}
    lines = raw.splitlines()
    for number, line in enumerate(lines):
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, text = match.groups()
        if name == "Message":
            fields.setdefault(name, "\n".join([text, *lines[number + 1 :]]))
            break
        fields.setdefault(name, text)
    return fields


DIALECT = Splunk()
