"""What every store can do. Analytics speak plain ANSI SQL text with bound `:name` values.

Tables that every store offers:

- one table per category (`magistrate.events.tables`), with all columns of `magistrate.events.schema`;
- `event`: the union of them;
- `learned`: history of earlier days (`magistrate.events.learned`), empty unless it is registered;
- `record`: one slim row per record read, stored or not, with the columns of `RECORD_COLUMNS` (`magistrate.events.schema`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from magistrate.events.schema import ColumnType

Value = str | int | float | bool | datetime | None
Row = Mapping[str, Value]


class Store(Protocol):
    """A read-mostly event store with room for small working tables."""

    def query(self, sql: str, parameters: Mapping[str, Value] | None = None, *, name: str = "") -> list[Row]:
        """Run ANSI SQL and return the rows.

        Args:
            sql: text with `:name` placeholders; a name that is not bound is an error.
            parameters: the bound values.
            name: id of the indicator or question, for the error message.

        Raises:
            QueryError: the engine refused the query.
        """
        ...

    def batches(
        self, sql: str, parameters: Mapping[str, Value] | None = None, *, rows: int, name: str = ""
    ) -> Iterator[Any]:
        """Run ANSI SQL and yield the rows as Arrow record batches, so that a large result never stands in memory.

        The order of the rows is not fixed unless the text fixes it. Other queries may run in between.

        Args:
            sql: as for `query`.
            parameters: the bound values.
            rows: most rows of one batch.
            name: as for `query`.

        Raises:
            QueryError: the engine refused the query.
        """
        ...

    def register(self, table: str, columns: Sequence[tuple[str, ColumnType]], rows: Iterable[Row]) -> None:
        """Create or replace a small working table. Missing keys become null."""
        ...

    def close(self) -> None:
        """Release the engine."""
        ...
