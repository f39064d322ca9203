"""Turns the state of a case into what reports show of people: their changes, their notes, and the stamp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.cases.state import VERDICT, Change, Standing, State
from magistrate.redaction import mask_secrets
from magistrate.report.human_view import HumanChangeView, HumanNoteView, HumanView

if TYPE_CHECKING:
    from magistrate.cases.entries import Entry


def human_view(state: State, stamp: str = "") -> HumanView:
    """What people said about a case; passwords in their texts are masked as everywhere in shared reports."""
    verdict = state.in_force(VERDICT)
    return HumanView(
        case_id=state.case_id,
        label=_masked(state.label),
        state=state_words(state),
        verdict=verdict.analyst if verdict else None,
        changes=tuple(_change(item) for item in state.changes),
        notes=tuple(_note(entry) for entry in state.notes),
        stamp=stamp,
    )


def stamp_line(state: State, utc: str) -> str:
    """The one line of a report that ties it to the record: what can be compared with the head later."""
    return f"Case {state.case_id}, record entry {state.version}, head {state.head}, written {utc[:19]}Z"


def state_words(state: State) -> str:
    """Whether a case is open, in words."""
    if state.closed:
        facts = state.closed.facts
        return f"closed as {facts.get('disposition')} by {state.closed.by} at {state.closed.utc[:19]}Z"
    if not state.complete:
        return "not complete: an investigation runs or was stopped"
    waiting = len(state.waiting())
    return f"open, {waiting} waiting for a second person" if waiting else "open"


def sentence(change: Change) -> str:
    """A change in the words of triage practice 2.7."""
    because = change.facts.get("because", "")
    return f"tool: {change.tool} / analyst: {change.analyst} because {because}"


def basis(facts: dict[str, Any]) -> str:
    """What a change rests on, in words."""
    if evidence := facts.get("evidence"):
        return f"record {evidence}"
    contact = facts.get("contact") or {}
    return (
        f"{contact.get('who', '')} by {contact.get('channel', '')} at {contact.get('utc', '')}, known number"
        if contact
        else "nothing named"
    )


def _change(change: Change) -> HumanChangeView:
    facts = change.facts
    return HumanChangeView(
        number=change.number,
        about=change.about,
        tool=change.tool,
        analyst=change.analyst,
        reason=str(facts.get("reason", "")),
        because=_masked(str(facts.get("because", ""))),
        basis=_masked(basis(facts)),
        evidence_id=facts.get("evidence"),
        by=change.by,
        utc=change.utc,
        state=change.standing.value,
        in_force=change.standing is Standing.IN_FORCE,
        second=change.second,
    )


def _note(entry: Entry) -> HumanNoteView:
    facts = entry.facts
    text = _masked(str(facts.get("text", "")))
    return HumanNoteView(entry.number, entry.by, entry.utc, text, facts.get("evidence"))


def _masked(text: str) -> str:
    return mask_secrets(text)[0]
