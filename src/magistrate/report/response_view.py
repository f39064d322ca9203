"""Steps, containment cards, requirements and slips as views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.playbooks.model import Slip
    from magistrate.response.model import CardResult, RequirementResult, StepResult


@dataclass(frozen=True, slots=True)
class RequirementView:
    """One of the playbook's requirements, P1 to P31."""

    id: str
    row: str
    text: str
    state: str
    result: str
    implemented_by: tuple[str, ...]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommandView:
    """Something to run or ask; printed, never run."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of the L1 checklist or the T2 sheet: what the program did, what is left for a person."""

    id: str
    requirement: str
    title: str
    state: str
    result: str
    goal: str
    ask: tuple[CommandView, ...]
    done_when: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """One containment card, in the order to act; `command` may hold several lines."""

    id: str
    card: str
    requirement: str
    order: int
    title: str
    state: str
    result: str
    about: str
    goal: str
    precheck: str
    command: str
    side_effects: str
    verify: str
    rollback: str
    evidence_lost: str
    approver: str
    reversible: bool
    evidence_ids: tuple[str, ...]
    phase: str = ""
    changes: bool = True
    guard: str = ""


@dataclass(frozen=True, slots=True)
class SlipView:
    """Where the playbook and Windows disagree, told once."""

    says: str
    fact: str
    both: str


def step_view(step: StepResult) -> StepView:
    """One step as a view."""
    return StepView(
        id=step.id,
        requirement=step.requirement,
        title=step.title,
        state=step.state.value,
        result=step.result,
        goal=step.goal,
        ask=tuple(CommandView(item.what, item.command) for item in step.ask),
        done_when=step.done_when,
        evidence_ids=step.evidence_ids,
    )


def card_view(card: CardResult) -> CardView:
    """One containment card as a view."""
    return CardView(
        id=card.id,
        card=card.card,
        requirement=card.requirement,
        order=card.order,
        title=card.title,
        state=card.state.value,
        result=card.result,
        about=card.about,
        goal=card.goal,
        precheck=card.precheck,
        command=card.command,
        side_effects=card.side_effects,
        verify=card.verify,
        rollback=card.rollback,
        evidence_lost=card.evidence_lost,
        approver=card.approver,
        reversible=card.reversible,
        evidence_ids=card.evidence_ids,
        phase=card.phase,
        changes=card.changes,
        guard=card.guard,
    )


def requirement_view(requirement: RequirementResult) -> RequirementView:
    """A requirement with its result as a view."""
    return RequirementView(
        id=requirement.id,
        row=requirement.row,
        text=requirement.text,
        state=requirement.state.value,
        result=requirement.result,
        implemented_by=requirement.implemented_by,
        evidence_ids=requirement.evidence_ids,
    )


def slip_view(slip: Slip) -> SlipView:
    """A slip of the playbook as a view."""
    return SlipView(slip.says, slip.fact, slip.both)
