"""What the decision stage hands on: disposition, severity, the rules as evaluated, and what would change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
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
class Ask:
    """One thing to fetch or to ask: of whom, and the command or the words.

    For logs `host`, `channels`, `event_ids` and the window say what must be among them; the window is open where
    it is None.
    """

    whom: str
    what: str
    command: str
    host: str | None = None
    channels: tuple[str, ...] = ()
    event_ids: tuple[int, ...] = ()
    window_from: datetime | None = None
    window_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class WouldChange:
    """A smallest set of facts that would flip the outcome, what settles them, and what is decided then.

    `keys` name the facts, `rule` is the rule that would decide; `command` holds all of `asks` on one line.
    """

    fact: str
    command: str
    outcome: Disposition
    rule: str = ""
    keys: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Hold:
    """A case held for data: how long, from when, what for, and what happens when it does not come.

    `starts` and `due` are None when nobody said when triage began: the time then runs from the moment the decision
    is read.
    """

    minutes: int
    otherwise: Disposition
    asks: tuple[Ask, ...]
    starts: datetime | None = None
    due: datetime | None = None


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
    hold: Hold | None = None
