"""Why an indicator yielded nothing in a case: no record of its kind, an empty field, or no record that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.events.schema import column_types
from magistrate.events.tables import CATEGORIES

if TYPE_CHECKING:
    from magistrate.playbooks.model import Indicator
    from magistrate.store.base import Store


def why_nothing(store: Store, indicator: Indicator) -> tuple[str, ...]:
    """Count what an indicator looks at: its kinds of records, then each field it needs among them.

    Args:
        store: the events of the case.
        indicator: one without a finding in this case.

    Returns:
        A line for each kind and field, the failed condition last.

    Raises:
        QueryError: a query failed.
    """
    lines, read = [], 0
    for category in (name for name in indicator.log_source if name in CATEGORIES):
        count = _count(store, f"SELECT COUNT(*) AS held FROM {category}", "kind")  # noqa: S608 - one of our tables
        lines.append(f"{category}: {count} records")
        read += count
    if not read:
        return (*lines, "failed: the case holds no record of a kind that it looks at, so it could not fire")
    empty = []
    for column in (name for name in indicator.needs if name in column_types()):
        count = sum(
            _count(store, f'SELECT COUNT("{column}") AS held FROM {category}', "field")  # noqa: S608 - as above
            for category in indicator.log_source
            if category in CATEGORIES
        )
        lines.append(f"{column} filled in {count} of {read} records")
        empty += [column] if not count else []
    if empty:
        return (
            *lines,
            f"failed: {', '.join(empty)} is empty in every record, so its condition could not be met",
        )
    return (*lines, "failed: its records and fields are there, and none of them meets the condition above")


def _count(store: Store, sql: str, name: str) -> int:
    value = store.query(sql, name=f"explain.{name}")[0]["held"]
    return int(value) if isinstance(value, int) else 0
