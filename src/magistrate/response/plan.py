"""The whole plan: situation, rules, cards in order, and a hash that an approval names. Nothing is run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.context.lookup import same_host
from magistrate.response import gaps
from magistrate.response.containment import card_facts, cards_of
from magistrate.response.model import CardResult  # noqa: TC001 - part of the runtime type of a field
from magistrate.response.scope import (
    AccountTarget,
    Guard,
    HostTarget,
    Level,
    Reason,
    Scope,
    SourceTarget,
)
from magistrate.response.wording import some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.playbooks.model import Playbook

PLAN_SCHEMA = "magistrate.plan/1"
"""Name of the published schema; a change that breaks readers raises the number."""
Target = HostTarget | AccountTarget | SourceTarget


class Order(StrEnum):
    """Which comes first (triage practice 4.1)."""

    CUT_FIRST = "isolate first, then preserve"
    PRESERVE_FIRST = "preserve first, then isolate"


class Pace(StrEnum):
    """How the cards are run."""

    AT_ONCE = "at once, card by card"
    TOGETHER = "prepared in secret, then everywhere together"


class ReleaseError(ValueError):
    """A target cannot be taken as unprotected, or a name is none of the plan; the message says why."""


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One line of the scope table; `kind` is host, account or source."""

    kind: str
    name: str
    level: str
    why: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunningLine:
    """Something that may still be running: an armed subscription or an open session."""

    what: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as people and machines see it.

    `because` are the facts that chose order and pace. `guarded` counts the cards without a command. `missing` are
    titles of what to collect that the case does not hold of some host. `plan_hash` is the SHA-256 of everything else:
    an approval counts for one hash only. Times are UTC text.
    """

    schema: str
    case_hash: str
    disposition: str
    severity: str | None
    context: str | None
    assumed: tuple[str, ...]
    order: str
    pace: str
    because: tuple[Reason, ...]
    first_seen: str | None
    last_known_good: str | None
    last_seen: str | None
    uncovered: tuple[str, ...]
    targets: tuple[TargetLine, ...]
    running: tuple[RunningLine, ...]
    missing: tuple[str, ...]
    rules: tuple[str, ...]
    never: tuple[str, ...]
    guarded: int
    cards: tuple[CardResult, ...]
    plan_hash: str = ""


def make_plan(
    playbook: Playbook, scope: Scope, case_hash: str, assumed: tuple[str, ...] = (), case_name: str = "CASE"
) -> Plan:
    """Make the plan of a scope; the same scope gives the same plan.

    Args:
        playbook: cards and rules.
        scope: what to act on, guards worked out.
        case_hash: hash of the verdict that the plan rests on.
        assumed: names that a person took as unprotected; already released in the scope.
        case_name: what the cards call the case towards other tools.
    """
    facts = card_facts(playbook, scope)
    cards = cards_of(playbook, scope, case_name)
    fast = facts["destruction"] or facts["severe"] or not facts["scope_open"]
    lacks = {name for host in scope.hosts for name in host.lacks}
    plan = Plan(
        schema=PLAN_SCHEMA,
        case_hash=case_hash,
        disposition=scope.disposition,
        severity=scope.severity,
        context=scope.context,
        assumed=assumed,
        order=(Order.CUT_FIRST if facts["destruction"] else Order.PRESERVE_FIRST).value,
        pace=(Pace.AT_ONCE if fast else Pace.TOGETHER).value,
        because=scope.reasons,
        first_seen=scope.first_seen,
        last_known_good=scope.last_known_good,
        last_seen=scope.last_seen,
        uncovered=scope.uncovered,
        targets=tuple(_target_lines(scope)),
        running=tuple(_running(scope)),
        missing=tuple(item.title for item in gaps.lacking_items(playbook, lacks)),
        rules=tuple(rule.text for rule in playbook.plan_rules),
        never=tuple(rule.text for rule in playbook.never),
        guarded=sum(1 for card in cards if card.guard),
        cards=cards,
    )
    return replace(plan, plan_hash=hash_of(plan))


def hash_of(plan: Plan) -> str:
    """SHA-256 over every text of a plan but its hash."""
    text = json.dumps(_facts_of(replace(plan, plan_hash="")), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _facts_of(value: object) -> object:
    if isinstance(value, tuple):
        return [_facts_of(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _facts_of(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _target_lines(scope: Scope) -> Iterator[TargetLine]:
    for kind, name, target in _targets(scope):
        yield TargetLine(kind, name, target.guard.level, target.guard.why, target.evidence_ids)


def _targets(scope: Scope) -> Iterator[tuple[str, str, Target]]:
    yield from (("host", item.name, item) for item in scope.hosts)
    yield from (("account", item.name, item) for item in scope.accounts)
    yield from (("source", item.address, item) for item in scope.sources)


def _running(scope: Scope) -> Iterator[RunningLine]:
    for item in scope.subscriptions:
        part = f" with filter {item.filter}" if item.filter else ""
        what = f"Subscription on {item.host}: consumer {item.consumer}{part}; armed unless its removal is proved."
        yield RunningLine(what, item.evidence_ids)
    for account in scope.accounts:
        if account.logon_ids:
            ids = some((hex(number) for number in account.logon_ids), most=5)
            what = f"Session of {account.name} on {some(account.hosts)}, logon id {ids}; open unless a logoff is seen."
            yield RunningLine(what, account.evidence_ids)


def release(scope: Scope, names: Iterable[str]) -> Scope:
    """Take targets as unprotected because a person says so.

    Raises:
        ReleaseError: a name is no target of the plan, is protected, or is ambiguous.
    """
    for name in names:
        scope = _release_one(scope, _find(scope, name))
    return scope


def _find(scope: Scope, name: str) -> str:
    """A target's name as the plan has it; the first label of one host is enough.

    Raises:
        ReleaseError: it names no target, or more than one.
    """
    known = sorted({known for _, known, _ in _targets(scope)})
    found = [item for item in known if item.lower() == name.lower()]
    found = found or [item.name for item in scope.hosts if same_host(item.name, name)]
    if len(found) > 1:
        raise ReleaseError(f"{name} may be {some(found, most=20)}; give the whole name")
    if not found:
        raise ReleaseError(f"no target of the plan is named {name}; its targets are {some(known, most=20)}")
    return found[0]


def _release_one(scope: Scope, name: str) -> Scope:
    for _, known, target in _targets(scope):
        if known == name and target.guard.level in (Level.PROTECTED, Level.AMBIGUOUS):
            raise ReleaseError(f"{name} stays guarded. {target.guard.why}")
    guard = Guard(
        Level.OPEN,
        "Taken as unprotected because the person who made this plan said so; both approvers confirm it with its owner.",
    )
    return replace(
        scope,
        hosts=tuple(replace(t, guard=guard) if t.name == name else t for t in scope.hosts),
        accounts=tuple(replace(t, guard=guard) if t.name == name else t for t in scope.accounts),
        sources=tuple(replace(t, guard=guard) if t.address == name else t for t in scope.sources),
        subscriptions=tuple(
            replace(t, guard=guard) if t.guard.level is Level.UNKNOWN and same_host(t.host, name) else t
            for t in scope.subscriptions
        ),
    )


def only(scope: Scope, names: Iterable[str]) -> Scope:
    """Keep only some targets, for a plan that would be too long otherwise; without names all stay.

    Raises:
        ReleaseError: a name is no target of the plan, or more than one.
    """
    wanted = {_find(scope, name) for name in names}
    if not wanted:
        return scope
    return replace(
        scope,
        hosts=tuple(item for item in scope.hosts if item.name in wanted),
        accounts=tuple(item for item in scope.accounts if item.name in wanted),
        sources=tuple(item for item in scope.sources if item.address in wanted),
        subscriptions=tuple(
            item for item in scope.subscriptions if any(same_host(item.host, name) for name in wanted)
        ),
    )
