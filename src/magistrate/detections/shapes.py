"""Command shapes of one case, each distinct command read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.context.shapes import command_shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Story


class Shapes:
    """Shapes with the host names of a case taken out."""

    def __init__(self, stories: Iterable[Story]) -> None:
        self._hosts = frozenset(host for story in stories for host in story.hosts)
        self._known: dict[str, str] = {}

    def of(self, command: str) -> str:
        """Shape of a command; only the host names that stand in it are looked for."""
        if command not in self._known:
            low = command.lower()
            self._known[command] = command_shape(
                command, [host for host in self._hosts if host.lower() in low]
            )
        return self._known[command]
