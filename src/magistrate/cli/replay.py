"""`magistrate replay`: an old case with the playbook of today, beside what was decided then."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.case_folder import read_finished
from magistrate.cli.case_lock import locked
from magistrate.cli.case_options import LOCK_WAIT_SECONDS, author, by_option, case_argument, whole_record
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.cases.replay import Difference, Replay

CHANGED = 1
WIDEST = 110
_LONGEST = 400  # characters of one side; the whole is in the JSON


@click.command("replay")
@case_argument()
@options.context(
    "What the site knows today; the file that the case was made with, as it is now, when omitted."
)
@click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The learned history of today; as --context.",
)
@click.option(
    "--write",
    "write",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the verdict of today to this file, outside the case.",
)
@options.output_format("text", "json", text="text for people, json with all differences in full.")
@by_option()
def command(
    case: Path,
    context: Path | None,
    history: Path | None,
    write: Path | None,
    output_format: str,
    by: str | None,
) -> int:
    """Decide an old case once more as of today, and say what changed.

    CASE is the folder of a case. Its event store is read and must be as it was written; the evidence is not needed.
    Verdict and reports of the case stay as they are; its record gets an entry with both verdicts. The exit code is 0
    when decision, rules, answers and findings are the same, and 1 when any of them changed.
    """
    from magistrate.cases.files import text_digest
    from magistrate.cases.record import append
    from magistrate.cases.replay import replay
    from magistrate.report.exporters import verdict_json
    from magistrate.report.plain import plain
    from magistrate.report.write import write_text

    read_finished(case)
    if write is not None:
        _check_outside(case, write)
    writer = author(by)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        found, view = replay(case, whole_record(case), context, history)
        draft = found.draft()
        if write is not None:
            text = verdict_json.render(view)
            write_text(write, text)
            draft.facts["left"] = {write.name: text_digest(text)}
        entry = append(case, [draft], writer)[-1]
    if output_format == "json":
        sys.stdout.write(json.dumps({**plain(found), "changed": found.changed}, indent=2) + "\n")
    else:
        width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
        for line in _lines(found, width):
            click.echo(line)
    options.say(f"recorded as entry {entry.number}, head {entry.hash[:16]}")
    return CHANGED if found.changed else 0


def _check_outside(case: Path, path: Path) -> None:
    if path.resolve().is_relative_to(case.resolve()):
        raise UsageError(
            "the verdict of today is not written into the case.",
            location=str(path),
            hint="Name a file outside of it with --write.",
        )
    if not path.absolute().parent.is_dir():
        raise UsageError("there is no such folder.", location=str(path.parent), hint="Check --write.")


def _lines(found: Replay, width: int) -> Iterator[str]:
    def wrapped(text: str, first: str = "", rest: str = "  ") -> Iterator[str]:
        from magistrate.report.defuse import for_terminal

        yield from textwrap.wrap(
            for_terminal(text, 2 * _LONGEST), max(width, 40), initial_indent=first, subsequent_indent=rest
        )

    if found.before_disposition == found.after_disposition:
        yield from wrapped(f"{found.after_disposition} as before")
    else:
        yield from wrapped(f"{found.before_disposition} then, {found.after_disposition} today")
    about = ""
    for item in found.differences:
        if item.about != about:
            about = item.about
            yield ""
            yield about[:1].upper() + about[1:]
        yield from wrapped(_said(item), "  ", "    ")
    if not found.differences:
        yield from wrapped("The same decision, rules, answers and findings.")
    yield ""
    yield "What went into it"
    for cause in found.causes:
        state = {True: "the same", False: "CHANGED", None: "unknown"}[cause.same]
        sides = "" if cause.same else f": {cause.before[:16]} then, {cause.after[:16]} today"
        yield from wrapped(f"{cause.what:<9} {state}{sides}", "  ", "    ")


def _said(item: Difference) -> str:
    before, after = (None if side is None else side[:_LONGEST] for side in (item.before, item.after))
    if before is None:
        return f"{item.name} new: {after}"
    if after is None:
        return f"{item.name} gone: {before}"
    return f"{item.name} {before} -> {after}"
