"""Some values of one field, for tests that are made on many values at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.sigma.folding import fold
from magistrate.sigma.regex import search
from magistrate.sigma.tree import Check, Leaf
from magistrate.sigma.values import passes, pattern_regex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class TextColumn:
    """Values as the linear-time engine takes them: made for it once, however many expressions look at them.

    Args:
        values: the texts.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        self._made: dict[bool, Any] = {}

    def passing(self, leaf: Leaf) -> list[int]:
        """Places of the values that pass a test on text."""
        if leaf.check is Check.REGEX:
            return search(leaf.text, self._array(cased=True))
        if leaf.check is Check.PATTERN:
            return search(pattern_regex(leaf.text), self._array(cased=leaf.cased))
        return [place for place, value in enumerate(self._values) if passes(leaf, value)]

    def _array(self, *, cased: bool) -> Any:
        import pyarrow as pa  # here and not above: slow to load

        found = self._made.get(cased)
        if found is None:
            texts = self._values if cased else [fold(value) for value in self._values]
            self._made[cased] = found = pa.array(texts, pa.string())
        return found
