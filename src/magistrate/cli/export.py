"""`magistrate export`: a finished case in the form that a person or another system takes."""

from __future__ import annotations

import hashlib
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.case_folder import MARKER, read_finished
from magistrate.cli.case_options import note_export
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from magistrate.report.export_formats import ExportFormat
    from magistrate.report.shift import OpenCase


@click.command("export")
@click.argument("cases", metavar="CASE...", nargs=-1, type=click.Path(path_type=Path, file_okay=False))
@click.option("--format", "name", metavar="FORMAT", help="What to make; --list names every format.")
@options.output_file()
@click.option(
    "--raw", is_flag=True, help="Tables with cells as recorded: a spreadsheet may run what stands in one."
)
@click.option("--yes", is_flag=True, help="Answer the question of --raw with yes.")
@click.option("--force", is_flag=True, help="Replace the file of -o.")
@click.option("--list", "list_formats", is_flag=True, help="List the formats and stop.")
def command(
    cases: tuple[Path, ...],
    name: str | None,
    output: Path | None,
    *,
    raw: bool,
    yes: bool,
    force: bool,
    list_formats: bool,
) -> int:
    """Give out a case as a note, a table, a bundle or a ticket.

    CASE is the folder of a finished case, or a folder that holds several; only the format handover takes more than
    one. Everything comes from the verdict in the case folder, which may be from another person: it is checked first.
    Passwords are masked, times are UTC, and the same case gives the same bytes.
    """
    from magistrate.report.export_formats import find_formats

    formats = find_formats()
    if list_formats:
        _list(formats.values())
        return 0
    if name not in formats:
        raise UsageError(
            f"there is no format {name}." if name else "no format was named.",
            hint=f"Use --format with one of {', '.join(formats)}.",
        )
    _check_output(cases, output, force=force)
    folders = _case_folders(cases)
    data = _made(formats[name], folders, raw=raw, yes=yes, output=output)
    content = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
    if output is None:
        _print(data)
        return 0
    _write(content, output)
    for folder in folders:
        note_export(folder, {output.name: hashlib.sha256(content).hexdigest()})
    return 0


def _list(formats: Iterable[ExportFormat]) -> None:
    """Name and meaning of each format, wrapped to the width of the terminal."""
    width = max(40, min(shutil.get_terminal_size((80, 24)).columns, 110))
    for item in formats:
        for line in textwrap.wrap(
            item.title, width, initial_indent=f"{item.name:<16} ", subsequent_indent=" " * 17
        ):
            click.echo(line)


def _made(
    wanted: ExportFormat, folders: Sequence[Path], *, raw: bool, yes: bool, output: Path | None
) -> str | bytes:
    """The export itself."""
    from magistrate.report.read_view import read_view

    if raw and wanted.render_raw is None:
        raise UsageError(f"the format {wanted.name} has no raw form.", hint="Leave --raw away.")
    if wanted.render_cases is not None:
        return wanted.render_cases([_open_case(folder) for folder in folders])
    if len(folders) != 1 or wanted.render is None:
        raise UsageError(
            f"the format {wanted.name} takes one case, {len(folders)} were named.",
            hint="Name the folder of one case.",
        )
    view = read_view(folders[0])
    if not raw or wanted.render_raw is None:
        return wanted.render(view)
    _ask_for_raw(output, yes=yes)
    return wanted.render_raw(view)


def _ask_for_raw(output: Path | None, *, yes: bool) -> None:
    if output is None and sys.stdout.isatty():
        raise UsageError("raw cells may hold control characters.", hint="Name a file with -o.")
    question = (
        "Cells come from the attacker, and a spreadsheet may run them as formulas. Write them as recorded?"
    )
    if not yes and not (sys.stdin.isatty() and click.confirm(question, err=True)):
        raise UsageError("raw cells were not asked for twice.", hint="Add --yes, or leave --raw away.")


def _case_folders(paths: Sequence[Path]) -> list[Path]:
    """The case folders named, or those inside a folder named, without repeats, in the order of their names."""
    found: dict[Path, None] = {}
    for path in paths:
        inside = (
            [path] if (path / MARKER).is_file() else sorted(item.parent for item in path.glob(f"*/{MARKER}"))
        )
        if not inside:
            read_finished(path)  # says what is wrong with it
        found.update(dict.fromkeys(inside))
    if not found:
        raise UsageError("no case was named.", hint="Name the folder of a case.")
    for folder in found:
        read_finished(folder)
    return list(found)


def _open_case(folder: Path) -> OpenCase:
    from magistrate.report.read_view import read_view
    from magistrate.report.shift import OpenCase

    view = read_view(folder)
    closed = view.disposition.startswith("CLOSE") or view.disposition == "NOT-OBSERVED"
    return OpenCase(folder=folder.resolve().name, view=view, closed=closed)


def _check_output(cases: Sequence[Path], output: Path | None, *, force: bool) -> None:
    """Make sure that nothing of a case and no other file is overwritten by accident."""
    if output is None:
        return
    where = output.resolve()
    if any(where.is_relative_to(case.resolve()) and (case / MARKER).is_file() for case in cases):
        raise UsageError(
            "an export is not written into a case folder.",
            location=str(output),
            hint="Name another place with -o.",
        )
    if output.exists() and not force:
        raise UsageError(
            "a file of that name exists.",
            location=str(output),
            hint="Use --force to replace it, or name another with -o.",
        )


def _write(content: bytes, output: Path) -> None:
    from magistrate.report.write import write_bytes

    if not output.parent.is_dir():
        raise UsageError("that folder does not exist.", location=str(output.parent), hint="Make it first.")
    write_bytes(output, content)
    options.say(f"written: {output}")


def _print(data: str | bytes) -> None:
    if isinstance(data, str):
        sys.stdout.write(data)
    elif sys.stdout.isatty():
        raise UsageError("this format is not for a terminal.", hint="Name a file with -o.")
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
