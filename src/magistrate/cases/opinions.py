"""What a person may say about a case, and what each saying needs; makes the drafts of entries.

Source of the rules: triage practice 2.7 (reason, length, basis, second person) and 2.3 (dispositions).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from magistrate.answers.answer import State as AnswerState
from magistrate.cases.entries import Draft, Kind
from magistrate.cases.people import same_person
from magistrate.cases.state import VERDICT, Standing
from magistrate.decision.model import Disposition
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from magistrate.cases.state import Change, State, Verdict

LEAST_TEXT = 20
MOST_TEXT = 32_000  # characters of one text
MERGE = "MERGE"
CLOSING = frozenset(
    {
        Disposition.CLOSE_BENIGN,
        Disposition.CLOSE_TEST,
        Disposition.CLOSE_FALSE,
        Disposition.NOT_OBSERVED,
        MERGE,
    }
)
"""Verdicts that let a case be closed."""

DISPOSITIONS = (
    Disposition.ESCALATE_INCIDENT,
    Disposition.ESCALATE_REVIEW,
    Disposition.HOLD_DATA,
    Disposition.CLOSE_BENIGN,
    Disposition.CLOSE_TEST,
    Disposition.CLOSE_FALSE,
    MERGE,
)
"""Verdicts that a person may give, the gravest first."""


class Reason(StrEnum):
    """Why a person says otherwise."""

    LOCAL_KNOWLEDGE = "LOCAL-KNOWLEDGE"
    OWNER_CONFIRMED = "OWNER-CONFIRMED"
    TICKET = "TICKET"
    BAD_PARSE = "BAD-PARSE"
    DUPLICATE = "DUPLICATE"
    LEAD_DIRECTION = "LEAD-DIRECTION"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who was asked. `utc` is when, ISO 8601; `known_number` says that the way to him was known before."""

    who: str
    channel: str
    utc: str
    known_number: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A verdict or an answer as a person wants it. `evidence` is the whole id of a record of the case.

    `reference` is the ticket of a test or of a change, or the case that a duplicate belongs to.
    """

    about: str
    analyst: str
    reason: Reason
    because: str
    evidence: str | None = None
    contact: Contact | None = None
    reference: str | None = None


def note_draft(text: str, evidence: str | None = None) -> Draft:
    """A note on a case or on one of its records.

    Raises:
        UsageError: the text is empty or too long.
    """
    return Draft(Kind.NOTE, {"text": checked_text(text, 1), "evidence": evidence})


def checked_text(text: str, least: int) -> str:
    """A text without the blanks around it.

    Raises:
        UsageError: it has fewer characters than `least`, or more than are kept.
    """
    plain = text.strip()
    if len(plain) < least:
        raise UsageError(
            f"the text has {len(plain)} characters; at least {least} are needed.",
            hint="Say what is known and how, so that somebody else can follow it.",
        )
    if len(plain) > MOST_TEXT:
        raise UsageError(
            f"the text has {len(plain):,} characters; at most {MOST_TEXT:,} are kept.",
            hint="Shorten it, or name a file of the case.",
        )
    return plain


def change_draft(state: State, wanted: Wanted, proposal: dict[str, Any] | None = None) -> Draft:
    """A verdict or an answer of a person beside the program's.

    Args:
        state: the case now.
        wanted: what the person says.
        proposal: what the register could say about it, see `magistrate.cases.proposal`.

    Raises:
        UsageError: something that it needs is missing, or the program says the same.
    """
    verdict = decided(state)
    tool = _tool_says(verdict, wanted)
    facts = {
        "about": wanted.about,
        "tool": tool,
        "analyst": wanted.analyst,
        "reason": wanted.reason.value,
        "because": checked_text(wanted.because, LEAST_TEXT),
        "on": verdict.sha256,
        "second_person": needs_second(verdict, wanted.about, wanted.analyst),
        **_basis(wanted),
    }
    if proposal is not None:
        facts["proposal"] = proposal
    return Draft(Kind.OVERRIDE if wanted.about == VERDICT else Kind.ANSWER, facts)


def decided(state: State) -> Verdict:
    """The program's verdict of a case that is complete.

    Raises:
        UsageError: there is none.
    """
    if state.verdict is None or not state.complete:
        raise UsageError(
            "the case is not complete, so there is nothing to say yet.",
            hint="Run the same 'magistrate investigate' again.",
        )
    return state.verdict


def _tool_says(verdict: Verdict, wanted: Wanted) -> str:
    """What the program says about the same thing.

    Raises:
        UsageError: it says the same, or knows no such question or value.
    """
    if wanted.about == VERDICT:
        tool, known = verdict.disposition, [str(item) for item in DISPOSITIONS]
    else:
        answer = verdict.answers.get(wanted.about)
        if answer is None:
            known_codes = ", ".join(sorted(verdict.answers))
            raise UsageError(f"there is no question {wanted.about}; there are {known_codes}.")
        tool, known = str(answer["state"]), [item.value for item in AnswerState]
    if wanted.analyst not in known:
        raise UsageError(f"{wanted.analyst} cannot be said here; one of {', '.join(known)} can.")
    if wanted.analyst == tool:
        raise UsageError(f"the program says {tool} too.", hint="Add a note instead.")
    return tool


def needs_second(verdict: Verdict, about: str, analyst: str) -> bool:
    """Whether a change counts only when another person agrees.

    That is so for a downgrade of a case with a finding of tier D, for another answer where such a finding carries the
    program's, and for every change that would let a case be closed which the rules do not let close.
    """
    if about != VERDICT:
        return bool(verdict.answers.get(about, {}).get("decisive"))
    if analyst in CLOSING:
        return verdict.disposition not in CLOSING
    return bool(verdict.decisive) and _gravity(analyst) < _gravity(verdict.disposition)


def _gravity(disposition: str) -> int:
    if disposition in CLOSING:
        return 0
    return len(DISPOSITIONS) - DISPOSITIONS.index(Disposition(disposition))


def _basis(wanted: Wanted) -> dict[str, Any]:
    """What a change rests on.

    Raises:
        UsageError: neither a record nor a contact is named, or a reference is missing.
    """
    if wanted.evidence is None and wanted.contact is None:
        raise UsageError(
            "a change rests on a record of the case or on somebody who was asked.",
            hint="Name one with --evidence, or give --contact, --channel and --contact-time.",
        )
    if wanted.contact is not None and not wanted.contact.known_number:
        raise UsageError(
            "a contact counts only through a number that was known before the alert.",
            hint="Never answer the account in question: ask through the directory, then give --known-number.",
        )
    if wanted.reference is None and (
        wanted.reason is Reason.TICKET or wanted.analyst in (Disposition.CLOSE_TEST, MERGE)
    ):
        raise UsageError(
            "this needs the ticket, or the case that this one belongs to.", hint="Give it with --reference."
        )
    return {
        "evidence": wanted.evidence,
        "contact": asdict(wanted.contact) if wanted.contact else None,
        "reference": checked_text(wanted.reference, 1)[:200] if wanted.reference else None,
    }


def approval_draft(state: State, number: int, *, by: str, agrees: bool, text: str = "") -> Draft:
    """What a second person says of a change.

    Raises:
        UsageError: nothing waits under that number, or it is the same person.
    """
    change = next((item for item in state.changes if item.number == number), None)
    if change is None or change.standing is not Standing.WAITING:
        waiting = ", ".join(str(item.number) for item in state.waiting()) or "none"
        raise UsageError(
            f"entry {number} is no change that waits for a second person (waiting: {waiting}).",
            hint="Look at 'magistrate case show'.",
        )
    if same_person(by, change.by):
        raise UsageError(
            f"{by} and {change.by}, who made the change, count as one person.", hint="Ask somebody else."
        )
    least = 0 if agrees else LEAST_TEXT
    return Draft(
        Kind.APPROVAL,
        {"of": number, "agrees": agrees, "because": checked_text(text, least), "about": change.about},
    )


def close_draft(state: State, text: str = "") -> Draft:
    """The closing of a case.

    Raises:
        UsageError: the rules do not let it close and no override that a second person agreed to does, or a change
            still waits.
    """
    verdict = decided(state)
    if state.closed:
        raise UsageError("the case is closed already.", hint="Look at 'magistrate case show'.")
    if waiting := state.waiting():
        raise UsageError(
            f"entry {waiting[0].number} waits for a second person.",
            hint="Let somebody else run 'magistrate case approve', then close.",
        )
    change = state.in_force(VERDICT)
    disposition = change.analyst if change else verdict.disposition
    if disposition not in CLOSING:
        who = f"{change.by} says" if change else f"rule {verdict.rule} says"
        raise UsageError(
            f"the case cannot be closed: {who} {disposition}.",
            hint="An override to a closing verdict needs a reason and a second person: 'magistrate case override'.",
        )
    return Draft(
        Kind.CLOSE,
        {
            "disposition": disposition,
            "tool": verdict.disposition,
            "override": change.number if change else None,
            "on": verdict.sha256,
            "because": checked_text(text, 0),
        },
    )


def later_change(state: State, seen: int | None, about: str) -> Change | None:
    """What was said about the same thing after the state that a writer has seen; None when nothing was.

    Args:
        state: the case now.
        seen: number of the last entry that the writer saw; None when he did not say.
        about: `verdict` or the code of a question.
    """
    if seen is None:
        return None
    return next(
        (item for item in reversed(state.changes) if item.about == about and item.number > seen), None
    )


def refused_draft(draft: Draft, newer: Change) -> Draft:
    """What was written without having seen a newer change, kept so that no text is lost."""
    why = f"written without having seen entry {newer.number}"
    return Draft(Kind.REFUSED, {**draft.facts, "why": why, "newer": newer.number})
