"""Matches a rule set over the events of a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from magistrate.sigma.evaluate import Evaluator
from magistrate.sigma.event_fields import EventFields
from magistrate.sigma.hits import read_hits
from magistrate.sigma.model import Matches, RuleMatch
from magistrate.sigma.plan import KindPlan, find_kinds, make_plans, needed_columns

if TYPE_CHECKING:
    from magistrate.sigma.model import Rule, RuleSet
    from magistrate.store.base import Store, Value

Progress = Callable[[str, int, int], None]
"""Called with a stage and how much of it is done: (what, done, of how many)."""

MAX_HITS = 10_000
_ROWS = 65_536


def match_rules(
    store: Store, rules: RuleSet, progress: Progress | None = None, *, max_hits: int = MAX_HITS
) -> Matches:
    """Find the events that each rule of a set matches.

    Args:
        store: the events; `event_data` makes every recorded field available to the rules.
        rules: the rule set.
        progress: told how many events have been looked at.
        max_hits: most hits of one rule that are handed over with their keys; all are counted.

    Returns:
        Every rule with a hit, the rules that could not say anything about these logs, and the refused ones. The
        same for any order and split of the evidence.

    Raises:
        QueryError: the store refused to read.
    """
    kinds = find_kinds(store)
    plans, absent = make_plans(rules.rules, kinds)
    found: dict[int, list[str]] = {}
    done, total = 0, sum(plan.kind.count for plan in plans)
    for plan in plans:
        for position, ids in _match_plan(store, plan).items():
            found.setdefault(position, []).extend(ids)
        done += plan.kind.count
        if progress:
            progress("rules", done, total)
    missing = {item.rule.id for item in absent}
    return Matches(
        _rule_matches(store, rules.rules, found, max_hits),
        (),
        absent,
        rules.refused,
        rules.digest,
        evaluated=sum(rule.head.id not in missing for rule in rules.rules),
        events=sum(kind.count for kind in kinds),
    )


def _match_plan(store: Store, plan: KindPlan) -> dict[int, list[str]]:
    columns = needed_columns(plan)
    ways = dict(plan.ways)
    evaluator = Evaluator()
    found: dict[int, list[str]] = {}
    for batch in _read(store, plan, columns):
        for row in batch.to_pylist():
            fields = EventFields(row, ways)
            for position, node in plan.asked:
                if evaluator.is_true(node, fields):
                    found.setdefault(position, []).append(row["evidence_id"])
    return found


def _read(store: Store, plan: KindPlan, columns: Sequence[str]) -> Any:
    picked = ", ".join(f'e."{column}"' for column in columns)
    # Column and table names are our own; what comes from the events is bound.
    sql = f"""
        SELECT {picked} FROM "{plan.kind.category}" e
        WHERE COALESCE(e.Channel, '') = :channel AND COALESCE(e.EventID, -1) = :event_id
    """  # noqa: S608 - as above
    bound: dict[str, Value] = {
        "channel": plan.kind.channel,
        "event_id": -1 if plan.kind.event_id is None else plan.kind.event_id,
    }
    return store.batches(sql, bound, rows=_ROWS, name="events for rules")


def _rule_matches(
    store: Store, rules: Sequence[Rule], found: dict[int, list[str]], max_hits: int
) -> tuple[RuleMatch, ...]:
    hits = read_hits(store, {evidence_id for ids in found.values() for evidence_id in ids})
    matches = []
    for position, ids in sorted(found.items()):
        own = sorted((hits[one] for one in set(ids) if one in hits), key=lambda hit: hit.order)
        matches.append(
            RuleMatch(rules[position].head, rules[position].log_source, len(own), tuple(own[:max_hits]))
        )
    return tuple(matches)
