"""The actions of T2 together."""

from __future__ import annotations

from deep_dive.story_cases import SUBJECT, at, rows_of_events, story
from magistrate.context.model import Context
from magistrate.deep_dive.model import DeepDive
from magistrate.deep_dive.run import dive
from magistrate.store.duckdb import DuckDBStore


def test_the_deep_dive_finds_a_change() -> None:
    event = {"Channel": "Security", "EventID": 4697, "ServiceName": "upd", "Time": at(minutes=1), **SUBJECT}
    with DuckDBStore.in_memory(rows_of_events(event)) as store:
        assert len(dive(store, [story()], Context()).changes.changes) == 1


def test_without_stories_no_change_is_looked_for() -> None:
    with DuckDBStore.in_memory([]) as store:
        assert dive(store, [], Context()).changes == DeepDive().changes
