"""Writes records as JSON lines, one file a host: for scenarios so long that binary logs would take minutes to write.

A line has the form of common EVTX-to-JSON converters: attributes under `#attributes`, named data by name. A test renders one
scenario both ways and compares what the program makes of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from scenario_writer.binxml import ValueKind
from scenario_writer.layouts import Layout, load_layouts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from scenario_writer.stage import Stage, Written

Truth = tuple[str, str, int]
"""Host, channel and record number: names one record of a rendered scenario."""


def write_json_lines(
    stage: Stage, target: Path, *, since: datetime | None = None, until: datetime | None = None
) -> dict[int, Truth]:
    """Write the records of a stage that lie in a time, one file a host.

    Args:
        stage: a played scenario.
        target: folder to fill; made when it does not exist.
        since: first time that is written; from the beginning when None.
        until: end of what is written, itself left out; to the end when None.

    Returns:
        The written records by their place in the order of the play (`Written.order`).
    """
    target.mkdir(parents=True, exist_ok=True)
    layouts = load_layouts()
    by_host: dict[str, list[Written]] = {}
    for known in stage.records:
        by_host.setdefault(known.machine, []).append(known)
    written: dict[int, Truth] = {}
    for host, records in sorted(by_host.items()):
        computer = stage.machines[host].dns_name
        numbers: dict[str, int] = {}
        with (target / f"{host}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for known in sorted(records, key=lambda entry: (entry.created, entry.order)):
                layout = layouts[known.layout]
                number = numbers[layout.channel] = numbers.get(layout.channel, 1000) + 1
                if (since and known.created < since) or (until and known.created >= until):
                    continue
                written[known.order] = (host, layout.channel, number)
                file.write(_line(layout, known, computer, number))
    return written


def _line(layout: Layout, known: Written, computer: str, number: int) -> str:
    provider = {"Name": layout.provider, "Guid": layout.guid}
    sid = known.user_sid or layout.user_sid
    system: dict[str, Any] = {
        "Provider": {"#attributes": {key: value for key, value in provider.items() if value}},
        "EventID": layout.event_id,
        "Version": layout.version,
        "Level": layout.level,
        "Task": layout.task,
        "Opcode": layout.opcode,
        "Keywords": f"0x{layout.keywords:x}",
        "TimeCreated": {"#attributes": {"SystemTime": known.created.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}},
        "EventRecordID": number,
        "Execution": {
            "#attributes": {"ProcessID": known.logger, "ThreadID": known.logger + 4 * (1 + known.order % 9)}
        },
        "Channel": layout.channel,
        "Computer": computer,
        "Security": {"#attributes": {"UserID": sid}} if sid else None,
    }
    data = _data(layout, known.fields)
    body = {"UserData": {layout.user_data: data}} if layout.user_data else {"EventData": data}
    return json.dumps({"Event": {"System": system, **body}}, ensure_ascii=False) + "\n"


def _data(layout: Layout, fields: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, kind in layout.fields:
        value = fields.get(name)
        if kind is ValueKind.STRINGS:
            found["Data"] = {"#text": list(value or [])}
        elif name != "Binary":
            found[name] = _text(kind, value)
    return found


def _text(kind: ValueKind, value: Any) -> Any:
    """A value as converters write it: hexadecimal numbers with 0x, times in ISO form, bytes in hexadecimal."""
    if value is None:
        return ""
    if kind in (ValueKind.HEX32, ValueKind.HEX64):
        return f"0x{int(value):x}"
    if kind is ValueKind.FILETIME:
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bytes):
        return value.hex().upper()
    return value
