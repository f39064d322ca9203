"""Rules out most questions about recorded fields by one look at the event data as it is stored, without reading it.

The event data is JSON text. A test on text can only be true of a recorded field when the text it needs stands
somewhere in that JSON, escaped as JSON writers do; where it does not, the answer is no for certain. Where it does,
the record is read and decides. JSON can also write any character by its number: an event that does so for more than
control characters is not ruled out by anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.sigma.event_fields import HASH_PARTS, RAW_FIELDS
from magistrate.sigma.folding import fold
from magistrate.sigma.guards import MIN_CHARACTERS, guard
from magistrate.sigma.regex import RegexError, check_regex
from magistrate.sigma.tree import ANY_FIELD, Check, Leaf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PLAIN = frozenset({Check.EQUALS, Check.STARTS, Check.ENDS})
_REMEMBERED = 100_000
_SCALAR = re.compile(r"-?[0-9]+(?:\.[0-9]+)?|true|false", re.ASCII)
_DIGITS = re.compile(r"[-.0-9truefals]+", re.ASCII)
_NUMBERED, _SLASH = "\\u", "\\/"
# Control characters without a short form: the only ones that every writer gives by number.
_USUAL_CODES = frozenset(f"{code:04x}" for code in range(0x20)) - {"0008", "0009", "000a", "000c", "000d"}
# The same as `_is_unusual`: an odd number of backslashes, then a slash or a number that is not usual.
_UNUSUAL = r"(?:^|[^\\])(?:\\\\)*\\(?:/|u(?:[^0]|0[^0]|00[^01]|000[89acd]))"
_NOTHING: frozenset[int] = frozenset()


def record_guards(leaf: Leaf) -> tuple[str, ...]:
    """Folded texts of which the stored event data holds one whenever the leaf is true; empty when none is sure.

    Args:
        leaf: a leaf on a recorded field.
    """
    if leaf.field in RAW_FIELDS or not leaf.text:
        return ()
    if leaf.check in _PLAIN and leaf.field not in HASH_PARTS and leaf.field != ANY_FIELD:
        text = fold(_escaped(leaf.text))
        if leaf.check is Check.EQUALS:
            bare = (
                (f":{text}", f": {text}") if _SCALAR.fullmatch(text) else ()
            )  # a number stands without quotes
            return (f'"{text}"', *bare)
        if not _DIGITS.fullmatch(text):
            return (f'"{text}',) if leaf.check is Check.STARTS else (f'{text}"',)
        return (text,) if len(text) >= MIN_CHARACTERS else ()
    needed = guard(leaf)
    return (fold(_escaped(needed)),) if needed and len(needed) >= MIN_CHARACTERS else ()


def _escaped(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]


class RecordTests:
    """Looks for the guards of a plan's leaves in stored event data.

    Args:
        guards: the guards of each leaf.
    """

    def __init__(self, guards: Mapping[int, Sequence[str]]) -> None:
        import ahocorasick_rs  # here and not above: only rules need it

        by_text: dict[str, list[int]] = {_NUMBERED: [], _SLASH: []}
        for number, texts in guards.items():
            for text in texts:
                by_text.setdefault(text, []).append(number)
        self._leaves = [frozenset(leaves) for leaves in by_text.values()]
        self._automaton: Any = ahocorasick_rs.AhoCorasick(list(by_text), store_patterns=False)
        self._everything = frozenset(guards)
        self._known: dict[frozenset[int], frozenset[int]] = {}
        self._any = _any_of([text for text in by_text if text not in (_NUMBERED, _SLASH)])

    def open_leaves(self, column: Any) -> tuple[Any, list[frozenset[int]]]:
        """Rows of an Arrow column of stored event data of which a leaf may be true, and those leaves.

        Where an event has no stored data, all of them may be.

        Returns:
            The places of the rows as an Arrow array, and the leaves of each; no other row has any.
        """
        import pyarrow as pa
        import pyarrow.compute as compute

        if self._any is None:
            places = pa.array(range(len(column)), pa.int64())
        else:
            places = compute.indices_nonzero(
                compute.fill_null(compute.match_substring_regex(column, self._any), True)
            )
        texts = column.take(places).to_pylist()
        return places, [self._everything if text is None else self._scan(text) for text in texts]

    def _scan(self, text: str) -> frozenset[int]:
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
            found = _NOTHING.union(*(self._leaves[pattern] for pattern in patterns))
            self._known[patterns] = found
        return found


def _any_of(guards: Sequence[str]) -> str | None:
    """An expression that finds every text with one of the guards or an unusual escape; None when it is too much.

    Without case RE2 takes at least those characters for a letter of ASCII that fold to it.
    """
    if not all(map(str.isascii, guards)):
        return None
    try:
        return check_regex("|".join((*map(_quoted, guards), _UNUSUAL)), "i")
    except RegexError:
        return None


def _quoted(text: str) -> str:
    return "".join(c if c.isalnum() else f"\\x{ord(c):02x}" for c in text)


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
