"""Matches a rule set over the events of a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from magistrate.sigma.correlate import correlate, hidden_rules
from magistrate.sigma.hits import read_hits
from magistrate.sigma.model import Matches, RuleMatch
from magistrate.sigma.plan import EventKind, find_kinds, make_plans, needed_columns
from magistrate.sigma.row_groups import gathered, split_kinds
from magistrate.sigma.rule_times import Stopwatch
from magistrate.sigma.runner import PlanRunner, RuleIndex

if TYPE_CHECKING:
    from magistrate.sigma.model import Hit, RuleSet
    from magistrate.sigma.rule_times import Clock
    from magistrate.sigma.runner import Found
    from magistrate.store.base import Store, Value

Progress = Callable[[str, int, int], None]
"""Called with a stage and how much of it is done: (what, done, of how many)."""

MAX_HITS = 10_000
_ROWS = 32_768
_FEW_ROWS = 8_192
_WAITING = 100_000
_MANY = 50
_TABLE = "sigma_row"


def match_rules(
    store: Store,
    rules: RuleSet,
    progress: Progress | None = None,
    *,
    max_hits: int = MAX_HITS,
    clock: Clock | None = None,
) -> Matches:
    """Find the events that each rule of a set matches.

    Args:
        store: the events; `event_data` makes every recorded field available to the rules.
        rules: the rule set.
        progress: told how many events have been looked at.
        max_hits: most hits of one rule that are handed over with their keys; all are counted.
        clock: gives CPU seconds, so that the slowest rules can be named; None measures nothing.

    Returns:
        Every rule with a hit, the rules that could not say anything about these logs, and the refused ones. The
        same for any order and split of the evidence.

    Raises:
        QueryError: the store refused to read.
    """
    kinds = find_kinds(store)
    plans, absent = make_plans(rules.rules, kinds)
    index = RuleIndex(Stopwatch(clock))
    runners = [PlanRunner(plan, index) for plan in plans]
    found = _run(store, runners, progress)
    counts, by_rule = _first_hits(store, rules, found, max_hits)
    missing = frozenset(item.rule.id for item in absent)
    by_id = {rule.head.id: rule for rule in rules.rules}
    correlated, silent = correlate(store, rules.correlations, by_id, by_rule, missing)
    hidden = hidden_rules(rules.correlations)
    return Matches(
        tuple(
            RuleMatch(
                rule.head,
                rule.log_source,
                counts[rule.head.id],
                tuple(own[:max_hits]),
                suppressed=rule.head.id in hidden,
            )
            for rule in rules.rules
            if (own := by_rule.get(rule.head.id))
        ),
        correlated,
        (*absent, *silent),
        rules.refused,
        rules.digest,
        evaluated=len(rules.rules) + len(rules.correlations) - len(absent) - len(silent),
        events=sum(kind.count for kind in kinds),
        times=index.watch.slowest(rules.rules, index.asked),
    )


def _first_hits(
    store: Store, rules: RuleSet, found: Mapping[int, Sequence[Found]], max_hits: int
) -> tuple[dict[str, int], dict[str, list[Hit]]]:
    """How many hits each rule has, and the first of them in order; all of them for the rules of correlations."""
    used = {rule_id for one in rules.correlations for rule_id in one.rules}
    counts: dict[str, int] = {}
    kept: dict[str, list[str]] = {}
    for position, events in found.items():
        rule_id = rules.rules[position].head.id
        order = sorted(set(events))
        counts[rule_id] = len(order)
        kept[rule_id] = [one for _, one in (order if rule_id in used else order[:max_hits])]
    hits = read_hits(store, {one for ids in kept.values() for one in ids})
    return counts, {rule_id: [hits[one] for one in ids] for rule_id, ids in kept.items() if ids}


def _run(store: Store, runners: Sequence[PlanRunner], progress: Progress | None) -> dict[int, list[Found]]:
    """Times and evidence ids by position of the rule."""
    tables: dict[tuple[str, bool], list[PlanRunner]] = {}
    for runner in runners:
        tables.setdefault((runner.plan.kind.category, runner.reads_data), []).append(runner)
    total = sum(kind.count for kind in {runner.plan.kind for runner in runners})
    done = 0
    found: dict[int, list[Found]] = {}
    for (table, _), members in sorted(tables.items()):
        for read in _run_table(store, table, members):
            done += read
            if progress:
                progress("rules", done, total)
        for runner in members:
            for position, events in runner.found.items():
                found.setdefault(position, []).extend(events)
    return found


def _run_table(store: Store, table: str, runners: Sequence[PlanRunner]) -> Iterator[int]:
    """Show a table's events to the runners; yields how many were read."""
    kinds = sorted(
        {runner.plan.kind for runner in runners}, key=lambda kind: (kind.channel, kind.event_id or -1)
    )
    columns = sorted({"Channel", "EventID", *(name for runner in runners for name in runner.columns)})
    where, bound = _of_kinds(kinds)
    sql = _select(columns, table) + where
    for batch in gathered(store.batches(sql, bound, rows=_ROWS, name="events for rules"), _ROWS):
        for kind, part in split_kinds(batch, kinds):
            for runner in runners:
                if runner.plan.kind is kind:
                    runner.run(part)
                    if len(runner.waiting) > _WAITING:
                        _decide_waiting(store, table, runner)
        yield batch.num_rows
    for runner in runners:
        _decide_waiting(store, table, runner)


def _decide_waiting(store: Store, table: str, runner: PlanRunner) -> None:
    """Read the records that rules wait for."""
    if not runner.waiting:
        return
    rows = [{"evidence_id": one} for one in sorted(runner.waiting)]
    store.register(_TABLE, (("evidence_id", "text"),), rows)
    columns = sorted({"Timestamp", *needed_columns(runner.plan)})
    sql = _select(columns, table) + " JOIN sigma_row r ON r.evidence_id = e.evidence_id"
    for batch in store.batches(sql, rows=_FEW_ROWS, name="records for rules"):
        runner.decide_rows(batch)


def _select(columns: Sequence[str], table: str) -> str:
    # Column and table names are our own; what comes from the events is bound.
    picked = ", ".join(f'e."{column}"' for column in columns)
    return f'SELECT {picked} FROM "{table}" e'  # noqa: S608 - as above


def _of_kinds(kinds: Sequence[EventKind]) -> tuple[str, dict[str, Value]]:
    """Condition for the event ids of some kinds; the channels are looked at afterwards."""
    numbers = sorted({kind.event_id for kind in kinds if kind.event_id is not None})
    if len(numbers) > _MANY or any(kind.event_id is None for kind in kinds):
        return "", {}
    names = [f"n{place}" for place in range(len(numbers))]
    condition = ", ".join(f":{name}" for name in names)
    return f" WHERE e.EventID IN ({condition})", dict(zip(names, numbers, strict=True))
