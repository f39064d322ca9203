"""Recognises which product wrote a JSON event and brings it to a raw record.

Each product is a module below `dialects/`; one stream may mix them, so every object is looked at for itself. What
was recognised is remembered by the names of the keys.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from magistrate.sources import dialects
from magistrate.sources.base import RawRecord
from magistrate.sources.dialects import table
from magistrate.sources.dialects.base import NOT_AN_EVENT, Place
from magistrate.sources.dialects.layout import ByLayout, record_by_layout
from magistrate.sources.remembered import Remembered
from magistrate.sources.usual_json import usual_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.dialects.base import Dialect
    from magistrate.sources.dialects.layout import Layout

__all__ = [
    "NOT_AN_EVENT",
    "all_dialects",
    "dialect_of",
    "record_from_object",
    "record_from_row",
    "without_wrapper",
]

_WRAPPERS = ("_source", "result", "fields")
_HIT_KEYS = frozenset({"_index", "_id"})

_known: Remembered[tuple[str, ...], tuple[tuple[str, ...], Dialect]] = Remembered(1024, 4096)
_plain: Remembered[tuple[str, ...], tuple[tuple[str, ...], Layout]] = Remembered(1024, 4096)


@cache
def all_dialects() -> tuple[Dialect, ...]:
    """Every dialect in the folder, by name; `table` comes last and takes what is left."""
    names = sorted(item.name for item in pkgutil.iter_modules(dialects.__path__))
    modules = (import_module(f"{dialects.__name__}.{name}") for name in names)
    found = [module.DIALECT for module in modules if hasattr(module, "DIALECT") and module is not table]
    return (*found, table.DIALECT)


@cache
def _telling() -> frozenset[str]:
    """Keys whose values can tell the dialect: objects without any are known again by their names alone."""
    return frozenset({*_WRAPPERS, "_raw"}).union(*(item.looks_into for item in all_dialects()))


def dialect_of(value: Mapping[str, Any]) -> Dialect:
    """The dialect of one object, wrappers taken off."""
    return next((item for item in all_dialects() if item.takes(value)), table.DIALECT)


def record_from_object(
    value: dict[str, Any], raw: str, locator: str, flags: tuple[str, ...], max_keys: int
) -> RawRecord | str:
    """Build the raw record of one JSON object, or say in a few words why it is no event."""
    place = Place(raw, locator, [*flags])
    known = _plain.get(tuple(value)) if len(value) <= max_keys else None
    if known is not None:
        remarks, layout = known
        place.notes += remarks
        record = record_by_layout(value, layout, place)
    else:
        record = _by_dialect(value, place, max_keys)
    if place.notes and isinstance(record, RawRecord):
        record.notes = (*record.notes, *place.notes)
    return record


def _by_dialect(value: dict[str, Any], place: Place, max_keys: int) -> RawRecord | str:
    plain = not value.keys() & _telling()
    value = without_wrapper(value)
    if len(value) > max_keys:
        place.notes.append(f"more than {max_keys} keys; the rest is only in the raw text")
        value = dict(list(value.items())[:max_keys])
        plain = False
    names = tuple(value)
    size = sum(map(len, names))
    known = _known.get(names)
    if known is not None and known[1].takes(value):
        remarks, dialect = known
    else:
        remarks, dialect = _remarks(names), dialect_of(value)
        if dialect is not table.DIALECT:
            _known.keep(names, (remarks, dialect), size)
    if plain and isinstance(dialect, ByLayout):
        _plain.keep(names, (remarks, dialect.layout_of(value)), size)
    place.notes += remarks
    return dialect.record(value, place)


def record_from_row(row: Mapping[str, str | None], raw: str, locator: str) -> RawRecord | str:
    """Build the raw record of one row of a table with a header, a CSV export for example.

    Args:
        row: recorded text by column name; None for an empty cell.
        raw: the row as read.
        locator: where the row stands in its file.

    Returns:
        The record, or why the row is no event that one of the JSON dialects knows.
    """
    return record_from_object(dict(row), raw, locator, (), 2_000)


def without_wrapper(value: dict[str, Any]) -> dict[str, Any]:
    """The event inside an Elasticsearch hit or a Splunk result."""
    for wrapper in _WRAPPERS:
        inner = value.get(wrapper)
        if isinstance(inner, dict) and (wrapper != "fields" or value.keys() & _HIT_KEYS):
            value = inner
    raw = value.get("_raw")
    if isinstance(raw, str) and raw.startswith("{") and (inner := _decoded(raw)) is not None:
        return inner
    return value


def _decoded(text: str) -> dict[str, Any] | None:
    """The object that Splunk keeps as text; None when it is none. Repeated keys make it none."""
    usual = usual_object(text.encode("utf-8", "surrogatepass"))
    return usual[0] if usual else None


def _remarks(names: tuple[str, ...]) -> tuple[str, ...]:
    """What is to be said about the names of the keys."""
    remarks = []
    if len({*map(str.lower, names)}) != len(names):
        remarks.append("keys that differ only in case; the exact name is used")
    if not all(map(str.isascii, names)):
        remarks.append(
            "field names with letters beyond ASCII, which may look like known ones; they fill no column"
        )
    return tuple(remarks)
