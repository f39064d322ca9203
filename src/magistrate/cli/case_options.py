"""Arguments that the commands below `magistrate case` share, and how they open a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

if TYPE_CHECKING:
    from collections.abc import Callable

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
    from magistrate.cases.opinions import checked_name
    from magistrate.cases.record import Author

    return Author(checked_name(by or system_user()), utc_now)


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
