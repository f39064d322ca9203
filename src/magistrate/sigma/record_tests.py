"""Rules out most questions about recorded fields by one look at the event data as it is stored, without reading it.

The event data is JSON text. A test on text can only be true of a recorded field when the text it needs stands
somewhere in that JSON, escaped as the store escapes it; where it does not, the answer is no for certain. Where it
does, the record is read and decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.sigma.event_fields import HASH_PARTS, RAW_FIELDS
from magistrate.sigma.folding import fold
from magistrate.sigma.guards import MIN_CHARACTERS, guard
from magistrate.sigma.tree import ANY_FIELD, Leaf, Test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLAIN = frozenset({Test.EQUALS, Test.STARTS, Test.ENDS})
_REMEMBERED = 100_000


def record_guard(leaf: Leaf) -> str | None:
    """Folded text that the stored event data holds whenever the leaf is true; None when none is sure.

    Args:
        leaf: a leaf on a recorded field.
    """
    if leaf.field in RAW_FIELDS or not leaf.text:
        return None
    if leaf.test in _PLAIN and leaf.field not in HASH_PARTS and leaf.field != ANY_FIELD:
        start = ':"' if leaf.test is not Test.ENDS else ""
        end = '"' if leaf.test is not Test.STARTS else ""
        return fold(start + _escaped(leaf.text) + end)
    needed = guard(leaf)
    return fold(_escaped(needed)) if needed and len(needed) >= MIN_CHARACTERS else None


def _escaped(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]


class RecordTests:
    """Looks for the guards of a plan's leaves in stored event data.

    Args:
        guards: the guard of each leaf.
    """

    def __init__(self, guards: Mapping[int, str]) -> None:
        import ahocorasick_rs  # here and not above: only rules need it

        by_text: dict[str, list[int]] = {}
        for number, text in guards.items():
            by_text.setdefault(text, []).append(number)
        self._leaves = list(by_text.values())
        self._automaton: Any = (
            ahocorasick_rs.AhoCorasick(list(by_text), store_patterns=False) if by_text else None
        )
        self._everything = frozenset(guards)
        self._known: dict[frozenset[int], frozenset[int]] = {}

    def open_leaves(self, texts: Sequence[str | None]) -> list[frozenset[int]]:
        """For each stored event data the leaves that may be true of it; all of them where there is none."""
        return [self._everything if text is None else self._scan(text) for text in texts]

    def _scan(self, text: str) -> frozenset[int]:
        if self._automaton is None:
            return frozenset()
        hits = self._automaton.find_matches_as_indexes(fold(text), overlapping=True)
        if not hits:
            return _NOTHING
        patterns = frozenset([hit[0] for hit in hits])
        found = self._known.get(patterns)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = frozenset(number for pattern in patterns for number in self._leaves[pattern])
            self._known[patterns] = found
        return found


_NOTHING: frozenset[int] = frozenset()
