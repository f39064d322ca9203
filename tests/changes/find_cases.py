"""Changes around one session, from short events."""

from __future__ import annotations

from deep_dive.story_cases import rows_of_events, story
from magistrate.changes.find import find_changes
from magistrate.store.duckdb import DuckDBStore


def found(*events):
    """The changes around the session, with these events in the store."""
    with DuckDBStore.in_memory(rows_of_events(*events)) as store:
        return find_changes(store, [story()])


def only(*events):
    """The one change of these events."""
    changes = found(*events).changes

    assert len(changes) == 1
    return changes[0]
