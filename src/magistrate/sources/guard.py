"""Tells the supervisor which unit of work a worker is in, and which units to leave out after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container


class Guard:
    """Announces units (a file, a stretch of chunks) before they are read.

    A unit during which a worker was killed is known to the next run, which leaves it out or takes it in smaller
    pieces.
    """

    def __init__(
        self, skip: Container[str] = frozenset(), send: Callable[[str, int], None] | None = None
    ) -> None:
        self._skip = skip
        self._send = send or (lambda unit, size: None)

    def enter(self, unit: str, size_bytes: int) -> bool:
        """Announce a unit; False when it has to be left out."""
        if unit in self._skip:
            return False
        self._send(unit, size_bytes)
        return True

    def alive(self) -> None:
        """Say that work goes on, so that only standing still is taken for a hang."""
        self._send("", 0)
