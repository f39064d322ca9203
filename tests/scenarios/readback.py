"""Reads logs with two parsers that share no code with the writer or with each other, into one comparable shape."""

from __future__ import annotations

import base64
import json
import re
import uuid
import warnings
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import evtx

from scenario_writer.binxml import ValueKind

_HEX = re.compile(r"^0x[0-9a-f]+$")
_GUID = re.compile(r"^\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
_NAMESPACE = re.compile(r"\{[^}]*\}")


@dataclass(frozen=True)
class ReadRecord:
    """One record as a parser gave it: the fields in comparable form and the main values of the System part."""

    fields: dict
    system: tuple


def written_fields(layout, fields: dict, *, as_xml: bool = False) -> dict:
    """The written fields in comparable form, those that were left out as empty text.

    Readers of XML see every line end as a single line feed; `as_xml` expects that.
    """
    result = {}
    for name, kind in layout.fields:
        content = fields.get(name)
        if kind is ValueKind.FILETIME and content is not None:
            content = content.isoformat()
        if kind is ValueKind.STRINGS:
            content = list(content) if content is not None else ""
        if kind is ValueKind.BOOL and content is not None:
            content = bool(content)
        if as_xml and isinstance(content, str):
            content = content.replace("\r\n", "\n")
        if as_xml and isinstance(content, list):
            content = [item.replace("\r\n", "\n") for item in content]
        result[name] = _plain(content)
    return result


def read_with_rust(path) -> dict[int, ReadRecord]:
    """Records by id, read by the library that the product uses."""
    return {
        record["event_record_id"]: _from_json(record["data"])
        for record in evtx.PyEvtxParser(str(path)).records_json()
    }


def read_with_python_evtx(path, wanted: set[int] | None = None) -> dict[int, ReadRecord]:
    """Records by id, read by the pure Python parser; only those that are wanted, when given, for it is slow."""
    with warnings.catch_warnings():
        # its module uses escape sequences and calls that newer Pythons warn about; neither is ours to mend
        warnings.simplefilter("ignore")
        from Evtx.Evtx import Evtx

        with Evtx(str(path)) as log:
            return {
                record.record_num(): _from_xml(record.xml())
                for record in log.records()
                if wanted is None or record.record_num() in wanted
            }


def _plain(value):
    """Times in one form, numbers as decimal text, GUIDs in lower case without braces, nothing as empty text."""
    if value is None:
        return ""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    text = str(value)
    if _TIME.match(text):
        return datetime.fromisoformat(text).isoformat()
    if _HEX.match(text):
        return str(int(text, 16))
    return str(uuid.UUID(text)) if _GUID.match(text) else text


def _from_json(text: str) -> ReadRecord:
    event = json.loads(text)["Event"]
    system = event["System"]
    event_id = system["EventID"]
    created = datetime.fromisoformat(system["TimeCreated"]["#attributes"]["SystemTime"])
    fields = event.get("EventData") or next(iter(event["UserData"].values()))
    return ReadRecord(
        {name: _json_value(name, value) for name, value in fields.items() if name != "#attributes"},
        (
            system["Provider"]["#attributes"]["Name"],
            system["Channel"],
            event_id["#text"] if isinstance(event_id, dict) else event_id,
            system["Version"],
            system["Computer"],
            created,
            system["EventRecordID"],
        ),
    )


def _json_value(name: str, value):
    if isinstance(value, dict):
        value = value["#text"]
        if not value:
            return ""
        return _plain(value if isinstance(value, list) else [value])
    if name == "Data" and isinstance(value, str):
        return [value] if value else ""
    if name == "Binary" and value:
        return value.lower()
    return _plain(value)


def _from_xml(text: str) -> ReadRecord:
    event = ET.fromstring(text)
    system = {_local(child): child for child in event[0]}
    data = event[1]
    return ReadRecord(
        dict(_xml_fields(data)),
        (
            system["Provider"].get("Name"),
            system["Channel"].text,
            int(system["EventID"].text),
            int(system["Version"].text),
            system["Computer"].text,
            _snapped(system["TimeCreated"].get("SystemTime")),
            int(system["EventRecordID"].text),
        ),
    )


def _xml_fields(data: ET.Element):
    fields = data[0] if _local(data) == "UserData" else data
    for child in fields:
        name = child.get("Name") or _local(child)
        value = child.text or ""
        if name == "Binary":
            yield name, base64.b64decode(value).hex()
        elif name == "Data":
            # this parser writes an array as escaped elements
            strings = re.findall(r"<string>(.*?)</string>", value, re.DOTALL)
            yield name, [_plain(_unescape(item)) for item in strings] if value else ""
        elif re.match(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00:00$", value):
            yield name, _snapped(value).isoformat()
        else:
            yield name, _plain(value)


def _snapped(text: str) -> datetime:
    """A time as this parser gives it, brought back to the nearest 100 us: it computes with floating point."""
    moment = datetime.fromisoformat(text).astimezone(UTC) + timedelta(microseconds=50)
    return moment.replace(microsecond=moment.microsecond // 100 * 100)


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _local(element: ET.Element) -> str:
    return _NAMESPACE.sub("", element.tag)
