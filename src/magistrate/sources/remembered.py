"""A bounded memory for what was worked out about foreign names: field sets, channels, providers."""

from __future__ import annotations

from typing import TypeVar

_Key = TypeVar("_Key")
_Found = TypeVar("_Found")


class Remembered(dict[_Key, _Found]):
    """A dict that is emptied when it is full, and that takes no long keys.

    The keys are foreign text, so neither their number nor their length may make it grow.
    """

    def __init__(self, most: int, characters: int) -> None:
        super().__init__()
        self._most = most
        self._characters = characters

    def keep(self, key: _Key, found: _Found, characters: int) -> _Found:
        """Remember what was found for a key of so many characters, and give it back."""
        if characters <= self._characters:
            if len(self) >= self._most:
                self.clear()
            self[key] = found
        return found
