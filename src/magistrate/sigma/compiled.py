"""Trees over numbered leaves, made for deciding the same rules again and again on sets of true leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.sigma.tree import AllOf, Leaf, Node, Not

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sigma.leaf_index import LeafNumbers, LeafSet


Cost = Callable[[int], float | None]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A tree whose leaves are sorted by sign: `plain` as written, `negated` under a not.

    With `every` all of them and all of `parts` must be true, else one of them.
    """

    every: bool
    plain: LeafSet
    negated: LeafSet
    parts: tuple[Compiled, ...] = ()

    def is_true(self, true: LeafSet | set[int], under_not: LeafSet | set[int]) -> bool:
        """Decide the tree.

        Args:
            true: leaves that count as true where they stand plain.
            under_not: leaves that count as true where they stand under a not. With unknown leaves only in this set
                the answer yes is certain; with unknown leaves only in the other one the answer no is.
        """
        if self.every:
            if not self.plain <= true or not self.negated.isdisjoint(under_not):
                return False
            return all(part.is_true(true, under_not) for part in self.parts)
        if not self.plain.isdisjoint(true) or not self.negated <= under_not:
            return True
        return any(part.is_true(true, under_not) for part in self.parts)

    def numbers(self) -> LeafSet:
        """Every leaf of the tree."""
        return self.plain.union(self.negated, *(part.numbers() for part in self.parts))


def compile_tree(node: Node, numbers: LeafNumbers) -> Compiled:
    """Number the leaves of a tree whose negations stand at the leaves."""
    if isinstance(node, Leaf):
        return Compiled(True, frozenset([numbers.number(node)]), frozenset())
    if isinstance(node, Not):
        inner = compile_tree(node.part, numbers)
        return Compiled(not inner.every, inner.negated, inner.plain, tuple(map(_opposite, inner.parts)))
    plain, negated, parts = [], [], []
    for part in node.parts:
        if isinstance(part, Leaf):
            plain.append(numbers.number(part))
        elif isinstance(part, Not) and isinstance(part.part, Leaf):
            negated.append(numbers.number(part.part))
        else:
            parts.append(compile_tree(part, numbers))
    return Compiled(isinstance(node, AllOf), frozenset(plain), frozenset(negated), tuple(parts))


def _opposite(tree: Compiled) -> Compiled:
    return Compiled(not tree.every, tree.negated, tree.plain, tuple(map(_opposite, tree.parts)))


def find_trigger(tree: Compiled, cost: Cost) -> tuple[float, LeafSet] | None:
    """The cheapest set of leaves of which one must be true for the tree to be true, with its cost.

    Args:
        tree: the rule.
        cost: how often a leaf is true; None when it must not be used.

    Returns:
        None when there is no such set: the tree may be true of an event of which no leaf is.
    """
    if tree.every:
        found = [
            (value, frozenset([leaf])) for leaf in sorted(tree.plain) if (value := cost(leaf)) is not None
        ]
        found += [inner for part in tree.parts if (inner := find_trigger(part, cost)) is not None]
        return min(found, key=lambda one: (one[0], len(one[1]), sorted(one[1])), default=None)
    if tree.negated:
        return None
    total, leaves = 0.0, set[int]()
    for leaf in tree.plain:
        value = cost(leaf)
        if value is None:
            return None
        total += value
        leaves.add(leaf)
    for part in tree.parts:
        inner = find_trigger(part, cost)
        if inner is None:
            return None
        total += inner[0]
        leaves |= inner[1]
    return total, frozenset(leaves)


def index_triggers(triggers: Mapping[int, LeafSet]) -> dict[int, tuple[int, ...]]:
    """Positions of rules by the leaf that makes them candidates."""
    found: dict[int, list[int]] = {}
    for position, leaves in triggers.items():
        for leaf in leaves:
            found.setdefault(leaf, []).append(position)
    return {leaf: tuple(positions) for leaf, positions in found.items()}
