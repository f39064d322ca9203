"""Which rules look at which events: one plan for each kind of event that the store holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.sigma.event_fields import (
    CHANNEL,
    HASH_PARTS,
    KEYWORD_COLUMNS,
    RAW_FIELDS,
    SYSTEM_COLUMNS,
    columns_by_name,
)
from magistrate.sigma.folding import fold
from magistrate.sigma.log_sources import EventChoice, FieldWay, choose_events
from magistrate.sigma.model import NotEvaluated, NotEvaluatedReason
from magistrate.sigma.places import FieldPlaces, address_columns, standing_columns
from magistrate.sigma.tree import (
    ANY_FIELD,
    FALSE,
    TRUE,
    AllOf,
    Check,
    Leaf,
    Node,
    Not,
    all_of,
    any_of,
    leaves,
)
from magistrate.sigma.values import holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from magistrate.sigma.model import LogSource, Rule
    from magistrate.store.base import Store

_EVENT_ID = "eventid"

Ways = tuple[tuple[str, tuple[FieldWay, ...]], ...]


@dataclass(frozen=True, slots=True)
class EventKind:
    """Events of one table with the same channel and id. `count` is how many the store holds."""

    category: str
    channel: str
    event_id: int | None
    count: int


@dataclass(frozen=True, slots=True)
class KindPlan:
    """What to ask of the events of one kind.

    `asked` is (position of the rule in the rule set, what is left of its tree) for rules that find the fields of
    the event in the same `places`.
    """

    kind: EventKind
    places: FieldPlaces
    asked: tuple[tuple[int, Node], ...]


def find_kinds(store: Store) -> tuple[EventKind, ...]:
    """Every kind of event in the store, in order of table, channel and id."""
    rows = store.query(
        """
        SELECT e.category, e.Channel, e.EventID, COUNT(*) AS n FROM event e
        GROUP BY e.category, e.Channel, e.EventID
        """,
        name="kinds of events",
    )
    kinds = [
        EventKind(
            str(row["category"]),
            str(row["Channel"] or ""),
            row["EventID"] if isinstance(row["EventID"], int) else None,
            int(str(row["n"])),
        )
        for row in rows
        if row["category"] is not None
    ]
    return tuple(sorted(kinds, key=lambda kind: (kind.category, kind.channel, kind.event_id or -1)))


def make_plans(
    rules: Sequence[Rule], kinds: Sequence[EventKind]
) -> tuple[tuple[KindPlan, ...], tuple[NotEvaluated, ...]]:
    """Plans for the kinds that some rule asks about, and the rules that no kind belongs to."""
    choices = {source: choose_events(source) for source in {rule.log_source for rule in rules}}
    by_source: dict[LogSource, list[int]] = {}
    for position, rule in enumerate(rules):
        by_source.setdefault(rule.log_source, []).append(position)
    seen: set[LogSource] = set()
    plans = []
    for kind in kinds:
        asked: dict[Ways, list[tuple[int, Node]]] = {}
        for source, positions in by_source.items():
            for choice in choices[source]:
                if choice.takes(fold(kind.channel), kind.event_id):
                    seen.add(source)
                    asked.setdefault(choice.fields, []).extend(_ask(rules, positions, choice, kind))
        plans += [
            KindPlan(
                kind,
                places_of(ways, kind.channel, kind.event_id),
                tuple(sorted(left, key=lambda pair: pair[0])),
            )
            for ways, left in sorted(asked.items(), key=repr)
            if left
        ]
    absent = tuple(
        NotEvaluated(
            rule.head,
            rule.log_source,
            NotEvaluatedReason.NO_EVENTS if choices[rule.log_source] else NotEvaluatedReason.OTHER_LOG_SOURCE,
        )
        for rule in rules
        if rule.log_source not in seen
    )
    return tuple(plans), absent


def places_of(ways: Ways, channel: str, event_id: int | None) -> FieldPlaces:
    """Where the fields of one kind of event are found, for the ways that a log source names."""
    return FieldPlaces(dict(ways), standing_columns(channel, event_id), address_columns(channel, event_id))


def _ask(
    rules: Sequence[Rule], positions: Sequence[int], choice: EventChoice, kind: EventKind
) -> list[tuple[int, Node]]:
    known = {_EVENT_ID: () if kind.event_id is None else (str(kind.event_id),)}
    named = {name for name, _ in choice.fields}
    known = {name: values for name, values in known.items() if name not in named}
    found = []
    for position in positions:
        tree = rules[position].tree
        left = simplify(tree if choice.where == TRUE else all_of([choice.where, tree]), known, kind.channel)
        if left != FALSE:
            found.append((position, left))
    return found


def simplify(node: Node, known: Mapping[str, tuple[str, ...]], channel: str) -> Node:
    """What is left of a tree once the fields that all events of a kind share are filled in."""
    if isinstance(node, Leaf):
        if node.check is not Check.FIELD and node.field in known:
            return TRUE if holds(node, known[node.field]) else FALSE
        # An event may carry a second channel in its data, so only a true answer is final.
        if (
            node.field == CHANNEL
            and node.check not in (Check.FIELD, Check.NULL)
            and channel
            and holds(node, (channel,))
        ):
            return TRUE
        return node
    if isinstance(node, Not):
        inner = simplify(node.part, known, channel)
        if inner is node.part:
            return node
        return FALSE if inner == TRUE else TRUE if inner == FALSE else Not(inner)
    parts = [simplify(part, known, channel) for part in node.parts]
    if all(new is old for new, old in zip(parts, node.parts, strict=True)):
        return node  # the same tree for every kind of event, so that it is compiled once
    return all_of(parts) if isinstance(node, AllOf) else any_of(parts)


def needed_columns(plan: KindPlan) -> tuple[str, ...]:
    """Columns that the exact reading of an event needs for a plan, in a fixed order."""
    asked = [leaf for _, node in plan.asked for leaf in leaves(node)]
    names = {leaf.field for leaf in asked} | {leaf.text for leaf in asked if leaf.check is Check.FIELD}
    return columns_for(names, plan.places)


def columns_for(names: Iterable[str], places: FieldPlaces) -> tuple[str, ...]:
    """Columns that the exact reading of some fields of an event needs, in a fixed order.

    Args:
        names: folded field names.
        places: where the fields are found.
    """
    needed = {"evidence_id", "event_data", "Channel"}
    for name in names:
        if name == ANY_FIELD:
            needed |= set(KEYWORD_COLUMNS)
        elif name in SYSTEM_COLUMNS:
            needed.add(SYSTEM_COLUMNS[name])
        elif name in RAW_FIELDS:
            needed.add("raw")
        elif name in HASH_PARTS:
            needed.add("Hashes")
        needed |= {way.names[0] for way in places.ways.get(name, ()) if way.kind == "column"}
        found = (places.columns.get(name), places.addresses.get(name), columns_by_name().get(name))
        needed |= {column for column in found if column}
    return tuple(sorted(needed))
