"""Writes parsed events as other tools export them: event XML, JSON lines, EvtxECmd's CSV, Get-WinEvent's CSV.

The shapes follow the formats' documentation; only what a record of an EVTX log holds is written.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from magistrate.sources.base import RawRecord
from magistrate.sources.readers.evtx import READER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
EVTXECMD_HEADER = (
    "RecordNumber,EventRecordId,TimeCreated,EventId,Level,Provider,Channel,ProcessId,ThreadId,Computer,ChunkNumber,"
    "UserId,MapDescription,UserName,RemoteHost,PayloadData1,PayloadData2,PayloadData3,PayloadData4,PayloadData5,"
    "PayloadData6,ExecutableInfo,HiddenRecord,SourceFile,Keywords,ExtraDataOffset,Payload"
)
EVTXECMD = EVTXECMD_HEADER.split(",")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\r]")


def records_of(path: Path) -> list[RawRecord]:
    """Every record of a log."""
    with path.open("rb") as stream:
        return [item for item in READER.read(stream, path.name) if isinstance(item, RawRecord)]


def tree_of(record: RawRecord) -> dict[str, Any]:
    """The event as the EVTX library gives it."""
    return json.loads(record.raw)["Event"]


def to_xml(records: Iterable[RawRecord], *, root: bool = True) -> str:
    """Event XML as wevtutil writes it, with one root or one event a line."""
    events = [
        _element("Event", {"#attributes": {"xmlns": NAMESPACE}} | tree_of(record)) for record in records
    ]
    return "<Events>" + "".join(events) + "</Events>" if root else "\n".join(events) + "\n"


def _element(name: str, value: Any) -> str:
    attributes = value.get("#attributes", {}) if isinstance(value, dict) else {}
    attributes = {key: item for key, item in attributes.items() if not key.startswith("xmlns:")}
    start = name + "".join(f" {key}={quoteattr(_text(item))}" for key, item in attributes.items())
    content = _children(name, value) if isinstance(value, dict) else _escaped(value)
    return f"<{start}>{content}</{name}>" if content else f"<{start}/>"


def _children(parent: str, value: dict[str, Any]) -> str:
    parts = []
    for name, item in value.items():
        if name == "#attributes":
            continue
        if name == "#text":
            parts += [_escaped(text) for text in (item if isinstance(item, list) else [item])]
        elif parent == "EventData" and name == "Data":
            texts = item.get("#text") if isinstance(item, dict) else item
            parts += [
                f"<Data>{_escaped(text)}</Data>" for text in (texts if isinstance(texts, list) else [texts])
            ]
        elif parent == "EventData" and name != "Binary":
            parts.append(f"<Data Name={quoteattr(name)}>{_escaped(item)}</Data>")
        else:
            parts.append(_element(name, item))
    return "".join(parts)


def _escaped(value: Any) -> str:
    return _FORBIDDEN.sub(lambda match: f"&#{ord(match.group())};", escape(_text(value)))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def to_winlogbeat(records: Iterable[RawRecord]) -> str:
    """JSON lines as Winlogbeat 8 writes them."""
    return "".join(json.dumps(_winlogbeat(record), ensure_ascii=False) + "\n" for record in records)


def _winlogbeat(record: RawRecord) -> dict[str, Any]:
    part = "user_data" if "UserData" in tree_of(record) else "event_data"
    log = {
        "channel": record.channel,
        "provider_name": record.provider,
        "event_id": str(record.event_id),
        "computer_name": record.computer,
        "record_id": record.record_id,
        part: {name: value for name, value in record.data.items() if value is not None},
    }
    if record.version is not None:
        log["version"] = record.version
    if record.logger_sid is not None:
        log["user"] = {"identifier": record.logger_sid}
    if record.logger_pid is not None:
        log["process"] = {"pid": record.logger_pid}
    return {"@timestamp": record.times["TimeCreated"], "event": {"code": str(record.event_id)}, "winlog": log}


def to_event_trees(records: Iterable[RawRecord]) -> str:
    """JSON lines with the tree of the event's XML."""
    return "".join(record.raw.replace("\n", "") + "\n" for record in records)


def to_evtxecmd(records: Iterable[RawRecord]) -> str:
    """CSV as EvtxECmd writes it: the event data as JSON in the last column."""
    rows = []
    for number, record in enumerate(records, 1):
        rows.append(
            {
                "RecordNumber": number,
                "EventRecordId": record.record_id,
                "TimeCreated": record.times["TimeCreated"].replace("T", " ").rstrip("Z") + "0",
                "EventId": record.event_id,
                "Level": "Info",
                "Provider": record.provider,
                "Channel": record.channel,
                "ProcessId": record.logger_pid,
                "Computer": record.computer,
                "UserId": record.logger_sid,
                "MapDescription": "one of EvtxECmd's own texts",
                "PayloadData1": "Target: one of EvtxECmd's own texts",
                "HiddenRecord": "False",
                "SourceFile": "C:\\logs\\example.evtx",
                "Payload": json.dumps(_payload(tree_of(record)), ensure_ascii=False),
            }
        )
    return to_csv(EVTXECMD, rows)


def _payload(event: dict[str, Any]) -> dict[str, Any]:
    if (user_data := event.get("UserData")) is not None:
        return {"UserData": _without_attributes(user_data)}
    content = event.get("EventData")
    if not isinstance(content, dict):
        return {"EventData": None if content is None else {"Data": _text(content)}}
    items: list[dict[str, str]] = []
    rest: dict[str, Any] = {}
    for name, value in content.items():
        if name == "#attributes":
            continue
        if name == "Data":
            texts = value.get("#text") if isinstance(value, dict) else value
            # EvtxECmd writes the values of one array as one text.
            rest["Data"] = ", ".join(map(_text, texts)) if isinstance(texts, list) else _text(texts)
        elif name == "Binary":
            rest["Binary"] = _text(value)
        else:
            items.append({"@Name": name} if value is None else {"@Name": name, "#text": _text(value)})
    if items:
        rest = {"Data": items[0] if len(items) == 1 else items} | rest
    return {"EventData": rest}


def _without_attributes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_attributes(item) for name, item in value.items() if name != "#attributes"}
    return value if value is None else _text(value)


def to_csv(columns: list[str], rows: Iterable[dict[str, Any]], *, delimiter: str = ",") -> str:
    """Rows as CSV with a header and Windows line ends."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
