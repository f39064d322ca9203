"""Mappings: strict to load, and every event of every log source fills what it promises."""

from __future__ import annotations

import pytest

from magistrate.errors import PlaybookError
from magistrate.events.tables import CATEGORIES
from magistrate.sources.base import RawRecord
from magistrate.sources.mapping import build_mappings, load_mappings
from magistrate.sources.normalise import normalise

MAPPINGS = load_mappings()
EVENTS = [
    pytest.param(source, event_id, id=f"{source.source}-{event_id}")
    for source in MAPPINGS.sources
    for event_id in source.events
]
# Columns that do not take any text; 17 does for the others.
FITTING = {"Initiated": "true", "UserSid": "S-1-5-18"}
VALUES = "origin: here\nintegrity_levels: {}\nprotocols: {}\nbooleans: {}\nconsumer_types: {}\nconsumer_payloads: {}\n"


def minimal(event: str) -> dict[str, str]:
    text = f"source: a\norigin: here\nchannels: [A]\nproviders: [P]\nevents:\n  1:\n{event}"
    return {"a.yml": text, "values.yml": VALUES}


def record(source, event_id, data):
    event = source.events[event_id]
    return RawRecord(
        channel=source.channels[0],
        provider=(event.providers or source.providers)[0],
        event_id=event_id,
        computer="WS07",
        record_id=1,
        times={"TimeCreated": "2026-03-03T12:00:00Z"},
        data=data,
        raw="{}",
        locator="here",
    )


@pytest.mark.parametrize(("source", "event_id"), EVENTS)
def test_every_column_of_an_event_is_filled_from_its_first_field(source, event_id):
    event = source.events[event_id]
    fields = {name: (name,) for name in (*source.same, *event.same)}
    fields |= {column: (f,) if isinstance(f, str) else f for column, f in event.columns.items()}
    values = {names[0]: FITTING.get(column, "17") for column, names in fields.items()}
    row = normalise(record(source, event_id, values)).row

    assert {column for column in fields if row.get(column) is None} == set()


@pytest.mark.parametrize(("source", "event_id"), EVENTS)
def test_every_event_goes_to_a_table_that_exists(source, event_id):
    row = normalise(record(source, event_id, {})).row

    assert row["category"] in CATEGORIES


@pytest.mark.parametrize(("source", "event_id"), EVENTS)
def test_every_event_is_found_by_provider_when_the_channel_is_unknown(source, event_id):
    raw = record(source, event_id, {})
    raw.channel = "ForwardedEvents"
    row = normalise(raw).row

    assert row["Channel"] == (source.events[event_id].channel or source.channels[0])


def test_every_table_is_filled_by_some_event():
    filled = {event.category for source in MAPPINGS.sources for event in source.events.values()}

    assert filled == set(CATEGORIES) - {"other"}


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("security", "Security"),
        ("Microsoft-Windows-Sysmon%4Operational", "Microsoft-Windows-Sysmon/Operational"),
        ("Archive-Security-2024-03-10-07-00-00-123", "Security"),
        ("Security.evtx", "Security"),
        ("Ѕecurity", None),
        ("", None),
    ],
)
def test_t_id_2_renamed_and_archived_channels_keep_their_name(channel, expected):
    assert MAPPINGS.canonical_channel(channel) == expected


def test_another_provider_in_the_same_channel_is_not_mapped():
    assert MAPPINGS.find("System", "Some Driver", 7045) is None


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("    name: x\n    category: c\n    same: [NoSuchColumn]\n", "there is no column NoSuchColumn"),
        ("    name: x\n    category: c\n    colour: red\n", "Extra inputs are not permitted"),
        ("    category: c\n", "Field required"),
        ("    name: x\n    category: c\n    identity: boss\n", "Input should be"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(event, problem):
    with pytest.raises(PlaybookError, match=r"a(\.yml|\.1)") as caught:
        build_mappings(minimal(event))

    assert problem in str(caught.value)


def test_all_problems_are_told_together():
    with pytest.raises(PlaybookError) as caught:
        build_mappings(minimal("    name: x\n    category: c\n    same: [Nope1, Nope2]\n"))

    assert "Nope1" in str(caught.value)
    assert "Nope2" in str(caught.value)
