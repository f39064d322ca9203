"""What a person gets to do: steps, cards and the result of each sentence of the playbook."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from magistrate.response.scope import Scope  # noqa: TC001 - part of the runtime type of a field


class StepState(StrEnum):
    """How far the program itself could go with a step."""

    DONE = "done"  # everything the step asks of the logs was looked at
    PARTLY = "partly"  # a recording is missing or only partial
    NOT_ANSWERABLE = "not answerable"  # the logs that would answer it are not in the case
    NOT_NEEDED = "not needed"  # nothing was observed


class CardState(StrEnum):
    """Whether a containment card may be used as it is."""

    PLANNED = "planned"  # filled with case values, waits for approval
    GUARDED = "guarded"  # the target is protected, or nobody said what it is: no command
    REFUSED = "refused"  # a value must not be put into a command, or the target is ambiguous; fill in by hand
    NONE = "none"  # no action is called for, with the reason


class RequirementState(StrEnum):
    """Whether the case answers a sentence of the playbook."""

    ANSWERED = "answered"
    PARTLY = "partly"
    NOT_ANSWERABLE = "not answerable"


@dataclass(frozen=True, slots=True)
class Command:
    """Something to run or ask; printed, never run."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step of L1 or T2 with what the program already did.

    `result` holds counts and states; `ask` is what is left for a person; `evidence_ids` are sorted.
    """

    id: str
    requirement: str
    title: str
    state: StepState
    result: str
    goal: str
    ask: tuple[Command, ...]
    done_when: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardResult:
    """One containment card filled for one host, account, source, subscription, the path or the case.

    `command` is multi-line text. `about` is what the card is for, shown only. `order` counts from 1. `changes` says
    whether the command changes its target; `guard` why it was withheld, empty when it was not.
    """

    id: str
    card: str
    requirement: str
    order: int
    title: str
    state: CardState
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
class RequirementResult:
    """What the case says to one sentence of the playbook.

    `text` is the sentence in our words, `result` what was found, `implemented_by` what answers it.
    """

    id: str
    row: str
    text: str
    state: RequirementState
    result: str
    evidence_ids: tuple[str, ...]
    implemented_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """Everything prepared for people; `containment` is in the order to act, `scope` what it was made from."""

    l1_steps: tuple[StepResult, ...]
    t2_steps: tuple[StepResult, ...]
    containment: tuple[CardResult, ...]
    requirements: tuple[RequirementResult, ...]
    scope: Scope | None = None
