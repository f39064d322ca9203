"""Columns for many events at once give the rows that `normalise` gives for each."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from magistrate.sources import column_route
from magistrate.sources.base import EventTexts, IntakeOptions, RawRecord
from magistrate.sources.column_route import ColumnRoute, EventColumns, id_numbers
from magistrate.sources.normalise import normalise
from magistrate.sources.readers.evtx import READER
from magistrate.sources.spill import EVENT_SCHEMA, RECORD_SCHEMA, widen
from sources.sample_log import NOON, sample_log

if TYPE_CHECKING:
    import pyarrow as pa

Rows = dict[str, dict[str, Any]]

DEMO = Path(__file__).parents[2] / "scenarios" / "demo" / "logs"
WINDOW = IntakeOptions(window_from=NOON, window_to=NOON + timedelta(minutes=1))


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the quick way for a single event, too."""
    monkeypatch.setattr(column_route, "_FEWEST_ROWS", 1)


def one_by_one(content: bytes, options: IntakeOptions) -> tuple[Rows, Rows]:
    """Slim and stored rows as `normalise` makes them, by locator."""
    records, events = {}, {}
    for item in READER.read(io.BytesIO(content), "a"):
        if isinstance(item, RawRecord):
            normal = normalise(item, keep_all=options.keep_all)
            row = {**normal.row, "file": "a", "file_sha256": "aa"}
            inside = column_route.is_inside(row["Timestamp"], options)
            row["stored"] = inside and normal.bucket is not None
            records[item.locator] = full(row, RECORD_SCHEMA)
            if row["stored"]:
                events[item.locator] = {**full(row, EVENT_SCHEMA), "bucket": normal.bucket}
    return records, events


def at_once(content: bytes, options: IntakeOptions) -> tuple[Rows, Rows, int]:
    """The same by way of columns, and how many records went that way."""
    route = ColumnRoute("a", "aa", options)
    records: Rows = {}
    events: Rows = {}
    found = [
        part
        for item in READER.read_texts(io.BytesIO(content), "a")
        if isinstance(item, EventTexts)
        for part in route.take(item)
    ]
    columns = [part for part in [*found, *route.finish()] if isinstance(part, EventColumns)]
    for part in columns:
        records |= rows_of(part.records, RECORD_SCHEMA, {})
        assert [int(text, 16) for text in part.records["evidence_id"].to_pylist()] == list(
            id_numbers(part.ids)
        )
        if part.events is not None:
            events |= rows_of(part.events, EVENT_SCHEMA, {"bucket": part.bucket})
    return records, events, sum(part.outside for part in columns)


def full(row: dict[str, Any], schema: pa.Schema) -> dict[str, Any]:
    return {name: row.get(name) for name in schema.names}


def rows_of(batch: pa.RecordBatch, schema: pa.Schema, more: dict[str, Any]) -> Rows:
    return {row["locator"]: {**row, **more} for row in widen(batch, schema).to_pylist()}


def check_same(content: bytes, options: IntakeOptions) -> int:
    """Compare what both ways give for the records that the quick way took, and tell how many it took."""
    records, events = one_by_one(content, options)
    quick_records, quick_events, outside = at_once(content, options)
    assert {place: records[place] for place in quick_records} == quick_records
    assert {place: row for place, row in events.items() if place in quick_records} == quick_events
    assert outside == sum(
        not column_route.is_inside(row["Timestamp"], options) for row in quick_records.values()
    )
    return len(quick_records)


@pytest.mark.parametrize("options", [IntakeOptions(), IntakeOptions(keep_all=True), WINDOW])
def test_both_ways_give_the_same_rows_for_our_sample(options):
    assert check_same(sample_log(), options) > 0


def test_both_ways_give_the_same_rows_for_the_demo():
    logs = sorted(DEMO.rglob("*.evtx"))

    assert sum(check_same(path.read_bytes(), IntakeOptions()) for path in logs) > 0


@pytest.mark.corpus
@pytest.mark.xdist_group("column route")
@pytest.mark.parametrize("keep_all", [False, True])
def test_both_ways_give_the_same_rows_for_public_recordings(corpus: Path, keep_all: bool):
    """A fixed third of the recordings: all of them take a minute."""
    logs = sorted(corpus.rglob("*.evtx"))
    chosen = [path for path in logs if hashlib.sha256(path.name.encode()).digest()[0] % 6 == keep_all]

    assert sum(check_same(path.read_bytes(), IntakeOptions(keep_all=keep_all)) for path in chosen) > 0
