"""From store rows to typed values and evidence pointers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from magistrate.events.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.store.base import Row


def text(row: Row, column: str) -> str | None:
    """A column as text, None when it is null."""
    value = row.get(column)
    return None if value is None else str(value)


def sid(row: Row, column: str) -> str | None:
    """A SID column; the null SID that a 4688 writes for "nobody" is None."""
    value = text(row, column)
    return None if value == "S-1-0-0" else value


def number(row: Row, column: str) -> int | None:
    """A column as a whole number, None when it is null."""
    value = row.get(column)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(row: Row, column: str = "Timestamp") -> datetime | None:
    """A column as an aware UTC time, None when the record has no usable time."""
    value = row.get(column)
    return value if isinstance(value, datetime) else None


def evidence_of(row: Row, *columns: str) -> Evidence:
    """Pointer to the record of a row, quoting the named columns that are filled."""
    quoted = tuple((name, _as_recorded(name, row[name])) for name in columns if row.get(name) is not None)
    return Evidence(
        evidence_id=text(row, "evidence_id") or "",
        host=text(row, "host") or "",
        utc=moment(row),
        channel=text(row, "Channel") or "",
        event_id=number(row, "EventID") or 0,
        record_id=number(row, "RecordId"),
        file=text(row, "file") or "",
        quoted=quoted,
    )


def _as_recorded(column: str, value: object) -> str:
    """Logon ids are stored as numbers for joins; Windows writes them in hexadecimal."""
    return f"0x{value:x}" if column.endswith("LogonId") and isinstance(value, int) else str(value)


def by_time(rows: Iterable[Row]) -> list[Row]:
    """Rows in order of host, time and evidence id; rows without a time come last within a host."""
    return sorted(
        rows,
        key=lambda row: (
            text(row, "host") or "",
            moment(row) is None,
            moment(row).timestamp() if moment(row) else 0.0,  # type: ignore[union-attr]  # tested in the same expression
            text(row, "evidence_id") or "",
        ),
    )


def seconds_between(earlier: datetime | None, later: datetime | None) -> float | None:
    """Seconds from one time to the other, None when either is unknown."""
    if earlier is None or later is None:
        return None
    return (later - earlier).total_seconds()
