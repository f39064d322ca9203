"""The timeline of a case and its filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from magistrate.report.build import build_view
from magistrate.report.timeline_view import EntryKind, Filter, filtered, timeline
from report.sample_case import HOST, sample_case


@pytest.fixture(scope="module")
def entries():
    return timeline(build_view(sample_case()))


def test_every_act_finding_signal_and_sign_has_its_entry(entries) -> None:
    numbers = {kind: sum(item.kind is kind for item in entries) for kind in EntryKind}

    assert numbers == {EntryKind.ACT: 3, EntryKind.FINDING: 4, EntryKind.SIGNAL: 1, EntryKind.INTEGRITY: 1}


def test_entries_are_in_time_order(entries) -> None:
    times = [item.utc for item in entries]

    assert times == sorted(times)


def test_an_act_has_the_level_of_the_finding_on_it(entries) -> None:
    acts = {item.text: item for item in entries if item.kind is EntryKind.ACT}

    assert [item.level for item in acts.values()] == ["informational", "critical", "critical"]


def test_an_excused_finding_is_informational(entries) -> None:
    assert next(item.level for item in entries if item.codes == ("W1",)) == "informational"


def test_a_part_of_a_host_name_is_enough(entries) -> None:
    assert {item.host for item in filtered(entries, Filter(hosts=("FS01",)))} == {HOST}


def test_an_unknown_account_keeps_nothing(entries) -> None:
    assert filtered(entries, Filter(accounts=("nobody",))) == ()


def test_the_lowest_level_is_kept_and_what_is_below_goes(entries) -> None:
    assert {item.level for item in filtered(entries, Filter(min_level="high"))} == {"high", "critical"}


def test_both_ends_of_a_time_are_included(entries) -> None:
    moment = datetime(2026, 3, 2, 8, 14, 7, 412_000, tzinfo=UTC)

    assert len(filtered(entries, Filter(first=moment, last=moment))) == 1


def test_last_counts_back_from_the_last_entry(entries) -> None:
    kept = filtered(entries, Filter(within=timedelta(minutes=5)))

    assert [item.kind for item in kept] == [EntryKind.INTEGRITY]
