"""A table with its sentence: the one shape in which every further view reaches the report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a report, with what it says in words and the records behind each row.

    `key` is a stable name for links and JSON (lower-case letters, digits and hyphens). `summary` is one or two
    sentences and stands for the table where no table can be shown; when there are no rows it says why. `rows` hold one
    text for each of `columns`, exactly as recorded: every output encodes for itself. `records` holds for each row the
    evidence ids it stands on, empty where a row counts what is absent; it is as long as `rows`.
    """

    key: str
    title: str
    summary: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    records: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a table whose parts do not fit: a shifted column is a wrong statement.

        Raises:
            ValueError: a row has not one text for each column, or the records do not match the rows.
        """
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"sheet {self.key}: a row has not {len(self.columns)} texts")
        if len(self.records) != len(self.rows):
            raise ValueError(f"sheet {self.key}: {len(self.records)} record lists for {len(self.rows)} rows")
