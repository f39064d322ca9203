"""Every JSON dialect: a sample of its own, recognised by nobody else, and records or reasons for any object."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.base import Limits, RawRecord
from magistrate.sources.dialects import table
from magistrate.sources.dialects.base import Place
from magistrate.sources.formats import Gives
from magistrate.sources.json_dialects import (
    all_dialects,
    dialect_of,
    record_from_object,
    record_from_row,
    without_wrapper,
)
from magistrate.sources.json_values import JsonLimits, JsonValue, ObjectDecoder, split_values
from magistrate.sources.json_wrappers import unwrap
from magistrate.sources.normalise import normalise
from magistrate.sources.readers.json import READER

SAMPLES = Path(__file__).parent.parent / "samples" / "json"
DIALECTS = {dialect.format.name: dialect for dialect in all_dialects()}
FILES = sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(".golden.json"))
NAMES = sorted(
    {key for path in FILES for key in path.read_text(encoding="utf-8").split('"') if 1 < len(key) < 30}
)


def objects(path: Path) -> list[dict]:
    """Every record's object in a sample, wrappers taken off."""
    limits = Limits()
    found = []
    with path.open("rb") as stream:
        for value in split_values(stream, JsonLimits(limits.line_bytes, limits.json_depth)):
            if isinstance(value, JsonValue):
                inside = unwrap(value, ObjectDecoder())
                found += [without_wrapper(item.value) for item in ([value] if inside is None else inside)]
    return found


def table_rows(path: Path) -> list[dict]:
    """The rows of a sample that is only written as a table."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


OBJECTS = [(path.name, position, item) for path in FILES for position, item in enumerate(objects(path))]


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_has_a_sample(name):
    found = any(dialect_of(item).format.name == name for _, _, item in OBJECTS)
    table_only = SAMPLES.parent / "csv" / f"{name}.csv"

    assert found or any(dialect_of(row).format.name == name for row in table_rows(table_only))


@pytest.mark.parametrize(("file", "position", "item"), OBJECTS, ids=lambda value: str(value)[:20])
def test_no_object_is_recognised_by_two_dialects(file, position, item):
    takers = [name for name, dialect in DIALECTS.items() if dialect.takes(item)]

    assert len(takers) <= 1


@given(value=st.dictionaries(st.sampled_from(NAMES), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=6,
), max_size=12))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_any_object_gives_a_record_or_a_reason(value):
    found = record_from_object(value, "{}", "line 1", (), 2000)

    assert isinstance(found, str) or normalise(found).row["evidence_id"]


@pytest.mark.parametrize("name", DIALECTS)
@given(value=st.dictionaries(st.sampled_from(NAMES), st.none() | st.text(max_size=9) | st.lists(st.none())))
@settings(max_examples=40, deadline=None)
def test_a_dialect_never_fails_on_what_it_takes(name, value):
    dialect = DIALECTS[name]
    if dialect is table.DIALECT or dialect.takes(value):
        assert isinstance(dialect.record(value, Place("{}", "line 1")), RawRecord | str)


def test_what_was_recognised_by_its_names_is_looked_at_again():
    tree = {"System": {"EventID": 1, "Channel": "Security"}, "EventID": 2}
    flat = {"System": "x", "EventID": 2}

    found = [record_from_object(value, "{}", "line", (), 2000) for value in (tree, flat, tree)]

    assert [record.event_id for record in found] == [1, 2, 1]


def test_an_alert_is_no_record_of_the_channel_it_points_at():
    alerts = [dialect for dialect in DIALECTS.values() if dialect.format.gives is Gives.ALERTS]
    taken = [item for _, _, item in OBJECTS if dialect_of(item) in alerts]
    rows = [normalise(record_from_object(item, "{}", "line", (), 2000)).row for item in taken]

    assert {("Alert", "alert", None, None)} == {
        (row["Channel"], row["category"], row["EventID"], row["RecordId"]) for row in rows
    }


def test_a_row_of_a_table_is_recognised_by_its_header():
    row = {"Timestamp": "2026-03-03T12:00:00Z", "DeviceName": "srv01", "ActionType": "ProcessCreated",
           "FileName": "a.exe", "FolderPath": "C:\\a.exe", "AdditionalFields": ""}  # fmt: skip

    found = normalise(record_from_row(row, "raw", "line 2")).row

    assert (
        found["category"],
        found["Channel"],
        found["Image"],
    ) == ("process_creation", "DeviceProcessEvents", "C:\\a.exe")


def test_t_json_6_a_look_alike_of_a_products_key_is_not_that_product():
    record = record_from_object(
        {"Аction": 1, "ActionТype": "ProcessCreated", "DeviceName": "x"}, "{}", "l", (), 9
    )

    assert record == "no event id, channel or record id: not a Windows event"


def test_t_json_1_a_repeated_key_inside_a_wrapper_is_flagged():
    text = b'{"hits":{"hits":[{"_source":{"EventID":1,"EventID":2,"Channel":"Security"}}]}}'

    record = next(iter(READER.read(io.BytesIO(text), "x")))

    assert record.event_id == 1
    assert any("'EventID' is repeated" in note for note in record.notes)


def test_t_json_2_digits_inside_a_wrapper_stay_as_written():
    text = b'{"value":[{"Channel":"Security","EventID":1,"A":12345678901234567890123,"B":1.10}]}'

    record = next(iter(READER.read(io.BytesIO(text), "x")))

    assert (record.data["A"], record.data["B"]) == ("12345678901234567890123", "1.10")


def test_a_record_inside_a_wrapper_is_cited_as_it_was_written():
    text = b'{"hits":{"hits":[{"_source" : {"EventID": 1,  "Channel":"Security"}}]}}'

    record = next(iter(READER.read(io.BytesIO(text), "x")))

    assert record.raw == '{"_source" : {"EventID": 1,  "Channel":"Security"}}'


@pytest.mark.parametrize(
    "text",
    [
        b'{"hits":{"total":1,"hits":"none"},"Channel":"Security","EventID":1}',
        b'{"value":["a"],"Channel":"Security","EventID":1}',
        b'{"tables":{"a":1},"Channel":"Security","EventID":1}',
        b'{"matches":[],"Channel":"Security","EventID":1}',
    ],
)
def test_what_only_looks_like_a_wrapper_is_a_record(text):
    records = list(READER.read(io.BytesIO(text), "x"))

    assert [record.event_id for record in records] == [1]


def test_a_rule_without_matches_is_no_alert():
    text = b'{"title":"x","rule_level":"high","count":0,"matches":[]}'

    assert list(READER.read(io.BytesIO(text), "x")) == []
