"""A baseline: rows of the `learned` table, and where they were learned."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from typing import TYPE_CHECKING

from magistrate.events.learned import LEARNED_COLUMNS, LEARNED_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.store.base import Row


@dataclass(frozen=True, slots=True)
class LearnedRow:
    """One row of the `learned` table (`magistrate.events.learned`); an empty text is a value that is not there."""

    kind: str
    host: str
    account: str
    account_sid: str
    source: str
    class_: str
    shape: str
    package: str
    period: datetime
    number: int
    first_seen: datetime
    last_seen: datetime
    evidence_id: str
    channel: str
    event_id: int
    record_id: int | None
    file: str

    @property
    def key(self) -> tuple[str | datetime, ...]:
        """What tells one row from another."""
        return tuple(getattr(self, name) for name in FIELDS[: len(LEARNED_KEY)])

    def row(self, label: str = "") -> Row:
        """The row by column name, null where a value is not there.

        `label` is put before the file, so that nobody looks for it in the case.
        """
        pairs = zip(LEARNED_COLUMNS, FIELDS, strict=True)
        values = {name: None if (value := getattr(self, item)) == "" else value for (name, _), item in pairs}
        return {**values, "file": f"{label}: {self.file}" if label else self.file}


FIELDS = tuple(item.name for item in fields(LearnedRow))


@dataclass(frozen=True, slots=True)
class Learned:
    """One thing that a baseline was fed from.

    `why` is the disposition of a case, or who named the logs clean and why. `files` is how many evidence files it
    had, `digest` a hash over their hashes.
    """

    label: str
    kind: str  # case or logs
    why: str
    first: datetime | None
    last: datetime | None
    files: int
    digest: str


@dataclass(frozen=True, slots=True)
class History:
    """A whole baseline. Rows are sorted by key, sources by label and digest."""

    rows: tuple[LearnedRow, ...] = ()
    sources: tuple[Learned, ...] = ()

    @property
    def first(self) -> datetime | None:
        """Time of the earliest record; None for an empty baseline."""
        return min((row.first_seen for row in self.rows), default=None)

    @property
    def last(self) -> datetime | None:
        """Time of the latest record; None for an empty baseline."""
        return max((row.last_seen for row in self.rows), default=None)


def merge(first: History, second: History) -> History:
    """Join two baselines, in any order and any number of times with the same result.

    Rows of the same period are the same records seen through two exports, so the larger count stands; nothing is
    added up, and learning a log twice changes nothing.
    """
    return History(
        _merged((*first.rows, *second.rows)),
        tuple(
            sorted({*first.sources, *second.sources}, key=lambda item: (item.label, item.digest, item.why))
        ),
    )


def _merged(rows: Iterable[LearnedRow]) -> tuple[LearnedRow, ...]:
    kept: dict[tuple[str | datetime, ...], LearnedRow] = {}
    for row in rows:
        known = kept.get(row.key)
        kept[row.key] = row if known is None else _joined(known, row)
    return tuple(kept[key] for key in sorted(kept, key=lambda key: tuple(map(str, key))))


def _joined(one: LearnedRow, other: LearnedRow) -> LearnedRow:
    """One row of two with the same key; the pointer is the earlier one's, ties go by id and file."""
    first = min(one, other, key=lambda row: (row.first_seen, row.evidence_id, row.file))
    values = {name: getattr(first, name) for name in FIELDS}
    values["number"] = max(one.number, other.number)
    values["last_seen"] = max(one.last_seen, other.last_seen)
    return LearnedRow(**values)
