"""What the decision stage hands on: disposition, severity, the rules as evaluated, and what would change them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """What to do with the alert (triage practice 2.3, plus NOT-OBSERVED)."""

    NOT_OBSERVED = "NOT-OBSERVED"
    ESCALATE_INCIDENT = "ESCALATE-INCIDENT"
    ESCALATE_REVIEW = "ESCALATE-REVIEW"
    HOLD_DATA = "HOLD-DATA"
    CLOSE_BENIGN = "CLOSE-BENIGN"
    CLOSE_TEST = "CLOSE-TEST"
    CLOSE_FALSE = "CLOSE-FALSE"


@dataclass(frozen=True, slots=True)
class RuleFiring:
    """One rule as evaluated: whether its condition held, and the facts it rests on."""

    rule: str
    title: str
    fired: bool
    decided: bool
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WouldChange:
    """A smallest fact that would flip the outcome, the command that settles it, and the outcome then."""

    fact: str
    command: str
    outcome: Disposition


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision of a case with everything a lead needs to recompute it."""

    disposition: Disposition
    severity: str | None  # SEV1 to SEV4; None when nothing is escalated
    severity_reason: str
    confidence: str  # High, Moderate, Low
    rule: str  # the rule that decided
    deciding: tuple[str, ...]  # finding ids
    against: tuple[str, ...]  # mitigating finding ids
    firings: tuple[RuleFiring, ...]
    unknowns: tuple[str, ...]
    would_change: tuple[WouldChange, ...]
    request: tuple[str, ...] = ()  # HOLD-DATA: what to fetch
    deadline_minutes: int | None = None
    confidence_reason: str = ""
