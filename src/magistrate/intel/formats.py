"""Reads the three formats of lists; text of the user is compared, never run, never used as a pattern."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from magistrate.intel.collecting import moment_of
from magistrate.intel.types import list_types

if TYPE_CHECKING:
    from magistrate.intel.collecting import Gathering

_COLUMNS = {
    "type": ("type", "indicator_type", "kind"),
    "value": ("value", "indicator", "ioc"),
    "source": ("source", "feed", "reference"),
    "date": ("date", "first_seen", "last_seen", "timestamp"),
    "verdict": ("verdict", "threat", "comment", "description"),
}
_COMPARISON = re.compile(r"\s*([a-z0-9-]+:[A-Za-z0-9_.'-]+)\s*=\s*'((?:[^'\\]|\\.){0,4096})'\s*")
_OR = re.compile(r"OR(?=[\s\[])|\]\s*OR\s*\[")


def read_csv(text: str, into: Gathering) -> bool:
    """Rows of a table with a type and a value column.

    Returns:
        Whether the first line names both columns.
    """
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n", 1)[0] else ",")
    number = 0
    places: dict[str, int] = {}
    try:
        for number, row in enumerate(rows, 1):
            if number == 1:
                names = [name.strip().lower().replace(" ", "_") for name in row]
                places = {
                    key: names.index(word)
                    for key, words in _COLUMNS.items()
                    for word in reversed(words)
                    if word in names
                }
                if not {"type", "value"} <= places.keys():
                    return False
            elif any(cell.strip() for cell in row):
                cells = {key: row[place] if place < len(row) else "" for key, place in places.items()}
                into.add(
                    f"line {rows.line_num}",
                    list_types().csv.get(cells["type"].strip().lower()),
                    cells["value"],
                    source=cells.get("source", "").strip(),
                    verdict=cells.get("verdict", "").strip(),
                    dated=moment_of(cells.get("date", "")),
                )
    except csv.Error as error:
        into.refuse(f"after line {number}", f"not readable as CSV: {error}")
    return bool(places)


def read_stix(bundle: dict[str, Any], into: Gathering) -> None:
    """Indicators of a STIX 2.1 bundle: comparisons with `=` that are joined by OR."""
    objects = bundle.get("objects")
    for number, item in enumerate(objects if isinstance(objects, list) else [], 1):
        if not isinstance(item, dict) or item.get("type") != "indicator":
            continue
        place = f"object {number}"
        if item.get("revoked") is True:
            into.refuse(place, "revoked")
            continue
        parts = pattern_parts(item.get("pattern"))
        if not parts or item.get("pattern_type", "stix") != "stix":
            into.refuse(place, "a pattern that is more than equal values joined by OR")
        for path, value in parts if item.get("pattern_type", "stix") == "stix" else ():
            into.add(
                place,
                list_types().stix.get(path),
                value,
                verdict=_text(item.get("name")),
                dated=moment_of(item.get("valid_from")) or moment_of(item.get("created")),
                valid_until=moment_of(item.get("valid_until")),
            )


def pattern_parts(pattern: object) -> tuple[tuple[str, str], ...]:
    """Object path in lower case and value of each comparison; empty for any other pattern."""
    if not isinstance(pattern, str) or len(pattern) > 1 << 20:
        return ()
    text = pattern.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return ()
    parts: list[tuple[str, str]] = []
    place, end = 1, len(text) - 1
    while True:
        found = _COMPARISON.match(text, place, end)
        if found is None:
            return ()
        path = found.group(1).replace("'", "").lower()
        parts.append((path, found.group(2).replace("\\'", "'").replace("\\\\", "\\")))
        if found.end() == end:
            return tuple(parts)
        joint = _OR.match(text, found.end(), end)
        if joint is None:
            return ()
        place = joint.end()


def read_misp(export: dict[str, Any], into: Gathering) -> None:
    """Attributes of a MISP event, those of its objects included. An export may hold one event or a list."""
    held = export.get("response", export)
    number = 0
    for wrapped in held if isinstance(held, list) else [held]:
        event = wrapped.get("Event") if isinstance(wrapped, dict) else None
        if not isinstance(event, dict):
            continue
        objects = event.get("Object")
        groups = [event, *(objects if isinstance(objects, list) else [])]
        for group in groups:
            attributes = group.get("Attribute") if isinstance(group, dict) else None
            for item in attributes if isinstance(attributes, list) else []:
                number += 1
                _attribute(f"attribute {number}", item, _text(event.get("info")), into)


def _attribute(place: str, item: object, info: str, into: Gathering) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("value"), str):
        into.refuse(place, "no value")
        return
    if item.get("deleted") is True:
        into.refuse(place, "deleted")
        return
    names = _text(item.get("type")).lower().split("|")
    values = item["value"].split("|") if len(names) > 1 else [item["value"]]
    for name, value in zip(names, values, strict=False):
        if name == "port":
            continue
        into.add(
            place,
            list_types().misp.get(name),
            value,
            verdict=_text(item.get("comment")) or info,
            dated=moment_of(item.get("last_seen")) or moment_of(item.get("timestamp")),
        )


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
