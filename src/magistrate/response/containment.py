"""Fills the containment cards with the values of a scope, in the order to act. Nothing is run."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from magistrate.decision import Disposition
from magistrate.decision.rules import holds
from magistrate.playbooks.template import fill
from magistrate.response import quoting
from magistrate.response.instances import Instance, instances
from magistrate.response.model import CardResult, CardState
from magistrate.response.scope import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from magistrate.playbooks.model import Card, Playbook
    from magistrate.response.scope import Scope

_WHY_NOT = {
    Disposition.NOT_OBSERVED: "No WMI activity was observed, so there is nothing to contain.",
    Disposition.ESCALATE_REVIEW: "T2 looks first; preserve now, and contain when the review says incident.",
    Disposition.HOLD_DATA: "The decision waits for data; what to fetch is in the request. Do not touch the host before.",
    Disposition.CLOSE_BENIGN: "The activity is authorised, so there is nothing to contain.",
    Disposition.CLOSE_TEST: "An approved exercise explains the activity; tell its lead.",
    Disposition.CLOSE_FALSE: "The raw event contradicts the alert, so there is nothing to contain.",
}
_TYPABLE = re.compile(r"[A-Za-z0-9:_][A-Za-z0-9._:-]*(\\[A-Za-z0-9_][A-Za-z0-9._-]*\$?)?")
NO_CAP = 1
"""Cards of a scope without a cap: one for the path, one for the case."""
_HOW_TO_RELEASE = {
    Level.UNKNOWN: (
        "Name what it is in the site context and run 'magistrate plan CASE --context FILE', or, when its owner has "
        "confirmed it, 'magistrate plan CASE --assume-unprotected NAME'."
    ),
    Level.PROTECTED: "No option of the program lifts this guard: owner and incident lead act by their own procedure.",
    Level.AMBIGUOUS: "Settle which one is meant, in the inventory and not in the logs, then act by hand.",
}


def card_facts(playbook: Playbook, scope: Scope) -> dict[str, bool]:
    """Every containment fact with its truth for the case; facts of single targets are False here."""
    return dict.fromkeys(playbook.card_facts, False) | dict.fromkeys(scope.facts, True)


def cards_of(playbook: Playbook, scope: Scope, case_name: str = "CASE") -> tuple[CardResult, ...]:
    """Every card that applies, once for each thing it acts on, numbered in the order to act.

    While something is being destroyed the order cuts off first; otherwise it preserves first. `case_name` is what
    the cards call the case towards other tools.
    """
    common = card_facts(playbook, scope)
    order = "fast" if common["destruction"] else "discreet"
    caps = {cap.scope: cap.most for cap in playbook.caps}
    targets = {
        kind: tuple(instances(playbook, scope, kind, case_name))
        for kind in {card.scope for card in playbook.cards}
    }
    chosen: list[tuple[int, str, str, Card, Instance]] = []
    more: dict[str, int] = {}
    for card in playbook.cards:
        fitting = [i for i in targets[card.scope] if holds(card.when, {**common, **i.facts})]
        most = caps.get(card.scope, NO_CAP)
        more[card.id] = len(fitting[most:])
        chosen += [(getattr(card, order), card.id, item.about, card, item) for item in fitting[:most]]
    chosen.sort(key=lambda item: item[:3])
    totals = Counter(card.id for _, _, _, card, _ in chosen)
    seen: Counter[str] = Counter()
    cards = []
    for number, (_, _, _, card, instance) in enumerate(chosen, start=1):
        seen[card.id] += 1
        # Ids are counted, not named after hosts or accounts, whose names an intruder may have chosen.
        name = f"{card.id}-{seen[card.id]}"
        left = more[card.id] if seen[card.id] == totals[card.id] else 0
        cards.append(_fill_card(scope, card, instance, number, name, left))
    return tuple(cards)


def _fill_card(scope: Scope, card: Card, instance: Instance, number: int, name: str, left: int) -> CardResult:
    values, refused = _values(card, instance.makers)
    state, result, command, rollback = (
        CardState.PLANNED,
        "Planned; waits for approval.",
        card.command,
        card.rollback,
    )
    guard = _guard_text(card, instance)
    if guard:
        state, result = CardState.GUARDED, f"Guarded, the command is withheld. {guard}"
        if instance.guard.level is Level.AMBIGUOUS and not card.always_guarded:
            state, result = CardState.REFUSED, f"Refused, the target is ambiguous. {guard}"
        command = _withheld(guard, card.guarded)
        rollback = "not needed, nothing is done"
    if refused:
        state = CardState.REFUSED
        reasons = "; ".join(f"{_plain_name(item)}: {why}" for item, why in refused.items())
        result = f"A value of the case must not be put into a command ({reasons}). Fill it in by hand."
        result += f" {instance.guard.why}" if guard and not card.always_guarded else ""
    if not card.acts:
        why = _WHY_NOT.get(Disposition(scope.disposition))
        state, result = CardState.NONE, why or fill(card.precheck, values)
    if left:
        result += (
            f" {left} more need the same; the cap of this plan leaves them to a second plan (--only NAME)."
        )
    return CardResult(
        id=name,
        card=card.id,
        requirement=card.requirement,
        order=number,
        phase=card.phase,
        title=fill(card.title, values),
        state=state,
        result=result,
        about=instance.about,
        goal=card.goal,
        precheck=fill(card.precheck, values),
        command=fill(command, values),
        side_effects=card.side_effects,
        verify=fill(card.verify, values),
        rollback=fill(rollback, values),
        evidence_lost=card.evidence_lost if state is not CardState.GUARDED else "none, nothing is done",
        approver=card.approver,
        reversible=card.reversible,
        changes=card.changes,
        guard=guard,
        evidence_ids=instance.evidence_ids,
    )


def _values(card: Card, makers: Mapping[str, Callable[[], str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Text for each placeholder, and why those that were refused were."""
    values: dict[str, str] = {}
    refused: dict[str, str] = {}
    for name in sorted(card.placeholders):
        try:
            values[name] = makers[name]()
        except quoting.RefusedValueError as error:
            refused[name] = str(error)
            blank = f"<{_plain_name(name).upper().replace(' ', '-')}>"
            values[name] = f"'{blank}'" if name.endswith("_q") else blank
    return values, refused


def _plain_name(placeholder: str) -> str:
    return placeholder.removesuffix("_q").removesuffix("_netsh").removesuffix("_json").replace("_", " ")


def _guard_text(card: Card, instance: Instance) -> str:
    """Why a card gets no command and what would give it one; empty when it gets its command."""
    if card.always_guarded:
        return card.always_guarded
    if not card.changes or instance.guard.is_open:
        return ""
    how = _HOW_TO_RELEASE[instance.guard.level]
    if instance.guard.level is Level.UNKNOWN and not instance.release:
        how = "Release its hosts one by one, or name them in the site context."
    return f"{instance.guard.why} {how.replace('NAME', _release_name(instance.release))}"


def _release_name(name: str) -> str:
    """The name as a person types it; a name that a shell could read is left for the person to fill in."""
    if not _TYPABLE.fullmatch(name):
        return "NAME"
    return f'"{name}"' if "\\" in name or "$" in name else name


def _withheld(guard: str, instead: str) -> str:
    """What stands in place of a command; the reason stays one line, and its braces are not placeholders."""
    reason = " ".join(guard.split()).replace("{", "(").replace("}", ")")
    return f"# withheld: {reason}" + (f"\n{instead.rstrip()}" if instead else "")
