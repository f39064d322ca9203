"""Flat objects: which key is channel, event id, time and so on, and which keys are event data.

The keys of each product that are not event data are a table: `json_envelopes.csv` beside this package. What a set
of keys means is worked out once and remembered, because the records of one log have few different sets.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from magistrate.sources.base import RawRecord
from magistrate.sources.dialects.base import NOT_AN_EVENT, Place, number
from magistrate.sources.event_tree import event_number, event_values, plain_text
from magistrate.sources.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_IDENTIFYING = frozenset({"event_id", "channel", "record_id"})


@dataclass(frozen=True, slots=True)
class Layout:
    """Which key fills which part of a record, for one set of keys.

    `found` is by part, `times` are (name of the time, key), `data` are (key, whether it holds event data as an
    element). Where several keys fill one part the first speaks.
    """

    found: Mapping[str, str]
    times: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, bool], ...]


class Layouts:
    """Layouts of one dialect by their keys, remembered within bounds."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._known: Remembered[tuple[str, ...], Layout] = Remembered(1024, 4096)

    def of(self, value: Mapping[str, Any], *, is_data: Iterable[str] = ()) -> Layout:
        """Layout of an object; keys in `is_data` are event data here though the envelope names them."""
        names = tuple(value)
        if (known := self._known.get(names)) is not None:
            return known
        parts = dict(envelope(self._dialect))
        for name in is_data:
            parts.pop(name, None)
        return self._known.keep(names, _sorted(names, parts), sum(map(len, names)))


class ByLayout:
    """A dialect whose record follows from its layout alone, so that the dispatcher may remember the layout."""

    def layout_of(self, value: Mapping[str, Any]) -> Layout:
        """The layout of an object of this dialect."""
        raise NotImplementedError

    def record(self, value: Mapping[str, Any], place: Place) -> RawRecord | str:
        """Read the flat object."""
        return record_by_layout(value, self.layout_of(value), place)


@cache
def envelope(dialect: str) -> Mapping[str, str]:
    """Keys of a dialect that are not event data, by key: the part of the record that each fills.

    Raises:
        ValueError: the table repeats a key of a dialect, or does not know the dialect.
    """
    text = resources.files("magistrate.sources").joinpath("json_envelopes.csv").read_text(encoding="utf-8")
    parts: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["dialect"] != dialect:
            continue
        if row["key"] in parts:
            raise ValueError(f"json_envelopes.csv repeats {dialect} {row['key']}")
        parts[row["key"]] = row["part"]
    if not parts:
        raise ValueError(f"json_envelopes.csv knows no {dialect}")
    return parts


def _sorted(names: Iterable[str], parts: Mapping[str, str]) -> Layout:
    """Sort keys into the parts of a record; what the envelope does not name is data."""
    found: dict[str, str] = {}
    times: list[tuple[str, str]] = []
    data: list[tuple[str, bool]] = []
    for key in names:
        part = parts.get(key)
        if part is None or part == "data":
            data.append((key, part is not None))
        elif part.startswith("time:"):
            times.append((part[5:], key))
        elif part != "ignored":
            found.setdefault(part, key)
    return Layout(found, tuple(times), tuple(data))


def record_by_layout(value: Mapping[str, Any], layout: Layout, place: Place) -> RawRecord | str:
    """The raw record of a flat object; `NOT_AN_EVENT` when nothing identifies it."""
    times: dict[str, str] = {}
    data: dict[str, str | None] = {}
    for key, is_element in layout.data:
        item = value[key]
        if is_element:
            data |= event_values({"EventData": item}, place.notes)
        else:
            data[key] = item if type(item) is str else plain_text(item)
    for name, key in layout.times:
        item = value[key]
        if item is not None:
            times.setdefault(name, plain_text(item) or "")
    found = {part: value[key] for part, key in layout.found.items()}
    if not found.keys() & _IDENTIFYING:
        return NOT_AN_EVENT
    record_id = number(found.get("record_id"))
    if record_id is None and found.get("record_id") is not None:
        place.notes.append("a record id that is no whole number; it is only in the raw text")
    return RawRecord(
        channel=plain_text(found.get("channel")) or "",
        provider=plain_text(found.get("provider")) or "",
        event_id=event_number(found.get("event_id")),
        computer=plain_text(found.get("computer")) or "",
        record_id=record_id,
        times=times,
        data=data,
        raw=place.raw,
        locator=place.locator,
        version=number(found.get("version")),
        message=plain_text(found.get("message")),
        logger_sid=plain_text(found.get("logger_sid")),
        logger_pid=number(found.get("logger_pid")),
    )
