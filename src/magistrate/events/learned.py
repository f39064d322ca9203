"""The table of learned history: what an account, a source and a host did on earlier days.

Every store offers it as `learned`, empty where no history was given. One row is one kind of thing within one
period; `number` counts its records, `first_seen` and `last_seen` are their times, and the pointer columns name
the first of them. Kinds:

- `act`: acts of WMI within ten minutes, by host, account, source, class of operation and command shape;
- `account`: process starts of an account within a day;
- `logon`: network logons within a day, by host, account (without its domain), source, logon type (`class`) and
  package;
- `recording`: records of one sort (`class`: process, logon, wmi) of a host within a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.events.schema import ColumnType

LEARNED_KEY: tuple[tuple[str, ColumnType], ...] = (
    ("kind", "text"),
    ("host", "text"),
    ("account", "text"),
    ("account_sid", "text"),
    ("source", "text"),
    ("class", "text"),
    ("shape", "text"),
    ("package", "text"),
    ("period", "timestamp"),
)
"""Columns that tell one row from another; `period` is the start of the ten minutes or of the day, UTC."""

LEARNED_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    *LEARNED_KEY,
    ("number", "bigint"),
    ("first_seen", "timestamp"),
    ("last_seen", "timestamp"),
    ("evidence_id", "text"),
    ("Channel", "text"),
    ("EventID", "bigint"),
    ("RecordId", "bigint"),
    ("file", "text"),
)
