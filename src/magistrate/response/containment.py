"""Fills the containment cards with the values of the case, in the order to act. Nothing is run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.context.lookup import asset_of
from magistrate.decision import Disposition
from magistrate.decision.rules import holds
from magistrate.playbooks.template import fill
from magistrate.response import quoting
from magistrate.response.material import Material, evidence_ids
from magistrate.response.model import CardResult, CardState
from magistrate.response.targets import (
    AccountTarget,
    HostTarget,
    SourceTarget,
    SubscriptionTarget,
    account_targets,
    cited_activities,
    host_targets,
    is_settled,
    source_targets,
    subscription_targets,
)
from magistrate.response.wording import shown, some, time_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from magistrate.playbooks.model import Card

MAX_TARGETS = 20
"""Most cards of one kind; the last one names how many more need the same. A plan longer than this is read by nobody."""
_WHY_NOT = {
    Disposition.NOT_OBSERVED: "No WMI activity was observed, so there is nothing to contain.",
    Disposition.ESCALATE_REVIEW: "T2 looks first; preserve now, and contain when the review says incident.",
    Disposition.HOLD_DATA: "The decision waits for data; what to fetch is in the request. Do not touch the host before.",
    Disposition.CLOSE_BENIGN: "The activity is authorised, so there is nothing to contain.",
    Disposition.CLOSE_TEST: "An approved exercise explains the activity; tell its lead.",
    Disposition.CLOSE_FALSE: "The raw event contradicts the alert, so there is nothing to contain.",
}
_Instance = tuple[str, "Mapping[str, bool]", "Mapping[str, Callable[[], str]]", tuple[str, ...]]


def plan_containment(material: Material) -> tuple[CardResult, ...]:
    """Every card that applies, once for each thing it acts on, numbered in the order to act.

    While something is being destroyed the order cuts off first; otherwise it preserves first.
    """
    common = _case_facts(material)
    order = "fast" if common["destruction"] else "discreet"
    targets = {
        scope: tuple(_instances(material, scope)) for scope in {c.scope for c in material.playbook.cards}
    }
    chosen: list[tuple[int, str, str, Card, _Instance]] = []
    more: dict[str, int] = {}
    for card in material.playbook.cards:
        fitting = [i for i in targets[card.scope] if holds(card.when, {**common, **i[1]})]
        more[card.id] = len(fitting[MAX_TARGETS:])
        for instance in fitting[:MAX_TARGETS]:
            chosen.append((getattr(card, order), card.id, instance[0], card, instance))
    chosen.sort(key=lambda item: item[:3])
    seen: Counter[str] = Counter()
    cards = []
    for number, (_, _, _, card, instance) in enumerate(chosen, start=1):
        seen[card.id] += 1
        # Ids are counted, not named after hosts or accounts, whose names an intruder may have chosen.
        filled = _fill_card(material, card, instance, number, f"{card.id}-{seen[card.id]}")
        if more[card.id] and seen[card.id] == MAX_TARGETS:
            filled = replace(filled, result=f"{filled.result} {more[card.id]} more need the same.")
        cards.append(filled)
    return tuple(cards)


def _case_facts(material: Material) -> dict[str, bool]:
    facts = dict.fromkeys(material.playbook.card_facts, False)
    stories = material.deciding_stories
    accounts = {story.account.name.lower() for story in stories if story.account}
    tier0 = [asset_of(material.context, host) for story in stories for host in story.hosts]
    credentials = [f for f in material.deciding_findings if f.code == "D7"]
    facts |= {
        "incident": material.is_incident,
        "review": material.is_review,
        "destruction": any(f.code == "D2" for f in material.deciding_findings),
        "scope_open": len(accounts) > 1
        or any(story.source_ip is None and story.source_host is None for story in stories)
        or any(asset is not None and asset.tier == 0 for asset in tier0),
        "account_disputed": bool(_disputed(material)),
        "dc_secrets": any(_is_domain_controller(material, f.host) for f in credentials),
    }
    return facts


def _is_domain_controller(material: Material, host: str) -> bool:
    asset = asset_of(material.context, host)
    return asset is not None and asset.role == "dc"


def _disputed(material: Material) -> list[str]:
    """Why no actor is settled, for each deciding story without one among its cited activities."""
    reasons = []
    for story in material.deciding_stories:
        cited = cited_activities(material, story)
        if cited and not any(is_settled(activity) for activity in cited):
            reasons += [activity.identity.reason for activity in cited]
    return reasons


def _instances(material: Material, scope: str) -> Iterator[_Instance]:
    if scope == "host":
        yield from (_host_instance(item) for item in host_targets(material))
    elif scope == "account":
        yield from (_account_instance(a) for a in account_targets(material) if not a.machine)
    elif scope == "machine_account":
        yield from (_account_instance(a) for a in account_targets(material) if a.machine)
    elif scope == "source":
        yield from (_source_instance(item) for item in source_targets(material))
    elif scope == "subscription":
        yield from (_subscription_instance(item) for item in subscription_targets(material))
    else:
        yield _case_instance(material)


def _host_instance(target: HostTarget) -> _Instance:
    return (
        target.name,
        {"host_protected": target.protected, "host_role_unknown": target.role_unknown},
        {
            "host": lambda: shown(target.name),
            "host_q": lambda: quoting.host_name(target.name),
            "role_note": lambda: target.role_note,
        },
        target.evidence_ids,
    )


def _account_instance(target: AccountTarget) -> _Instance:
    short = target.name.rpartition("\\")[2]
    return (
        target.name,
        {
            "account_settled": True,
            "account_service": bool(target.purpose),
            "account_local": target.local,
        },
        {
            "account": lambda: shown(target.name),
            "account_full_q": lambda: quoting.full_account_name(target.name),
            "identity_q": lambda: (
                quoting.security_id(target.sid) if target.sid else quoting.account_name(short)
            ),
            "local_name_q": lambda: quoting.account_name(short),
            "hosts": lambda: some(target.hosts),
            "logon_id": lambda: some((hex(item) for item in target.logon_ids), none="not recorded"),
            "evidence": lambda: some(target.evidence_ids, most=3),
            "purpose": lambda: shown(target.purpose),
        },
        target.evidence_ids,
    )


def _source_instance(target: SourceTarget) -> _Instance:
    return (
        target.address,
        {"source_known": True},
        {
            "source": lambda: shown(target.address),
            "source_q": lambda: quoting.address(target.address),
            "targets": lambda: some(target.targets, most=20),
        },
        target.evidence_ids,
    )


def _subscription_instance(target: SubscriptionTarget) -> _Instance:
    consumer, found = target.consumer, target.filter
    seen = f"consumer {shown(consumer)}" + (f" and filter {shown(found)}" if found else "")
    return (
        f"{target.host} {consumer} {found}",
        {"subscription_removable": True},
        {
            "host": lambda: shown(target.host),
            "seen": lambda: seen,
            "namespace_q": lambda: quoting.quote_powershell(target.namespace),
            "consumer_q": lambda: quoting.quote_powershell(consumer),
            "filter_q": lambda: quoting.quote_powershell(found or "<FILTER>"),
        },
        target.evidence_ids,
    )


def _case_instance(material: Material) -> _Instance:
    stories = material.deciding_stories
    first = min((story.first for story in stories if story.first), default=None)
    hosts = [host for story in stories for host in story.hosts]
    reasons = _disputed(material)
    credentials = [piece for f in material.deciding_findings if f.code == "D7" for piece in f.evidence]
    return (
        "case",
        {},
        {
            "hosts": lambda: some(hosts, most=20),
            "accounts": lambda: some((a.name for a in account_targets(material)), most=20),
            "reason": lambda: some(reasons, most=2),
            "first_seen": lambda: time_text(first),
            "last_known_good": lambda: time_text(first - timedelta(hours=24) if first else None),
            "evidence": lambda: some(evidence_ids(credentials), most=3),
        },
        evidence_ids(piece for finding in material.deciding_findings for piece in finding.evidence),
    )


def _fill_card(material: Material, card: Card, instance: _Instance, number: int, card_id: str) -> CardResult:
    about, _, makers, ids = instance
    values: dict[str, str] = {}
    refused = []
    for name in sorted(card.placeholders):
        try:
            values[name] = makers[name]()
        except quoting.RefusedValueError as error:
            refused.append(f"{name.removesuffix('_q').replace('_', ' ')}: {error}")
            values[name] = f"<{name.removesuffix('_q').upper()}>"
    state = CardState.REFUSED if refused else CardState.PLANNED
    result = "Planned; waits for approval."
    if refused:
        result = (
            f"A value of the case must not be put into a command ({'; '.join(refused)}). Fill it in by hand."
        )
    if not card.acts:
        why = _WHY_NOT.get(material.decision.disposition)
        state, result = CardState.NONE, why or fill(card.precheck, values)
    return CardResult(
        id=card_id,
        card=card.id,
        requirement=card.requirement,
        order=number,
        title=fill(card.title, values),
        state=state,
        result=result,
        about=about,
        goal=card.goal,
        precheck=fill(card.precheck, values),
        command=fill(card.command, values),
        side_effects=card.side_effects,
        verify=fill(card.verify, values),
        rollback=fill(card.rollback, values),
        evidence_lost=card.evidence_lost,
        approver=card.approver,
        reversible=card.reversible,
        evidence_ids=ids,
    )
