"""Runs correlation rules over the hits of other rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from magistrate.sigma.event_fields import EventFields
from magistrate.sigma.folding import fold
from magistrate.sigma.log_sources import choose_events
from magistrate.sigma.model import (
    CorrelationHit,
    CorrelationKind,
    CorrelationMatch,
    LogSource,
    NotEvaluated,
    NotEvaluatedReason,
)
from magistrate.sigma.plan import columns_for, places_of
from magistrate.sigma.windows import Item, Window, find_windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from magistrate.sigma.model import Correlation, Hit, Rule
    from magistrate.sigma.places import FieldPlaces
    from magistrate.store.base import Store

_T = TypeVar("_T")

MAX_RESULTS = 10_000
_ROWS = 8_192
_TABLE = "sigma_correlated"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ORDERED = frozenset({CorrelationKind.TEMPORAL, CorrelationKind.TEMPORAL_ORDERED})

Fields = dict[tuple[str, str], dict[str, str | None]]
"""Value of each field that some correlation asks for, by rule id and evidence id."""


@dataclass(slots=True)
class _Results:
    """What the rules and correlations below have given so far, by their id."""

    items: dict[str, list[Item]] = field(default_factory=dict)
    without_time: dict[str, int] = field(default_factory=dict)


def correlate(
    store: Store,
    correlations: Sequence[Correlation],
    rules: Mapping[str, Rule],
    hits: Mapping[str, Sequence[Hit]],
    absent: frozenset[str],
) -> tuple[tuple[CorrelationMatch, ...], tuple[NotEvaluated, ...]]:
    """Evaluate correlations.

    Args:
        store: the events, for the fields that they are grouped by.
        correlations: with the ids of the rules they use, none in a circle.
        rules: every rule by id.
        hits: every hit of each rule by its id.
        absent: ids of the rules that were not evaluated.

    Returns:
        Correlations with a result, and those that could say nothing because a rule they need was not evaluated.
    """
    if not correlations:
        return (), ()
    fields = _read_fields(store, correlations, rules, hits)
    known = {hit.evidence.evidence_id: hit for found in hits.values() for hit in found}
    results = _Results()
    for rule_id, found in hits.items():
        results.items[rule_id] = [
            Item(time, time, rule_id, (hit.evidence.evidence_id,))
            for hit in found
            if (time := _micros(hit.evidence.utc)) is not None
        ]
        results.without_time[rule_id] = len(found) - len(results.items[rule_id])
    matches, silent = [], []
    missing = set(absent)
    for correlation in _in_order(correlations):
        if _cannot_speak(correlation, missing):
            missing.add(correlation.head.id)
            silent.append(NotEvaluated(correlation.head, LogSource(), NotEvaluatedReason.RULE_MISSING))
            continue
        found_hits, items = _evaluate(correlation, results, fields, known)
        results.items[correlation.head.id] = items
        lost = sum(results.without_time.get(rule_id, 0) for rule_id in correlation.rules)
        results.without_time[correlation.head.id] = lost
        if found_hits or lost:
            matches.append(CorrelationMatch(correlation.head, correlation.kind, found_hits, lost))
    return (
        tuple(sorted(matches, key=lambda match: match.rule.id)),
        tuple(sorted(silent, key=lambda item: item.rule.id)),
    )


def hidden_rules(correlations: Sequence[Correlation]) -> frozenset[str]:
    """Ids of the rules that only serve correlations: one uses them, and none asks for their own hits."""
    used = {rule_id for one in correlations for rule_id in one.rules}
    return frozenset(used - {rule_id for one in correlations if one.generate for rule_id in one.rules})


def _cannot_speak(correlation: Correlation, missing: set[str]) -> bool:
    gone = [rule_id in missing for rule_id in correlation.rules]
    return any(gone) if correlation.kind in _ORDERED else all(gone)


def _evaluate(
    correlation: Correlation, results: _Results, fields: Fields, known: Mapping[str, Hit]
) -> tuple[tuple[CorrelationHit, ...], list[Item]]:
    groups: dict[tuple[str, ...], list[Item]] = {}
    shown: dict[tuple[str, ...], tuple[str, ...]] = {}
    for rule_id in correlation.rules:
        for item in results.items.get(rule_id, ()):
            for key, group, value in _keys(correlation, rule_id, item, fields):
                groups.setdefault(key, []).append(Item(item.time, item.since, rule_id, item.ids, value))
                # The group is shown as the first event in order writes it.
                shown[key] = min(shown.get(key, group), group)
    hits: list[CorrelationHit] = []
    items: list[Item] = []
    for key, members in sorted(groups.items()):
        for window in find_windows(correlation, members):
            hits.append(_hit(correlation, shown[key], window, known))
            ids = tuple(dict.fromkeys(one for item in window.items for one in item.ids))
            last, since = max(item.time for item in window.items), min(item.since for item in window.items)
            items.append(Item(last, since, correlation.head.id, ids))
    hits.sort(key=lambda hit: (hit.first, hit.group, hit.last))
    return tuple(hits[:MAX_RESULTS]), items


def _keys(
    correlation: Correlation, rule_id: str, item: Item, fields: Fields
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...] | None]]:
    """Group keys of an item, folded and as written, with the value that is counted.

    An event without a value in one of the group's fields is in no group. The result of another correlation is in
    every group that one of its events is in.
    """
    done = set()
    for evidence_id in item.ids:
        known = _fields_of(fields, rule_id, evidence_id)
        group = [known.get(_real(correlation, name, rule_id)) for name in correlation.group_by]
        if any(value is None for value in group):
            continue
        written = tuple(value or "" for value in group)
        key = tuple(map(fold, written))
        counted = [known.get(_real(correlation, name, rule_id)) for name in correlation.fields]
        values = None if None in counted else tuple(fold(value or "") for value in counted)
        if (key, values) not in done:
            done.add((key, values))
            yield key, written, values


def _fields_of(fields: Fields, rule_id: str, evidence_id: str) -> Mapping[str, str | None]:
    if (known := fields.get((rule_id, evidence_id))) is not None:
        return known
    return fields.get(("", evidence_id), {})  # an event below another correlation


def _real(correlation: Correlation, name: str, rule_id: str) -> str:
    """The field that a name of the correlation stands for in the events of a rule."""
    for alias, ways in correlation.aliases:
        if alias == name:
            return dict(ways).get(rule_id, name)
    return name


def _hit(
    correlation: Correlation, group: tuple[str, ...], window: Window, known: Mapping[str, Hit]
) -> CorrelationHit:
    ids = tuple(dict.fromkeys(one for item in window.items for one in item.ids))
    events = [known[one] for one in ids if one in known]
    return CorrelationHit(
        tuple(zip(correlation.group_by, group, strict=True)),
        _EPOCH + min(item.since for item in window.items) * _MICROSECOND,
        _EPOCH + max(item.time for item in window.items) * _MICROSECOND,
        window.count,
        ids,
        _shared(hit.evidence.host for hit in events) or "",
        _shared(hit.account for hit in events),
        _shared(hit.logon_id for hit in events),
        _shared(hit.source_ip for hit in events),
    )


def _shared(values: Iterable[_T]) -> _T | None:
    """The one value that all have; None when they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _micros(utc: datetime | None) -> int | None:
    return None if utc is None else (utc - _EPOCH) // _MICROSECOND


def _in_order(correlations: Sequence[Correlation]) -> Iterator[Correlation]:
    """Correlations after those that they use."""
    left = {one.head.id: one for one in correlations}
    while left:
        free = [one for one in left.values() if not any(rule_id in left for rule_id in one.rules)]
        for one in free:
            del left[one.head.id]
        yield from free


def _read_fields(
    store: Store,
    correlations: Sequence[Correlation],
    rules: Mapping[str, Rule],
    hits: Mapping[str, Sequence[Hit]],
) -> Fields:
    """Every field that a correlation groups by or counts, for the hits of the rules below it."""
    by_id = {one.head.id: one for one in correlations}
    asked: dict[str, set[str]] = {}
    for correlation in correlations:
        for rule_id in _rules_below(correlation, by_id):
            names = (*correlation.group_by, *correlation.fields)
            asked.setdefault(rule_id, set()).update(_real(correlation, name, rule_id) for name in names)
            asked[rule_id].update(names)
            asked[rule_id].update(field for _, ways in correlation.aliases for _, field in ways)
    wanted: dict[str, list[str]] = {}
    for rule_id in asked:
        for hit in hits.get(rule_id, ()):
            wanted.setdefault(hit.evidence.evidence_id, []).append(rule_id)
    if not wanted:
        return {}
    every = frozenset(name for names in asked.values() for name in names)
    kinds = {
        (hit.evidence.channel, hit.evidence.event_id) for rule_id in asked for hit in hits.get(rule_id, ())
    }
    places = {
        (rule_id, kind): _places(rules[rule_id], *kind)
        for rule_id in asked
        for kind in kinds
        if rule_id in rules
    }
    columns = sorted(
        {name for one in places.values() for name in columns_for(every, one)} | {"Channel", "EventID"}
    )
    store.register(_TABLE, (("evidence_id", "text"),), ({"evidence_id": one} for one in sorted(wanted)))
    picked = ", ".join(f'e."{column}"' for column in columns)
    # Column names are our own.
    sql = f"SELECT {picked} FROM event e JOIN sigma_correlated c ON c.evidence_id = e.evidence_id"  # noqa: S608 - as above
    found: Fields = {}
    for batch in store.batches(sql, rows=_ROWS, name="fields for correlations"):
        for row in batch.to_pylist():
            kind = (row["Channel"] or "", row["EventID"] or 0)
            for rule_id in wanted[row["evidence_id"]]:
                read = EventFields(row, places[rule_id, kind])
                values = {
                    name: next((v for v in read(name) if v is not None), None) for name in asked[rule_id]
                }
                found[rule_id, row["evidence_id"]] = values
                found.setdefault(("", row["evidence_id"]), {}).update(values)
    return found


def _rules_below(correlation: Correlation, by_id: Mapping[str, Correlation]) -> Iterator[str]:
    for rule_id in correlation.rules:
        inner = by_id.get(rule_id)
        if inner is None:
            yield rule_id
        else:
            yield from _rules_below(inner, by_id)


def _places(rule: Rule, channel: str, event_id: int) -> FieldPlaces:
    chosen = [one for one in choose_events(rule.log_source) if one.takes(fold(channel), event_id)]
    return places_of(chosen[0].fields if chosen else (), channel, event_id)
