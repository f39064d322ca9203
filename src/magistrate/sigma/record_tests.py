"""Rules out most questions about recorded fields by one look at the event data as it is stored, without reading it.

The event data is JSON text. What kind of record it is, is learned from a few records of the plan: the fields that
they carry are looked at for the texts that rules need, and all others are looked for by name. An event with none of
these names does not carry the fields, which answers everything about them; an event with one of them, one with parts
inside a value, and one that writes characters by number where not every writer does, are looked at text by text. What
a text leaves open the record itself decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from magistrate.sigma.event_fields import read_recorded
from magistrate.sigma.folding import fold, fold_name
from magistrate.sigma.record_forms import (
    NESTED,
    UNUSUAL,
    key_form,
    leaf_form,
    record_guards,
    recorded_names,
)
from magistrate.sigma.regex import RegexError, check_regex
from magistrate.sigma.row_groups import Coded
from magistrate.sigma.signatures import Answers
from magistrate.sigma.tree import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from magistrate.sigma.leaf_index import LeafSet
    from magistrate.sigma.places import FieldPlaces
    from magistrate.sigma.tree import Leaf

_REMEMBERED = 100_000
_SAMPLE = 64
_MANY = 8  # one row in so many is many
_MOST_COMMON = 8
_NUMBERED, _SLASH = "\\u", "\\/"
# Control characters without a short form: the only ones that every writer gives by number.
_USUAL_CODES = frozenset(f"{code:04x}" for code in range(0x20)) - {"0008", "0009", "000a", "000c", "000d"}
_PARTS = re.compile(NESTED)
_NOTHING: frozenset[int] = frozenset()


class _Look(NamedTuple):
    """What to look for in the event data of a plan, once the fields that its records carry are known.

    `null` are leaves that are true of events without the other fields, `open` those that every event leaves open,
    `texts` the leaves with an expression. `common` are expressions that many events fit, each with its leaf; `rare`
    is one expression for all others and for what is out of the ordinary, None when that is too much.
    """

    null: LeafSet
    open: LeafSet
    texts: LeafSet
    common: tuple[tuple[str, int], ...]
    rare: str | None
    odd: str


class RecordTests:
    """Looks at stored event data for a plan's leaves on recorded fields.

    Args:
        leaves: the leaves by number.
        places: where the fields of the plan's events are found.
    """

    def __init__(self, leaves: Mapping[int, Leaf], places: FieldPlaces) -> None:
        import ahocorasick_rs  # here and not above: only rules need it

        self._leaves = leaves
        self._names = {number: recorded_names(leaf.field, places) for number, leaf in leaves.items()}
        by_text: dict[str, list[int]] = {_NUMBERED: [], _SLASH: []}
        self._open = frozenset(number for number, leaf in leaves.items() if not record_guards(leaf))
        for number, leaf in leaves.items():
            for text in record_guards(leaf):
                by_text.setdefault(text, []).append(number)
        self._by_text = [frozenset(numbers) for numbers in by_text.values()]
        self._automaton: Any = ahocorasick_rs.AhoCorasick(list(by_text), store_patterns=False)
        self._everything = frozenset(leaves)
        self._known: dict[frozenset[int], frozenset[int]] = {}
        self._wanted = {name for names in self._names.values() for name in names}
        self._present: set[str] = set()
        self._look: _Look | None = None

    def code(self, column: Any, number: Callable[[Answers], int]) -> Coded:
        """The answers for each row of an Arrow column of stored event data.

        Args:
            column: the event data; where an event has none, every leaf is open.
            number: gives the number of answers.
        """
        import pyarrow as pa
        import pyarrow.compute as compute

        look = self._learned(column)
        base, combinations = self._common(look, column)
        if look.rare is None:
            places = pa.array(range(len(column)), pa.int64())
        else:
            places = compute.indices_nonzero(_found(column, look.rare))
        texts = column.take(places)
        odd = _found(texts, look.odd).to_pylist()
        bits = base.take(places).to_pylist()
        numbers = [number(self._answers(look, leaves)) for leaves in combinations]
        known: dict[tuple[bool, int, frozenset[int]], int] = {}
        codes = []
        for strange, bit, text in zip(odd, bits, texts.to_pylist(), strict=True):
            hits = self._everything if text is None or (strange and _nested(text)) else self._scan(text)
            key = strange, bit, hits
            code = known.get(key, -1)
            if code < 0:
                known[key] = code = len(numbers)
                if strange:
                    answers = Answers(_NOTHING, hits | self._open)
                else:
                    answers = self._answers(look, combinations[bit] | (hits & look.texts))
                numbers.append(number(answers))
            codes.append(code)
        indices = base
        if codes:
            mask = compute.is_in(pa.array(range(len(column)), pa.int64()), value_set=places.cast(pa.int64()))
            indices = compute.replace_with_mask(base, mask, pa.array(codes, pa.int64()))
        return Coded(indices, numbers, 0, max(numbers, default=0) + 1)

    @staticmethod
    def _answers(look: _Look, leaves: frozenset[int]) -> Answers:
        return Answers(look.null, look.open | leaves)

    @staticmethod
    def _common(look: _Look, column: Any) -> tuple[Any, list[frozenset[int]]]:
        """For each row the place of the common leaves that it may be true of, and these leaves."""
        import pyarrow as pa
        import pyarrow.compute as compute

        codes: Any = pa.array([0] * len(column), pa.int64())
        for place, (form, _) in enumerate(look.common):
            bit = compute.multiply(_found(column, form).cast(pa.int64()), pa.scalar(1 << place, pa.int64()))
            codes = compute.add(codes, bit)
        encoded = codes.dictionary_encode()
        combinations = [
            frozenset(leaf for place, (_, leaf) in enumerate(look.common) if code >> place & 1)
            for code in encoded.dictionary.to_pylist()
        ]
        return encoded.indices.cast(pa.int64()), combinations

    def _learned(self, column: Any) -> _Look:
        """What to look for, with the names of fields that many rows of the column carry taken for present."""
        look = self._look
        while True:
            some = _sample(column, _SAMPLE * _MANY)
            if look is not None:
                strange = some.filter(_found(some, look.odd))
                if len(strange) * _MANY <= len(some) or not self._note_names(strange):
                    break
            else:
                self._note_names(some)
            look = self._make_look(some)
        self._look = look
        return look

    def _note_names(self, some: Any) -> bool:
        """Take the wanted names in some records for present; tells whether one was not before."""
        before = len(self._present)
        for text in _sample(some, _SAMPLE).to_pylist():
            recorded = read_recorded(text) or {}
            self._present |= self._wanted & {fold_name(name) for name in recorded}
        return len(self._present) > before

    def _make_look(self, some: Any) -> _Look:
        absent = frozenset(
            number for number, names in self._names.items() if names and self._present.isdisjoint(names)
        )
        null = frozenset(number for number in absent if self._leaves[number].check is Check.NULL)
        forms: dict[int, str] = {}
        for number in sorted(self._everything - absent - self._open):
            form = leaf_form(self._leaves[number], self._names[number])
            if form:
                forms[number] = form
        untold = self._everything - absent - self._open - frozenset(forms)
        texts = frozenset(forms) | untold
        limit = len(some) // _MANY
        common: list[tuple[str, int]] = []
        for number, form in forms.items():
            if len(common) < _MOST_COMMON and _count(some, form) > limit:
                common.append((form, number))
        for _, number in common:
            del forms[number]
        missing = sorted(self._wanted - self._present)
        odd = (NESTED, UNUSUAL, *map(key_form, missing))
        rare = None if untold else _checked((*odd, *dict.fromkeys(forms.values())))
        return _Look(null, self._open - absent, texts, tuple(common), rare, _checked(odd) or "")

    def _scan(self, text: str) -> frozenset[int]:
        """Leaves with a guard that may be true of a record."""
        folded = fold(text)
        hits = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        if not hits:
            return _NOTHING
        patterns = frozenset([hit[0] for hit in hits])
        if (0 in patterns or 1 in patterns) and any(
            hit[0] < 2 and _is_unusual(folded, hit[1]) for hit in hits
        ):
            return self._everything
        found = self._known.get(patterns)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = _NOTHING.union(*(self._by_text[pattern] for pattern in patterns))
            self._known[patterns] = found
        return found


def _found(column: Any, expression: str) -> Any:
    """Whether each text holds the expression; true where there is no text."""
    import pyarrow.compute as compute

    return compute.fill_null(compute.match_substring_regex(column, expression), True)


def _count(column: Any, expression: str) -> int:
    import pyarrow.compute as compute

    return compute.sum(_found(column, expression)).as_py() or 0


def _sample(column: Any, rows: int) -> Any:
    """Some rows of a column, from all of it."""
    import pyarrow as pa

    step = max(1, len(column) // rows)
    return column.take(pa.array(range(0, len(column), step), pa.int64()))


def _checked(parts: Iterable[str]) -> str | None:
    """One expression for all; None when it is too much for the engine."""
    try:
        return check_regex("|".join(parts))
    except RegexError:
        return None


def _nested(text: str) -> bool:
    return _PARTS.search(text) is not None


def _is_unusual(folded: str, at: int) -> bool:
    r"""Tell whether `\u` or `\/` at a place writes a character in a way that not every writer has.

    A backslash behind another one is a plain backslash, so those before it are counted.
    """
    start = at
    while start > 0 and folded[start - 1] == "\\":
        start -= 1
    if (at - start) % 2:
        return False
    return folded[at + 1] == "/" or folded[at + 2 : at + 6] not in _USUAL_CODES
