"""Reads the event data that EvtxECmd writes as JSON into its column Payload."""

from __future__ import annotations

import json
from typing import Any

from magistrate.sources.event_tree import event_values
from magistrate.sources.shown_bytes import show_bytes_in

_CELL_LIMIT = 32_767  # characters that a spreadsheet keeps of one cell


def payload_values(text: str, notes: list[str]) -> dict[str, str | None]:
    """Event data by name; empty when the text is no such JSON, which a note says.

    EvtxECmd keeps attributes as `@Name`, text as `#text`, and joins several values without a name by commas.
    """
    try:
        payload = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        cut = len(text) >= _CELL_LIMIT
        notes.append(
            "the event data is cut off; a spreadsheet did that" if cut else "the event data is no JSON"
        )
        return {}
    if "\\ud" in text or "\\uD" in text:  # half of a surrogate pair is no text that a store takes
        payload = show_bytes_in(payload)
    if not isinstance(payload, dict):
        notes.append("the event data is no JSON object")
        return {}
    try:
        return event_values({name: _element(name, value) for name, value in payload.items()}, notes)
    except RecursionError:
        notes.append("the event data is nested too deep; it is only in the raw text")
        return {}


def _element(name: str, value: Any) -> Any:
    """The form that `event_tree` reads: attributes under `#attributes`, named data by name."""
    if isinstance(value, list):
        return [_element(name, item) for item in value]
    if not isinstance(value, dict):
        return value
    content: dict[str, Any] = {}
    attributes = {key[1:]: item for key, item in value.items() if key.startswith("@")}
    if attributes:
        content["#attributes"] = attributes
    for key, item in value.items():
        if key.startswith("@"):
            continue
        if key == "Data" and name == "EventData":
            _add_data(item, content)
        else:
            content[key] = _element(key, item)
    return content


def _add_data(value: Any, content: dict[str, Any]) -> None:
    """Named values by their name, a repeated one as `Name_1`; values without a name as a list."""
    unnamed: list[Any] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and "@Name" in item:
            name = str(item["@Name"])
            number = 0
            while (key := f"{name}_{number}" if number else name) in content:
                number += 1
            content[key] = item.get("#text")
        else:
            unnamed.append(item.get("#text") if isinstance(item, dict) else item)
            content["Data"] = {"#text": unnamed}
