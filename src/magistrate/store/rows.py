"""What a store does to rows before an engine sees them: each event once, in batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.store.base import Row

KEYS = ("evidence_id", "file_sha256", "file", "locator")
"""The id of an event, and what decides which of its copies is kept."""
BATCH_ROWS = 10_000


def first_copies(rows: Iterable[Row]) -> list[Row]:
    """Rows with each evidence id once, live before recovered, then the first by file hash, file and locator.

    Rows without an id all stay.
    """
    best: dict[str, Row] = {}
    loose: list[Row] = []
    for row in rows:
        key = row.get("evidence_id")
        if not isinstance(key, str):
            loose.append(row)
        elif key not in best or _copy_rank(row) < _copy_rank(best[key]):
            best[key] = row
    return [*best.values(), *loose]


def _copy_rank(row: Row) -> tuple[tuple[bool, str], ...]:
    place = ((row.get(key) is None, str(row.get(key))) for key in KEYS[1:])
    return ((row.get("recovered") is True, ""), *place)


def row_batches(rows: Iterable[Row]) -> Iterable[list[Row]]:
    """The rows in lists of at most BATCH_ROWS."""
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
