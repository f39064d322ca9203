"""Answers every question that the rules ask of a field at once, for one value after the other.

All literals of a field are looked for in one Aho-Corasick pass over the folded value between two marks; the literals
carry the marks, so that contains, starts with, ends with and equals are each exact. Other tests run only where a
text that they need was found. The answer for a value is the set of leaves that are true of it; the same sets come
again and again, so they are numbered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.sigma.folding import fold
from magistrate.sigma.guards import guard
from magistrate.sigma.network_index import NetworkIndex
from magistrate.sigma.rule_times import Stopwatch
from magistrate.sigma.text_column import TextColumn
from magistrate.sigma.tree import LITERAL, Check, Leaf
from magistrate.sigma.values import passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from magistrate.sigma.values import Values

_START, _END = "\x02", "\x03"
_SETS_REMEMBERED = 100_000
_VALUES_REMEMBERED = 16_384
_LONG = 512  # longer values are not worth the memory

_NO_TEXT = frozenset({Check.NULL, Check.EXISTS})

LeafSet = frozenset[int]


class LeafNumbers:
    """Numbers of leaves, one for each different leaf of a rule set."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self._numbers: dict[Leaf, int] = {}

    def number(self, leaf: Leaf) -> int:
        """The number of a leaf; a new one when it was not seen before."""
        found = self._numbers.get(leaf)
        if found is None:
            self._numbers[leaf] = found = len(self.leaves)
            self.leaves.append(leaf)
        return found


class FieldTests:
    """The questions that a rule set asks of one field.

    Args:
        asked: the leaves with their numbers; FIELD leaves have no place here.
        watch: measures tests that are made for single leaves.
    """

    def __init__(self, asked: Iterable[tuple[int, Leaf]], watch: Stopwatch | None = None) -> None:
        self._watch = watch or Stopwatch()
        self.leaves = {number: leaf for number, leaf in asked if leaf.check is not Check.FIELD}
        self._always: list[int] = []
        self._null = frozenset(n for n, leaf in self.leaves.items() if leaf.check is Check.NULL)
        self._exists = frozenset(n for n, leaf in self.leaves.items() if leaf.check is Check.EXISTS)
        self._empty = frozenset(n for n, leaf in self.leaves.items() if passes(leaf, None))
        self._exact: dict[str, list[int]] = {}
        self._guarded: dict[str, list[int]] = {}
        self._automaton = self._build()
        networks = {n: leaf.text for n, leaf in self.leaves.items() if leaf.check is Check.CIDR}
        self._networks = NetworkIndex(networks) if networks else None
        self.sets: list[LeafSet] = []
        self._set_numbers: dict[LeafSet, int] = {}
        self._by_patterns: dict[frozenset[str], tuple[int, tuple[int, ...]]] = {}
        self._known: dict[str, int] = {}
        self._plain = self.number_of(self._exists)
        self._texts = self._only_equals()
        self._keys: Any = None

    def _build(self) -> Any:
        import ahocorasick_rs  # here and not above: only rules need it

        for number, leaf in self.leaves.items():
            if leaf.check in (Check.NULL, Check.EXISTS, Check.CIDR):
                continue
            if leaf.check in LITERAL and not leaf.cased and not _has_mark(leaf.text):
                self._exact.setdefault(_marked(leaf), []).append(number)
            elif (needed := guard(leaf)) and not _has_mark(needed):
                self._guarded.setdefault(needed, []).append(number)
            else:
                self._always.append(number)
        patterns = list(dict.fromkeys((*self._exact, *self._guarded)))
        # With its patterns kept, the automaton answers with these very objects: no number is made for a hit.
        return ahocorasick_rs.AhoCorasick(patterns, store_patterns=True) if patterns else None

    def _only_equals(self) -> dict[str, int] | None:
        """Number of the set of each text when nothing but whole texts is asked for; None when more is."""
        asked = [(number, leaf) for number, leaf in self.leaves.items() if leaf.check not in _NO_TEXT]
        if not all(leaf.check is Check.EQUALS and not leaf.cased for _, leaf in asked):
            return None
        found: dict[str, set[int]] = {}
        for number, leaf in asked:
            found.setdefault(leaf.text, set()).add(number)
        return {text: self.number_of(self._exists | leaves) for text, leaves in found.items()}

    def sets_of_column(self, values: Any) -> list[int]:
        """Number of the set of true leaves of each value of an Arrow array of text."""
        import pyarrow as pa  # here and not above: slow to load
        import pyarrow.compute as compute

        if self._texts is None or not compute.all(compute.string_is_ascii(values)).as_py():
            return self.sets_of(values.to_pylist())
        if self._keys is None:
            self._keys = pa.array(list(self._texts), pa.string())
        places = compute.index_in(compute.ascii_lower(values), value_set=self._keys)
        numbers = pa.array([*self._texts.values(), self._plain], pa.int64())
        found: list[int] = numbers.take(compute.fill_null(places, len(self._texts))).to_pylist()
        return found

    def sets_of(self, values: Sequence[str]) -> list[int]:
        """Number of the set of true leaves of each text value; `sets` holds the sets."""
        known = self._known
        found = [known.get(value, -1) for value in values]
        open_ = [place for place, number in enumerate(found) if number < 0]
        if open_:
            fresh = [values[place] for place in open_]
            if len(known) + len(fresh) > _VALUES_REMEMBERED:
                known.clear()
            for place, value, number in zip(open_, fresh, self._answer(fresh), strict=True):
                found[place] = number
                if len(value) <= _LONG and len(known) < _VALUES_REMEMBERED:
                    known[value] = number
        return found

    def _answer(self, values: Sequence[str]) -> list[int]:
        if self._texts is not None:
            found = self._texts
            return [found.get(fold(value), self._plain) for value in values]
        numbers: list[int] = []
        more: dict[int, list[int]] = {}
        for place, value in enumerate(values):
            number, open_ = self._scan(value)
            numbers.append(number)
            for leaf in open_:
                more.setdefault(leaf, []).append(place)
        extra: dict[int, list[int]] = {}
        if self._networks:
            for place, value in enumerate(values):
                if inside := self._networks.leaves_of(value):
                    extra[place] = list(inside)
        texts = TextColumn(values)
        for leaf in self._always:
            with self._watch.leaf(leaf):
                passing = texts.passing(self.leaves[leaf])
            for place in passing:
                extra.setdefault(place, []).append(leaf)
        for leaf, places in sorted(more.items()):
            some = TextColumn([values[place] for place in places])
            with self._watch.leaf(leaf):
                passing = some.passing(self.leaves[leaf])
            for at in passing:
                extra.setdefault(places[at], []).append(leaf)
        joined: dict[tuple[int, tuple[int, ...]], int] = {}
        for place, found_more in extra.items():
            both = numbers[place], tuple(found_more)
            number = joined.get(both, -1)
            if number < 0:
                joined[both] = number = self.number_of(self.sets[both[0]].union(found_more))
            numbers[place] = number
        return numbers

    def _scan(self, value: str) -> tuple[int, tuple[int, ...]]:
        """Number of the set of leaves that are true of a value, and leaves that still have to be tried."""
        if self._automaton is None:
            return self._plain, ()
        if _START in value or _END in value:
            tried = [number for number in self.leaves if number not in self._always]
            true = {n for n in tried if _is_text(self.leaves[n]) and passes(self.leaves[n], value)}
            return self.number_of(self._exists | true), ()
        hits = self._automaton.find_matches_as_strings(_START + fold(value) + _END, overlapping=True)
        if not hits:
            return self._plain, ()
        patterns = frozenset(hits)
        found = self._by_patterns.get(patterns)
        if found is None:
            if len(self._by_patterns) >= _SETS_REMEMBERED:
                self._by_patterns.clear()
            sure = self._exists.union(*(self._exact.get(pattern, ()) for pattern in patterns))
            open_ = {number for pattern in patterns for number in self._guarded.get(pattern, ())}
            self._by_patterns[patterns] = found = self.number_of(sure), tuple(open_)
        return found

    def set_of(self, values: Values) -> int:
        """Number of the set of leaves that are true of the values of an event's field."""
        if len(values) == 1 and values[0] is not None:
            return self.sets_of([values[0]])[0]
        if not values:
            return self.number_of(self._null)
        true: set[int] = set(self._exists)
        texts = [value for value in values if value is not None]
        for number in self.sets_of(texts):
            true |= self.sets[number]
        if len(texts) < len(values):
            true |= self._empty
        if not texts:
            true |= self._null
        return self.number_of(frozenset(true))

    def number_of(self, true: LeafSet) -> int:
        """The number of a set of leaves."""
        found = self._set_numbers.get(true)
        if found is None:
            self._set_numbers[true] = found = len(self.sets)
            self.sets.append(true)
        return found


def _marked(leaf: Leaf) -> str:
    start = _START if leaf.check in (Check.EQUALS, Check.STARTS) or not leaf.text else ""
    end = (
        _END if leaf.check in (Check.EQUALS, Check.ENDS) and (leaf.text or leaf.check is Check.EQUALS) else ""
    )
    return start + leaf.text + end


def _has_mark(text: str) -> bool:
    return _START in text or _END in text


def _is_text(leaf: Leaf) -> bool:
    return leaf.check not in (Check.NULL, Check.EXISTS, Check.CIDR)
