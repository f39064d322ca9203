"""Slides windows over the hits of a correlation: counts, values, rules seen together, rules in order.

A window is closed on both sides: hits exactly one timespan apart are together. Only windows count that cannot take
another hit without losing one, so that a condition such as "exactly 3" is asked of whole bursts. Windows that come
true and share a hit are one result.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.sigma.model import CorrelationKind
from magistrate.sigma.tallies import make_tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from magistrate.sigma.model import Correlation

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Item:
    """One hit of a rule, or one result of a correlation, inside a group.

    `time` is in microseconds; that of a correlation's result is its last hit's, and `since` its first hit's. `value`
    is what correlations of values look at, None where the event has none. `ids` are the events behind it.
    """

    time: int
    since: int
    rule: str
    ids: tuple[str, ...]
    value: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A result: its items in order of time, and the largest number that one window reached."""

    items: tuple[Item, ...]
    count: int | float


def find_windows(correlation: Correlation, items: Sequence[Item]) -> list[Window]:
    """Results of a correlation over the items of one group, in order of time."""
    ordered = sorted(items, key=lambda item: (item.time, item.rule, item.ids))
    if correlation.kind is CorrelationKind.TEMPORAL_ORDERED:
        return _merge(ordered, _chains(correlation, ordered))
    return _merge(ordered, _bursts(correlation, ordered))


def is_met(conditions: Sequence[tuple[str, int | float]], count: int | float) -> bool:
    """Tell whether a count meets every condition."""
    return all(_OPERATORS[name](count, number) for name, number in conditions)


Span = tuple[frozenset[int] | range, int | float]


def _bursts(correlation: Correlation, items: Sequence[Item]) -> Iterator[Span]:
    """Places of the items in each largest window whose count meets the condition, with the count."""
    timespan = int(correlation.timespan.total_seconds() * 1_000_000)
    conditions: Sequence[tuple[str, int | float]] = correlation.conditions or (
        ("gte", len(correlation.rules)),
    )
    tally = make_tally(correlation)
    end = 0
    for start, item in enumerate(items):
        reached = end
        while end < len(items) and items[end].time - item.time <= timespan:
            tally.add(end, items[end].rule, items[end].value)
            end += 1
        # A window that ends where the last one ended holds nothing that the last one did not.
        if end > reached and (found := tally.result()) is not None and is_met(conditions, found):
            yield range(start, end), found
        tally.remove(start, item.rule, item.value)


def _chains(correlation: Correlation, items: Sequence[Item]) -> Iterator[Span]:
    """Places of the tightest chains of items, one of each rule in the order of the rules."""
    timespan = int(correlation.timespan.total_seconds() * 1_000_000)
    places = {
        rule: [place for place, item in enumerate(items) if item.rule == rule] for rule in correlation.rules
    }
    starts = {rule: [items[place].time for place in found] for rule, found in places.items()}
    *before, last = correlation.rules
    for end in places[last]:
        chain = [end]
        for rule in reversed(before):
            # The latest hit of the rule that was over when the next one of the chain began.
            found = bisect_right(starts[rule], items[chain[-1]].since) - 1
            if found < 0:
                break
            chain.append(places[rule][found])
        else:
            if items[end].time - items[chain[-1]].time <= timespan:
                yield frozenset(chain), len(correlation.rules)


def _merge(items: Sequence[Item], spans: Iterator[Span]) -> list[Window]:
    """Results out of spans in order; those that share an item become one."""
    found: list[tuple[set[int], int | float]] = []
    for places, count in spans:
        if found and not found[-1][0].isdisjoint(places):
            found[-1][0].update(places)
            found[-1] = (found[-1][0], max(found[-1][1], count))
        else:
            found.append((set(places), count))
    return [Window(tuple(items[place] for place in sorted(places)), count) for places, count in found]
