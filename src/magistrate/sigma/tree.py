"""What a compiled rule asks of one event: a tree of conditions whose leaves look at one field.

The tree knows nothing of Sigma's spelling and nothing of our tables. A leaf that cannot be decided has no place in
it: such a rule is refused when it is compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """How a leaf looks at the values of its field."""

    EQUALS = "equals"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"
    PATTERN = "pattern"
    """Wildcards in the middle; `text` is written with `*` and `?`, and with a backslash before a plain one."""
    REGEX = "regex"
    """`text` is in the syntax of the linear-time engine, flags included."""
    CIDR = "cidr"
    COMPARE = "compare"
    """`text` is a number; `detail` is lt, lte, gt or gte."""
    NULL = "null"
    EXISTS = "exists"
    FIELD = "field"
    """`text` names another field of the event; `detail` is equals, starts, ends or contains."""
    TIME = "time"
    """`text` is a number; `detail` is minute, hour, day, week, month or year."""


LITERAL = frozenset({Check.EQUALS, Check.STARTS, Check.ENDS, Check.CONTAINS})

ANY_FIELD = ""
"""Field name of keywords: every recorded value of the event."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One look at one field.

    `field` is folded (`magistrate.sigma.folding`). `text` is folded too unless `cased`.
    """

    field: str
    check: Check
    text: str = ""
    cased: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is; an empty one is true."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when one part is; an empty one is false."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is false."""

    part: Node


Node = Leaf | AllOf | AnyOf | Not

TRUE: Node = AllOf(())
FALSE: Node = AnyOf(())


def all_of(parts: list[Node]) -> Node:
    """The parts joined by AND, flattened; TRUE when there is none."""
    flat: list[Node] = []
    for part in parts:
        if part == FALSE:
            return FALSE
        flat.extend(part.parts if isinstance(part, AllOf) else (part,))
    kept = tuple(dict.fromkeys(flat))
    return kept[0] if len(kept) == 1 else AllOf(kept)


def any_of(parts: list[Node]) -> Node:
    """The parts joined by OR, flattened; FALSE when there is none."""
    flat: list[Node] = []
    for part in parts:
        if part == TRUE:
            return TRUE
        flat.extend(part.parts if isinstance(part, AnyOf) else (part,))
    kept = tuple(dict.fromkeys(flat))
    return kept[0] if len(kept) == 1 else AnyOf(kept)


def negated(node: Node) -> Node:
    """The opposite of a node, with the negation pushed down to the leaves."""
    if isinstance(node, Not):
        return node.part
    if isinstance(node, AllOf):
        return any_of([negated(part) for part in node.parts])
    if isinstance(node, AnyOf):
        return all_of([negated(part) for part in node.parts])
    return Not(node)


def leaves(node: Node) -> tuple[Leaf, ...]:
    """Every different leaf below a node, in the order of the rule."""
    found: dict[Leaf, None] = {}
    _collect(node, found)
    return tuple(found)


def _collect(node: Node, found: dict[Leaf, None]) -> None:
    if isinstance(node, Leaf):
        found[node] = None
    elif isinstance(node, Not):
        _collect(node.part, found)
    else:
        for part in node.parts:
            _collect(part, found)
