"""One thing that is wrong in a content file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and what to do.

    `location` is `file:line` inside the playbook folder, `key` the path of the value (`rules.3.when`).
    """

    location: str
    key: str
    message: str
    hint: str = ""

    @property
    def order(self) -> tuple[str, int, str, str]:
        """Sorts problems by file, line and key."""
        file, _, line = self.location.rpartition(":")
        return (
            (file, int(line), self.key, self.message)
            if line.isdigit()
            else (self.location, 0, self.key, self.message)
        )

    def __str__(self) -> str:
        key = f"{self.key}: " if self.key else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.location}: {key}{self.message}{hint}"
