"""`magistrate case note|answer|override|approve|close`: what people say about a case."""

from __future__ import annotations

import json
import sys
from pathlib import Path  # noqa: TC003 - part of the runtime type of an argument
from typing import TYPE_CHECKING, Any

import rich_click as click

from magistrate.cli.case_lock import locked
from magistrate.cli.case_options import (
    LOCK_WAIT_SECONDS,
    author,
    by_option,
    case_argument,
    change_options,
    whole_record,
)
from magistrate.cli.options import say
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.cases.entries import Draft, Entry
    from magistrate.cases.opinions import Wanted
    from magistrate.cases.record import Author
    from magistrate.cases.state import State


@click.command("note")
@case_argument()
@click.argument("text")
@click.option(
    "--evidence",
    metavar="EVIDENCE-ID",
    help="The record that the note is about; its first digits are enough.",
)
@by_option()
def note_command(case: Path, text: str, evidence: str | None, by: str | None) -> None:
    """Add a note to a case, or to one of its records.

    TEXT is kept as typed; `-` reads it from standard input. A note is never changed: add another one.
    """
    from magistrate.cases.evidence import find_evidence
    from magistrate.cases.opinions import note_draft

    writer = author(by)
    whole_record(case)
    draft = note_draft(_read_text(text), find_evidence(case, evidence) if evidence else None)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        _say_entry("noted", _append(case, draft, writer))


@click.command("answer")
@case_argument()
@click.argument("question")
@click.argument("answer")
@change_options()
def answer_command(case: Path, question: str, answer: str, **said: Any) -> None:
    """Answer a question otherwise than the program does, or where it cannot.

    QUESTION is a code such as Q1, ANSWER is YES, NO, UNKNOWN or CONFLICT. Both answers are kept and shown. Where a
    decisive finding carries the program's answer, a second person has to agree.
    """
    _change(case, question.upper(), answer.upper(), said)


@click.command("override")
@case_argument()
@click.argument("disposition")
@change_options()
def override_command(case: Path, disposition: str, **said: Any) -> None:
    """Give another verdict than the program.

    DISPOSITION is ESCALATE-INCIDENT, ESCALATE-REVIEW, HOLD-DATA, CLOSE-BENIGN, CLOSE-TEST, CLOSE-FALSE or MERGE. Both
    verdicts are kept and shown. What lowers a case with a decisive finding, or lets a case close that the rules do
    not let close, waits until another person runs `magistrate case approve`.
    """
    _change(case, "verdict", disposition.upper(), said)


@click.command("approve")
@case_argument()
@click.argument("entry", type=int)
@click.option("--no", "denied", is_flag=True, help="Do not agree; --because is needed.")
@click.option("--because", metavar="TEXT", default="", help="Why; `-` reads it from standard input.")
@by_option()
def approve_command(case: Path, entry: int, denied: bool, because: str, by: str | None) -> None:
    """Agree, as a second person, to a change that waits.

    ENTRY is the number of the change. Whoever made it cannot agree to it, however the name is written.
    """
    from magistrate.cases.opinions import approval_draft

    writer = author(by)
    text = _read_text(because)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        draft = approval_draft(_state(case), entry, by=writer.name, agrees=not denied, text=text)
        _say_entry("not agreed" if denied else "agreed", _append(case, draft, writer))


@click.command("close")
@case_argument()
@click.option(
    "--because",
    metavar="TEXT",
    default="",
    help="What else should be known; `-` reads it from standard input.",
)
@by_option()
def close_command(case: Path, because: str, by: str | None) -> None:
    """Close a case, when the rules let it close or an override with a second person does.

    The files of the case are checked first. Another investigation in the folder, another answer or another verdict
    opens the case again.
    """
    from magistrate.cases.files import file_faults
    from magistrate.cases.opinions import close_draft

    writer = author(by)
    text = _read_text(because)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        draft = close_draft(_state(case), text)
        if fault := next(file_faults(case, whole_record(case)), None):
            raise UsageError(
                f"the case is not as it was left: {fault}.",
                location=str(case),
                hint="Run 'magistrate case verify'; a case is closed only on what was decided on.",
            )
        _say_entry(f"closed as {draft.facts['disposition']}", _append(case, draft, writer))


def _change(case: Path, about: str, analyst: str, said: dict[str, Any]) -> None:
    """Write a verdict or an answer; one that was written without having seen a newer one is kept but refused."""
    from magistrate.cases.opinions import change_draft, later_change, refused_draft

    writer = author(said["by"])
    wanted = _wanted(case, about, analyst, said)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        state = _state(case)
        draft = change_draft(state, wanted, _proposal(case, wanted, writer))
        if newer := later_change(state, said["seen"], about):
            kept = _append(case, refused_draft(draft, newer), writer)
            raise UsageError(
                f"entry {newer.number} by {newer.by} is newer than what you saw: {newer.analyst} because "
                f"{newer.facts['because']} Yours is kept as entry {kept.number} and is not in force: "
                f"{draft.facts['because']}",
                hint=f"Look at both, then repeat with --seen {kept.number}.",
            )
        entry = _append(case, draft, writer)
    _say_entry(f"tool: {draft.facts['tool']} / analyst: {analyst}", entry)
    if draft.facts["second_person"]:
        say(f"not in force before another person runs: magistrate case approve CASE {entry.number} --by NAME")
    if (proposal := draft.facts.get("proposal")) and "none" not in proposal:
        say("a register entry is proposed in 'magistrate case show'; it is not in force.")


def _wanted(case: Path, about: str, analyst: str, said: dict[str, Any]) -> Wanted:
    from magistrate.cases.evidence import find_evidence
    from magistrate.cases.opinions import Contact, Reason, Wanted

    whole_record(case)
    moment: datetime | None = said["contact_time"]
    parts = (said["contact"], said["channel"], moment)
    if any(parts) and not all(parts):
        raise UsageError("a contact needs --contact, --channel and --contact-time.")
    contact = (
        Contact(said["contact"], said["channel"], moment.isoformat(), said["known_number"])
        if moment
        else None
    )
    return Wanted(
        about=about,
        analyst=analyst,
        reason=Reason(said["reason"]),
        because=_read_text(said["because"]),
        evidence=find_evidence(case, said["evidence"]) if said["evidence"] else None,
        contact=contact,
        reference=said["reference"],
    )


def _proposal(case: Path, wanted: Wanted, writer: Author) -> dict[str, Any] | None:
    from magistrate.cases.proposal import register_proposal

    try:
        verdict = json.loads((case / "verdict.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # `verify` says so; a change does not wait for it
        return None
    return register_proposal(verdict, wanted, writer.clock())


def _state(case: Path) -> State:
    from magistrate.cases.state import read_state

    return read_state(whole_record(case).entries)


def _append(case: Path, draft: Draft, writer: Author) -> Entry:
    from magistrate.cases.record import append

    return append(case, [draft], writer)[-1]


def _read_text(text: str) -> str:
    """The text itself, or standard input when it is `-`."""
    return sys.stdin.read() if text == "-" else text


def _say_entry(what: str, entry: Entry) -> None:
    say(f"{what}: entry {entry.number}, head {entry.hash[:16]}")
