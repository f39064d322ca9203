"""`magistrate case note`: what a person adds to a case."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - part of the runtime type of an argument

import rich_click as click

from magistrate.cli.case_lock import locked
from magistrate.cli.case_options import LOCK_WAIT_SECONDS, author, by_option, case_argument, whole_record
from magistrate.cli.options import say


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
    from magistrate.cases.record import append

    writer = author(by)
    whole_record(case)
    draft = note_draft(read_text(text), find_evidence(case, evidence) if evidence else None)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        entry = append(case, [draft], writer)[-1]
    say(f"noted as entry {entry.number}, head {entry.hash[:16]}")


def read_text(text: str) -> str:
    """The text itself, or standard input when it is `-`."""
    return sys.stdin.read() if text == "-" else text
