"""Decides for one plan what answers which leaf: a column, a look at the stored event data, or the record itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.sigma.column_pairs import ColumnPair
from magistrate.sigma.compiled import find_trigger
from magistrate.sigma.event_fields import CHANNEL, KEYWORD_COLUMNS, SYSTEM_COLUMNS
from magistrate.sigma.known_nulls import null_answer
from magistrate.sigma.record_forms import record_guards, recorded_names
from magistrate.sigma.signatures import Answers
from magistrate.sigma.tree import ANY_FIELD, Check, Leaf

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.sigma.compiled import Compiled, Cost
    from magistrate.sigma.places import FieldPlaces

_REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class ColumnField:
    """A column that answers leaves of a field. `leaves` are the plan's own, `null` what a null column says."""

    field: str
    column: str
    leaves: frozenset[int]
    null: Answers


@dataclass(frozen=True, slots=True)
class Layout:
    """What answers which leaf of a plan.

    `recorded` are leaves on recorded fields that a look at the stored event data may answer.
    `composed` are fields that are put together from the record of every event. `always_open` are leaves that only
    the record can tell. `reads_data` says whether the event data of every event has to be looked at.
    """

    columns: tuple[ColumnField, ...]
    pairs: tuple[ColumnPair, ...]
    composed: tuple[tuple[str, frozenset[int]], ...]
    recorded: Mapping[int, Leaf]
    always_open: frozenset[int]
    usable: frozenset[int]
    reads_data: bool


def make_layout(asked: Mapping[Leaf, int], rules: Mapping[int, Compiled], places: FieldPlaces) -> Layout:
    """The layout of a plan.

    Args:
        asked: the plan's leaves with their numbers.
        rules: the plan's trees by position.
        places: where the fields of its events are found.
    """
    by_field: dict[str, dict[Leaf, int]] = {}
    for leaf, number in asked.items():
        if leaf.check is not Check.FIELD:
            by_field.setdefault(leaf.field, {})[leaf] = number
    columns = [
        ColumnField(field, column, frozenset(own.values()), _null(own, column, field, places))
        for field, own in by_field.items()
        for column in _columns(field, places)
    ]
    columns += _address_fields(by_field, columns, places)
    by_column = frozenset(number for one in columns if one.field != ANY_FIELD for number in one.leaves)
    pairs = tuple(
        pair
        for leaf, number in asked.items()
        if leaf.check is Check.FIELD and (pair := _pair(leaf, number, places)) is not None
    )
    by_column |= {pair.number for pair in pairs}
    composed = tuple(
        (field, frozenset(own.values()))
        for field, own in by_field.items()
        if any(way.kind == _REGISTRY for way in places.ways.get(field, ()))
    )
    by_record = frozenset(number for _, own in composed for number in own)
    recorded = {
        number: leaf
        for leaf, number in asked.items()
        if number not in by_column and number not in by_record
        if recorded_names(leaf.field, places) or record_guards(leaf)
    }
    known = by_column | by_record | frozenset(recorded)
    reads_data = any(find_trigger(tree, _usable(by_column)) is None for tree in rules.values())
    if not reads_data:
        composed, recorded, known = (), {}, by_column
    return Layout(
        tuple(columns), pairs, composed, recorded, frozenset(asked.values()) - known, known, reads_data
    )


def _usable(leaves: frozenset[int]) -> Cost:
    return lambda leaf: 1.0 if leaf in leaves else None


def _columns(field: str, places: FieldPlaces) -> tuple[str, ...]:
    """Columns that decide a field whenever they are not null; for keywords those that are searched too."""
    if field == ANY_FIELD:
        return KEYWORD_COLUMNS
    if ways := places.ways.get(field):
        return ways[0].names if len(ways) == 1 and ways[0].kind == "column" else ()
    if field in SYSTEM_COLUMNS:
        return (SYSTEM_COLUMNS[field],)
    standing = None if field == CHANNEL else places.columns.get(field)
    return (standing,) if standing else ()


def _pair(leaf: Leaf, number: int, places: FieldPlaces) -> ColumnPair | None:
    mine, theirs = (_columns(field, places) if field else () for field in (leaf.field, leaf.text))
    if not mine or not theirs:
        return None
    stands = any(_stands(field, places) for field in (leaf.field, leaf.text))
    return ColumnPair(leaf, number, mine[0], theirs[0], stands)


def _stands(field: str, places: FieldPlaces) -> bool:
    """True when a null column leaves open what the record holds."""
    return field not in places.ways and field not in SYSTEM_COLUMNS and field != ANY_FIELD


def _address_fields(
    by_field: Mapping[str, Mapping[Leaf, int]], decided: Sequence[ColumnField], places: FieldPlaces
) -> list[ColumnField]:
    """Columns that answer whether a recorded address lies in a network, and nothing else about its field."""
    done = {one.field for one in decided}
    found = []
    for field, own in by_field.items():
        column = places.addresses.get(field)
        leaves = frozenset(number for leaf, number in own.items() if leaf.check is Check.CIDR)
        if column and leaves and field not in done and field not in places.ways:
            found.append(ColumnField(field, column, leaves, Answers(frozenset(), frozenset())))
    return found


def _null(own: Mapping[Leaf, int], column: str, field: str, places: FieldPlaces) -> Answers:
    """What a null column says: where it stands for a recorded field, the record may still hold a dash."""
    stands = _stands(field, places)
    true, open_ = set(), set()
    for leaf, number in own.items():
        answer = null_answer(leaf, column) if stands else leaf.check is Check.NULL
        if answer is None:
            open_.add(number)
        elif answer:
            true.add(number)
    return Answers(frozenset(true), frozenset(open_))
