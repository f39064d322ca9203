"""One answered question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.activity.model import Confidence  # noqa: TC001 - part of the runtime type of a field
from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field


class State(StrEnum):
    """YES and NO need evidence; NO needs proved coverage; UNKNOWN names what is missing."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"
    CONFLICT = "CONFLICT"
    NOT_APPLICABLE = "N/A"


@dataclass(frozen=True, slots=True)
class Missing:
    """A source that would settle an answer, with the exact request."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class Basis:
    """The facts from which the state was decided for one story: the fact object of the question's approach.

    Deciding the same facts again gives the same state, so that one fact can be changed and decided anew.
    """

    story_id: str
    facts: object


@dataclass(frozen=True, slots=True)
class Scan:
    """What was looked through for a NO: the queries, the window, the hosts with records in it, and their number.

    A time is None where neither the stories nor the case have one.
    """

    queries: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    hosts: tuple[str, ...]
    events: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question (Q1-Q4) or escalation decision (E1-E4).

    `text` is filled from the template of the question. `limits` says what the answer does not cover. `pattern`
    is used by Q4 only: IN, OUT or UNKNOWN. `basis` holds the facts of every story that was asked about.
    `scan` says what a NO looked through; None for every other state.
    """

    id: str
    question: str
    state: State
    confidence: Confidence
    text: str
    evidence: tuple[Evidence, ...] = ()
    finding_ids: tuple[str, ...] = ()
    anchors_met: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    flips_if: str = ""
    pattern: str | None = None
    basis: tuple[Basis, ...] = ()
    scan: Scan | None = None
