"""Answers a rule that compares two fields when a column decides each of them: once for every pair that occurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magistrate.sigma.row_groups import Coded, group_rows
from magistrate.sigma.signatures import Answers
from magistrate.sigma.values import column_text, field_holds

if TYPE_CHECKING:
    from magistrate.sigma.tree import Leaf

_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """A FIELD leaf with the columns of both fields. `open_null` says that a null may still be a dash in the record."""

    leaf: Leaf
    number: int
    column: str
    other: str
    open_null: bool


def pair_answers(pair: ColumnPair, batch: Any) -> tuple[list[Answers], Coded]:
    """The different answers in a batch, and for each row the place of its answer."""
    encoded = [batch.column(name).dictionary_encode() for name in (pair.column, pair.other)]
    values = [[*one.dictionary.to_pylist(), None] for one in encoded]
    sizes = [len(one) for one in values]
    coded = [
        Coded(one.indices, range(size - 1), size - 1, size) for one, size in zip(encoded, sizes, strict=True)
    ]
    groups = group_rows(coded, batch.num_rows)
    answers = [_answer(pair, values[0][mine], values[1][theirs]) for mine, theirs in groups.keys]
    different = list(dict.fromkeys(answers))
    place = {answer: number for number, answer in enumerate(different)}
    return different, Coded(groups.of_row, [place[answer] for answer in answers], 0, len(different))


def _answer(pair: ColumnPair, mine: Any, theirs: Any) -> Answers:
    one = frozenset([pair.number])
    if mine is None or theirs is None:
        return Answers(_NOTHING, one if pair.open_null else _NOTHING)
    holds = field_holds(pair.leaf, column_text(mine), column_text(theirs))
    return Answers(one if holds else _NOTHING, _NOTHING)
