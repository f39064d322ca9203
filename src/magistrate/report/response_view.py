"""Steps, containment cards, requirements and slips as views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from magistrate.report.plain import QuotedField, plain


@dataclass(frozen=True, slots=True)
class RequirementView:
    """One of the playbook's requirements, P1 to P31."""

    id: str
    says: str
    state: str
    result: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the L1 checklist, the T2 sheet or the containment plan; `details` in the order to show."""

    id: str
    title: str
    state: str
    text: str
    details: tuple[QuotedField, ...]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SlipView:
    """Where the playbook and Windows disagree, told once."""

    says: str
    fact: str
    both: str


def _first(facts: dict[str, Any], *names: str) -> str:
    """Take the first of several fields that is filled; the others stay."""
    for name in names:
        if facts.get(name) not in (None, "", []):
            return str(facts.pop(name))
    return ""


def _evidence_ids(facts: dict[str, Any]) -> tuple[str, ...]:
    ids: set[str] = set()
    for name in ("evidence", "evidence_ids"):
        for item in facts.pop(name, None) or ():
            ids.add(str(item.get("evidence_id", "")) if isinstance(item, dict) else str(item))
    return tuple(sorted(ids - {""}))


def _details(facts: dict[str, Any]) -> tuple[QuotedField, ...]:
    """What is left of a step, in the order of its fields; empty ones are left out."""
    shown = []
    for name, value in facts.items():
        if value in (None, "", [], {}):
            continue
        values = value if isinstance(value, list) else [value]
        shown += [QuotedField(name.replace("_", " "), _flat(item)) for item in values]
    return tuple(shown)


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(
            f"{name} {_flat(item)}" for name, item in value.items() if item not in (None, "", [])
        )
    if isinstance(value, list):
        return ", ".join(_flat(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def step_view(step: Any) -> StepView:
    """A step or containment card as a view."""
    facts = plain(step)
    ids = _evidence_ids(facts)
    return StepView(
        id=_first(facts, "id"),
        title=_first(facts, "title", "name", "goal"),
        state=_first(facts, "state", "status"),
        text=_first(facts, "result", "text", "sentence"),
        details=_details(facts),
        evidence_ids=ids,
    )


def requirement_view(requirement: Any) -> RequirementView:
    """A requirement with its result as a view."""
    facts = plain(requirement)
    ids = _evidence_ids(facts)
    return RequirementView(
        id=_first(facts, "id"),
        says=_first(facts, "says", "text", "sentence", "title"),
        state=_first(facts, "state", "status"),
        result=_first(facts, "result", "answer", "statement"),
        evidence_ids=ids,
    )


def slip_view(slip: Any) -> SlipView:
    """A slip of the playbook as a view."""
    facts = slip.model_dump() if hasattr(slip, "model_dump") else plain(slip)
    return SlipView(
        says=_first(facts, "says", "playbook_says", "literal"),
        fact=_first(facts, "fact", "in_fact", "correct"),
        both=_first(facts, "both", "do_both", "done"),
    )
