"""Arguments that the commands below `magistrate case` share, and how they open a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from magistrate.cli.case_lock import locked
from magistrate.cli.options import UtcTime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from magistrate.cases.record import Author, Record

    Decorator = Callable[[Any], Any]

LOCK_WAIT_SECONDS = 5.0


def case_argument() -> Decorator:
    """`CASE`: the folder of a case."""
    return click.argument("case", type=click.Path(path_type=Path, file_okay=False))


def by_option() -> Decorator:
    """`--by NAME`; the command gets it as `by`, None when omitted."""
    return click.option("--by", metavar="NAME", help="Who says so; the user of this system when omitted.")


def author(by: str | None) -> Author:
    """Who writes, and the clock of this system.

    Raises:
        UsageError: the name cannot stand in a record.
    """
    from magistrate.cases.clock import system_user, utc_now
    from magistrate.cases.people import checked_name
    from magistrate.cases.record import Author

    system = checked_name(system_user())
    return Author(checked_name(by or system), utc_now, system)


def note_export(case: Path, files: Mapping[str, str], by: str | None = None) -> None:
    """Note in the record of a case that something left it; nothing is noted in a case without a record.

    Args:
        case: the folder of the case.
        files: SHA-256 by name of what was written, none of it in the case.
        by: who wrote it; the user of this system when None.

    Raises:
        UsageError: another process holds the case.
        StoreError: the record was changed, or the disk refused.
    """
    from magistrate.cases.entries import Draft, Kind
    from magistrate.cases.record import append, has_record

    if has_record(case):
        with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
            append(case, [Draft(Kind.EXPORT, {"left": dict(files)})], author(by))


def whole_record(case: Path) -> Record:
    """The record of a case, when it is as it was left.

    Raises:
        UsageError: the folder is no case, or has no record.
        StoreError: the record was changed.
    """
    from magistrate.cases.record import read_record
    from magistrate.cli.case_folder import read_marker
    from magistrate.errors import StoreError

    read_marker(case)
    record = read_record(case)
    if record.faults:
        raise StoreError(
            f"the record of this case is not as it was left: {record.faults[0]}.",
            location=str(case),
            hint="Run 'magistrate case verify' for all of it, and restore the folder from a copy.",
        )
    return record


_REASONS = (
    "LOCAL-KNOWLEDGE",
    "OWNER-CONFIRMED",
    "TICKET",
    "BAD-PARSE",
    "DUPLICATE",
    "LEAD-DIRECTION",
    "OTHER",
)


def change_options() -> Decorator:
    """The options of a change by a person: why, on what it rests, by whom, and which state he has seen."""
    chosen = (
        click.option(
            "--reason",
            required=True,
            type=click.Choice(_REASONS, case_sensitive=False),
            help="Why it differs.",
        ),
        click.option(
            "--because",
            metavar="TEXT",
            required=True,
            help="What is known and how, 20 characters at least; `-` reads it from standard input.",
        ),
        click.option(
            "--evidence", metavar="EVIDENCE-ID", help="The record it rests on; its first digits are enough."
        ),
        click.option("--contact", metavar="NAME", help="Name or role of somebody who was asked."),
        click.option("--channel", metavar="TEXT", help="How he was asked, such as phone."),
        click.option(
            "--contact-time", "contact_time", metavar="T", type=UtcTime(), help="When he was asked."
        ),
        click.option(
            "--known-number",
            "known_number",
            is_flag=True,
            help="He was reached in a way known before the alert, not by answering the account in question.",
        ),
        click.option(
            "--reference", metavar="ID", help="The ticket, or the case that a duplicate belongs to."
        ),
        click.option(
            "--seen",
            metavar="N",
            type=int,
            help="The version that `magistrate case show` printed: refused, and kept, when somebody was faster.",
        ),
        by_option(),
    )

    def decorate(function: Any) -> Any:
        for option in reversed(chosen):
            function = option(function)
        return function

    return decorate
