"""Takes apart objects that hold many records: search answers, query tables, rules with their matches.

Each record inside is decoded from its own text, as if it stood alone, so that what is cited is what was written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.sources.dialects.zircolite import MATCH
from magistrate.sources.json_values import JsonValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magistrate.sources.json_values import ObjectDecoder


class _Hits(msgspec.Struct):
    hits: list[msgspec.Raw]


class _Answer(msgspec.Struct):
    hits: _Hits


class _Listed(msgspec.Struct):
    value: list[msgspec.Raw]


class _Table(msgspec.Struct):
    columns: list[Any]
    rows: list[list[Any]]
    name: str = ""


class _Tables(msgspec.Struct):
    tables: list[_Table]


def unwrap(outer: JsonValue, decoder: ObjectDecoder) -> Iterator[JsonValue] | None:
    """The records inside an object; None when it is a record itself.

    An object that looks like a wrapper but cannot be taken apart counts as a record.
    """
    for key, take in _WRAPPERS.items():
        if key in outer.value:
            try:
                inside = take(outer, decoder)
            except (msgspec.DecodeError, ValueError, RecursionError):
                continue
            if inside is not None:
                return iter(inside)
    return None


def _member(outer: JsonValue, value: dict[str, Any], raw: str, flags: tuple[str, ...] = ()) -> JsonValue:
    return JsonValue(value, raw, outer.line, outer.offset, (*outer.flags, *flags))


def _decoded(outer: JsonValue, items: list[msgspec.Raw], decoder: ObjectDecoder) -> list[JsonValue]:
    return [_member(outer, *decoder.decode(bytes(item))) for item in items]


def _hits(outer: JsonValue, decoder: ObjectDecoder) -> list[JsonValue] | None:
    if not isinstance(outer.value.get("hits"), dict):
        return None
    return _decoded(outer, msgspec.json.decode(outer.raw, type=_Answer).hits.hits, decoder)


def _values(outer: JsonValue, decoder: ObjectDecoder) -> list[JsonValue] | None:
    """Answers of Microsoft Graph: `@odata.context` and a list `value`."""
    content = outer.value["value"]
    if not isinstance(content, list) or not content or not all(isinstance(item, dict) for item in content):
        return None
    if len(outer.value) > 4:
        return None
    return _decoded(outer, msgspec.json.decode(outer.raw, type=_Listed).value, decoder)


def _tables(outer: JsonValue, decoder: ObjectDecoder) -> list[JsonValue] | None:
    """Answers of a Log Analytics query: columns, and rows as lists of values."""
    found = []
    for table in msgspec.json.decode(outer.raw, type=_Tables).tables:
        names = [item["name"] if isinstance(item, dict) else str(item) for item in table.columns]
        for row in table.rows:
            if len(row) != len(names):
                return None
            raw = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, separators=(",", ":"))
            found.append(_member(outer, *decoder.decode(raw.encode("utf-8", "surrogatepass"))))
    return found


def _matches(outer: JsonValue, decoder: ObjectDecoder) -> list[JsonValue] | None:
    """A rule of Zircolite with its matches: one object each, the rule's own fields beside the match."""
    rule = {name: item for name, item in outer.value.items() if name not in ("matches", "sigma")}
    matches = outer.value["matches"]
    if "rule_level" not in rule or not isinstance(matches, list):
        return None
    found = []
    for match in matches:
        if not isinstance(match, dict):
            return None
        value = {**rule, MATCH: match}
        found.append(_member(outer, value, json.dumps(value, ensure_ascii=False, separators=(",", ":"))))
    return found


def _without_result(outer: JsonValue, _: ObjectDecoder) -> list[JsonValue] | None:
    """Splunk's lines that only tell how the export goes hold no record at all."""
    return None if outer.value.keys() - _PROGRESS or outer.value.get("result") else []


_PROGRESS = frozenset({"preview", "offset", "lastrow", "init_offset", "result"})

_WRAPPERS: dict[str, Callable[[JsonValue, ObjectDecoder], list[JsonValue] | None]] = {
    "hits": _hits,
    "matches": _matches,
    "preview": _without_result,
    "tables": _tables,
    "value": _values,
}
