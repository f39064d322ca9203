from __future__ import annotations

from datetime import UTC, datetime

from magistrate.decision.asks import PURPOSES, ask_text, collect, collections

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


def test_every_purpose_has_channels_and_ids():
    assert {row.purpose for row in collections() if row.event_ids and row.channel} == set(PURPOSES)


def test_history_is_asked_of_the_archive_and_ends_a_day_before():
    ask = collect("history", "srv01", NOON, NOON)

    assert (ask.whom, ask.window_to) == (
        "from the log archive or SIEM, for srv01",
        datetime(2026, 3, 4, 12, 0, tzinfo=UTC),
    )


def test_collection_without_times_leaves_the_window_open():
    assert "to" not in ask_text(collect("privilege", "srv01", None, None)).split("(")[1]
