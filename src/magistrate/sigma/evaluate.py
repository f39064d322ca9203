"""Decides rules for one event, from its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.sigma.tree import AllOf, Check, Leaf, Node, Not
from magistrate.sigma.values import field_holds, holds

if TYPE_CHECKING:
    from collections.abc import Callable

    from magistrate.sigma.values import Values

_REMEMBERED = 200_000


class Evaluator:
    """Decides trees event by event, and remembers what a leaf said of a value that comes again."""

    def __init__(self) -> None:
        self._known: dict[tuple[Leaf, Values], bool] = {}

    def is_true(self, node: Node, fields: Callable[[str], Values]) -> bool:
        """Tell whether a tree is true of an event."""
        if isinstance(node, Leaf):
            return self._leaf(node, fields)
        if isinstance(node, Not):
            return not self.is_true(node.part, fields)
        if isinstance(node, AllOf):
            return all(self.is_true(part, fields) for part in node.parts)
        return any(self.is_true(part, fields) for part in node.parts)

    def _leaf(self, leaf: Leaf, fields: Callable[[str], Values]) -> bool:
        values = fields(leaf.field)
        if leaf.check is Check.FIELD:
            return field_holds(leaf, values, fields(leaf.text))
        key = (leaf, values)
        answer = self._known.get(key)
        if answer is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = answer = holds(leaf, values)
        return answer
