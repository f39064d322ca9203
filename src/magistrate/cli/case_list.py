"""`magistrate case list`: the cases below a folder."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import rich_click as click

from magistrate.cli import options
from magistrate.errors import MagistrateError

_DEEP = 3  # folders below ROOT that are looked into


@dataclass(frozen=True, slots=True)
class _Row:
    folder: str
    case_id: str
    label: str
    state: str
    tool: str
    analyst: str


@click.command("list")
@click.argument("root", required=False, default=".", type=click.Path(path_type=Path, file_okay=False))
@options.output_format("table", "json")
def list_command(root: Path, output_format: str) -> None:
    """List the cases below a folder with their state and both verdicts.

    ROOT is the current folder when omitted. Labels that read alike are marked: a case is known by its id.
    """
    rows = [_row(folder, root) for folder in _cases(root, _DEEP)]
    if output_format == "json":
        from magistrate.report.plain import plain

        sys.stdout.write(json.dumps([plain(row) for row in rows], indent=2) + "\n")
        return
    from magistrate.report.defuse import for_terminal

    alike = Counter(label for label, _ in {(_folded(row.label), row.case_id) for row in rows})
    copies = Counter(row.case_id for row in rows if row.case_id)
    for row in rows:
        verdict = f"{row.tool} / {row.analyst}" if row.analyst else row.tool
        click.echo(for_terminal(f"{row.case_id or '-':<22} {verdict:<18} {row.state}", 200))
        mark = " (another case has such a label)" if alike[_folded(row.label)] > 1 else ""
        mark += " (a copy of this case is there too)" if copies[row.case_id] > 1 else ""
        click.echo(for_terminal(f"  {row.folder}  {row.label}{mark}", 1_000))
    if not rows:
        click.echo("no case here", err=True)


def _cases(folder: Path, deep: int) -> list[Path]:
    if (folder / "case.json").is_file():
        return [folder]
    if not deep or not folder.is_dir():
        return []
    below = sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    return [case for path in below if not path.name.startswith(".") for case in _cases(path, deep - 1)]


def _row(folder: Path, root: Path) -> _Row:
    from magistrate.cases.human import state_words
    from magistrate.cases.record import read_record
    from magistrate.cases.state import VERDICT, read_state

    name = str(folder.relative_to(root)) if folder != root else str(folder)
    try:
        record = read_record(folder)
    except MagistrateError as error:
        return _Row(name, "", "", error.message, "", "")
    if record.faults:
        return _Row(name, record.case_id, "", f"NOT as it was left: {record.faults[0]}", "", "")
    state = read_state(record.entries)
    change = state.in_force(VERDICT)
    tool = state.verdict.disposition if state.verdict else "not decided"
    return _Row(name, state.case_id, state.label, state_words(state), tool, change.analyst if change else "")


def _folded(label: str) -> str:
    return unicodedata.normalize("NFKC", label).casefold().strip()
