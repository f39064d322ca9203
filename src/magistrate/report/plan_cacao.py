"""The plan as a CACAO 2.0 playbook of manual steps.

Every command is of the type `manual`: an orchestrator that reads it asks people and runs nothing by itself. Facts
after the OASIS specification CACAO Security Playbooks 2.0, Committee Specification 01: identifiers are a type and a
UUID; the playbook's is version 5 over name and types in the namespace of the specification, those of steps have the
form of version 4. Here their bits come from hashes and not from chance, so that the same plan gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from magistrate.report.defuse import visible
from magistrate.response.model import CardState

if TYPE_CHECKING:
    from magistrate.response.model import CardResult
    from magistrate.response.plan import Plan

NAMESPACE = bytes.fromhex("aa7caf3ad55a4e9ab34e056215fba56a")
"""Namespace that the specification gives for identifiers of playbooks."""
_TYPES = ["investigation", "mitigation", "remediation"]
_ACTIVITIES = {
    "prepare": "step-sequence",
    "preserve": "analyze-collected-data",
    "isolate": "disconnect-system",
    "accounts": "restrict-access",
    "sessions": "restrict-access",
    "block": "restrict-access",
    "eradicate": "eliminate-risk",
    "secrets": "restrict-access",
    "restore": "restore-data",
    "harden": "configure-systems",
    "watch": "scan-system",
}
"""Word of the specification's open vocabulary of activities for each phase of a plan."""
_SEVERITY = {"SEV1": 100, "SEV2": 75, "SEV3": 50, "SEV4": 25}
_NO_TIME = "1970-01-01T00:00:00.000Z"


def render(plan: Plan) -> str:
    """The plan as JSON text; keys sorted, ASCII with escapes."""
    return json.dumps(playbook_of(plan), sort_keys=True, indent=2, ensure_ascii=True) + "\n"


def playbook_of(plan: Plan) -> dict[str, Any]:
    """The playbook as plain data. `created` is the last time of the evidence: no clock is read."""
    name = f"Magistrate response plan {plan.plan_hash[:16]} of case {plan.case_hash[:16]}"
    identity = json.dumps({"name": name, "playbook_types": _TYPES}, sort_keys=True, separators=(",", ":"))
    agents = _agents(plan)
    steps = _steps(plan, agents)
    created = _moment(plan.last_seen)
    document: dict[str, Any] = {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": f"playbook--{_uuid(_name_hash(identity), 5)}",
        "name": name,
        "description": " ".join(
            [f"{plan.disposition}. Order: {plan.order}. Pace: {plan.pace}.", *plan.rules]
        ),
        "playbook_types": _TYPES,
        "playbook_activities": sorted({_ACTIVITIES[card.phase] for card in plan.cards}),
        "created_by": _id("identity", "magistrate"),
        "created": created,
        "modified": created,
        "revoked": False,
        "labels": [f"plan-hash:{plan.plan_hash}", f"case-hash:{plan.case_hash}"],
        "workflow_start": next(iter(steps)),
        "workflow": steps,
        "agent_definitions": {key: {"type": "group", "name": name} for name, key in agents.items()},
    }
    if plan.severity in _SEVERITY:
        document["severity"] = _SEVERITY[plan.severity]
    return document


def _id(kind: str, name: str) -> str:
    """Identifier in the form of a UUID version 4, made from a name."""
    digest = hashlib.sha256(f"{kind} {name}".encode()).digest()[:16]
    return f"{kind}--{_uuid(digest, 4)}"


def _name_hash(name: str) -> bytes:
    """First half of what a UUID of version 5 is made of (RFC 9562, 5.5): SHA-1 over namespace and name."""
    return hashlib.sha1(NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16]


def _uuid(digest: bytes, version: int) -> str:
    """Sixteen bytes as a UUID: version in the seventh, variant in the ninth."""
    found = bytearray(digest)
    found[6] = found[6] & 0x0F | version << 4
    found[8] = found[8] & 0x3F | 0x80
    text = found.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _moment(utc: str | None) -> str:
    return f"{utc[:10]}T{utc[11:19]}.000Z" if utc else _NO_TIME


def _agents(plan: Plan) -> dict[str, str]:
    """Identifier of each approver: people, who do the step by hand."""
    return {name: _id("group", name) for name in sorted({card.approver for card in plan.cards})}


def _steps(plan: Plan, agents: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Start, one action for each card in the order to act, end."""
    keys = [
        _id("start", plan.plan_hash),
        *(_id("action", f"{plan.plan_hash} {card.id}") for card in plan.cards),
        _id("end", plan.plan_hash),
    ]
    steps: dict[str, dict[str, Any]] = {keys[0]: {"type": "start", "on_completion": keys[1]}}
    for key, following, card in zip(keys[1:], keys[2:], plan.cards, strict=False):
        steps[key] = _action(card, agents[card.approver], following)
    steps[keys[-1]] = {"type": "end"}
    return steps


def _action(card: CardResult, agent: str, following: str) -> dict[str, Any]:
    told = [card.result, f"Goal: {card.goal}.", f"Check first: {card.precheck}"]
    told += [f"Side effects: {card.side_effects}", f"Verify: {card.verify}", f"Roll back: {card.rollback}"]
    told += [f"Evidence lost: {card.evidence_lost}", f"Reversible: {'yes' if card.reversible else 'no'}"]
    if card.evidence_ids:
        told.append(f"Records: {', '.join(card.evidence_ids)}")
    acts = card.state is CardState.PLANNED
    return {
        "type": "action",
        "name": _text(f"{card.order}. {card.title} ({card.state.value})"),
        "description": _text("\n".join(told)),
        "agent": agent,
        "commands": [
            {
                "type": "manual",
                "description": f"Needs approval by: {card.approver}" if acts else "No command is given",
                "command": _text(card.command),
                "playbook_activity": _ACTIVITIES[card.phase],
            }
        ],
        "on_completion": following,
    }


def _text(text: str) -> str:
    """Text whose lines stay and whose hidden characters are visible.

    CACAO readers put values in for `__name__:value`; a word joiner would be invisible, so the colon gets a blank.
    """
    shown = "\n".join(visible(line) for line in text.split("\n"))
    return shown.replace("__:", "__ :")
