"""Gathers the entries of one list: what is wrong costs one entry, and is counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from magistrate.intel.model import BadEntry, Indicator, ValueKind
from magistrate.intel.values import normal

MOST_ENTRIES = 200_000
"""Most entries of one list that are compared; further ones are counted."""

SHOWN = 20
"""Most bad entries that are kept with their reason."""


@dataclass(slots=True)
class Gathering:
    """The entries of one list while it is read; `source` names entries that name none."""

    source: str
    found: dict[tuple[ValueKind, str], Indicator] = field(default_factory=dict)
    bad: list[BadEntry] = field(default_factory=list)
    bad_number: int = 0
    taken: int = 0

    def refuse(self, place: str, reason: str) -> None:
        """Count an entry that is not compared."""
        self.bad_number += 1
        if len(self.bad) < SHOWN:
            self.bad.append(BadEntry(place, reason))

    def add(
        self,
        place: str,
        kind: ValueKind | None,
        value: str,
        *,
        source: str = "",
        verdict: str = "",
        dated: datetime | None = None,
        valid_until: datetime | None = None,
    ) -> None:
        """Take one entry, or count it as bad. Of two with one value the later one stays."""
        if kind is None:
            self.refuse(place, "a type that is not compared")
            return
        if self.taken >= MOST_ENTRIES:
            self.refuse(place, f"more than {MOST_ENTRIES} entries")
            return
        try:
            form = normal(kind, value)
        except ValueError as error:
            self.refuse(place, str(error))
            return
        self.taken += 1
        new = Indicator(
            kind, form, (source or self.source)[:200], (verdict or "listed")[:200], dated, valid_until
        )
        old = self.found.get((kind, form))
        if old is None or _age(old) <= _age(new):
            self.found[(kind, form)] = new


def _age(item: Indicator) -> datetime:
    return item.dated or datetime.min.replace(tzinfo=UTC)


def moment_of(value: object) -> datetime | None:
    """A time of a list in UTC: ISO 8601 or seconds since 1970; None when it is neither."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    try:
        if text.isdecimal() and len(text) > 8:  # 8 digits are a day such as 20260304
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
