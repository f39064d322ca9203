"""The time around the suspicious activity in which recording has to be proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1601, 1, 1, tzinfo=UTC)  # the first FILETIME
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """First and last suspicious moment; both None when nothing suspicious was seen."""

    first: datetime | None
    last: datetime | None

    @property
    def is_open(self) -> bool:
        """True when there is no suspicious moment: then every record counts as near."""
        return self.first is None and self.last is None

    def around(self, margin: timedelta) -> tuple[datetime, datetime]:
        """The window with a margin on both sides; all of time when it is open."""
        first, last = self.first or self.last, self.last or self.first
        if first is None or last is None:
            return _EARLIEST, _LATEST
        return max(_EARLIEST + margin, first) - margin, min(_LATEST - margin, last) + margin
