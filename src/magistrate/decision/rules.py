"""Evaluates the ordered rule table of a playbook over named facts: pure, so that it can be asked "what if"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.decision.model import Disposition
from magistrate.playbooks.model import AllOf, AnyOf, Not, condition_facts

if TYPE_CHECKING:
    from magistrate.playbooks.model import Condition, Outcome, Playbook, Rule

Facts = Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rule table says: the rule that decided, its outcome, and which rules fired, by id in table order."""

    rule: str
    disposition: Disposition
    fired: tuple[str, ...]
    deadline_minutes: int | None = None
    after_deadline: Disposition | None = None


def holds(condition: Condition, facts: Facts) -> bool:
    """Tell whether a tree of all, any and not holds.

    Raises:
        KeyError: the tree names a fact that nobody established.
    """
    if isinstance(condition, AllOf):
        return all(holds(part, facts) for part in condition.all)
    if isinstance(condition, AnyOf):
        return any(holds(part, facts) for part in condition.any)
    if isinstance(condition, Not):
        return not holds(condition.negated, facts)
    return facts[condition]


def is_close(disposition: Disposition | str) -> bool:
    """True for the dispositions that close an alert."""
    return str(disposition).startswith("CLOSE-")


def is_escalation(disposition: Disposition | str) -> bool:
    """True for the dispositions that hand an alert on."""
    return str(disposition).startswith("ESCALATE-")


def evaluate(playbook: Playbook, facts: Facts) -> Verdict:
    """Try the rules from top to bottom; the first that fires and has an allowed outcome decides.

    A rule that forbids closing decides nothing itself; once it fired, no CLOSE outcome is taken by any rule.

    Raises:
        RuntimeError: no rule decided, which means that the table has a hole.
        KeyError: a rule names a fact that nobody established.
    """
    fired = tuple(rule.id for rule in playbook.rules if holds(rule.when, facts))
    close_allowed = not any(rule.effect == "forbid_close" for rule in playbook.rules if rule.id in fired)
    for rule in playbook.rules:
        if rule.id not in fired:
            continue
        outcome = _outcome(rule, facts, close_allowed=close_allowed)
        if outcome is not None:
            after = Disposition(outcome.after_deadline) if outcome.after_deadline else None
            return Verdict(rule.id, Disposition(outcome.disposition), fired, outcome.deadline_minutes, after)
    raise RuntimeError(
        f"No rule of playbook {playbook.id} decides on these facts; the rule table has a hole."
    )


def _outcome(rule: Rule, facts: Facts, *, close_allowed: bool) -> Outcome | None:
    for outcome in rule.then:
        if is_close(outcome.disposition) and not close_allowed:
            continue
        if outcome.when is None or holds(outcome.when, facts):
            return outcome
    return None


def rule_facts(rule: Rule) -> tuple[str, ...]:
    """Names of the facts that a rule and its outcomes look at, those of the condition first, each once."""
    names = list(condition_facts(rule.when))
    for outcome in rule.then:
        if outcome.when is not None:
            names += condition_facts(outcome.when)
    return tuple(dict.fromkeys(names))
