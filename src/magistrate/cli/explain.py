"""`magistrate explain`: how a verdict came about, down to records."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.case_folder import EVENTS, read_finished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.report.explain import Step

WIDEST = 110
_LONGEST = 600  # characters of one line; the whole is in verdict.json


@click.command("explain")
@click.argument("case", type=click.Path(path_type=Path, file_okay=False))
@click.argument("item", required=False)
@options.output_format("text", "json", text="text for people, json with steps that nest.")
def command(case: Path, item: str | None, output_format: str) -> int:
    """Say how a verdict came about, down to records.

    CASE is the folder of a case, ITEM a question (Q1, E3), a rule (R5), a finding by id or its code (D2); without it
    the whole chain is told: decision, rule, findings or answers, records. A code without a finding is told as well:
    which condition failed. Everything is read from the case folder.
    """
    from magistrate.errors import UsageError
    from magistrate.playbooks.load import load_playbook
    from magistrate.report.explain import explain
    from magistrate.report.explain_near_miss import why_nothing
    from magistrate.report.plain import plain
    from magistrate.store.duckdb import DuckDBStore

    read_finished(case)
    try:
        verdict = json.loads((case / "verdict.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            "the verdict of this case cannot be read.",
            location=str(case),
            hint="Investigate the evidence again.",
        ) from error
    with DuckDBStore.open(case / EVENTS) as store:
        playbook = load_playbook(verdict["playbook"])
        step = explain(verdict, playbook, item, lambda indicator: why_nothing(store, indicator))
    if output_format == "json":
        sys.stdout.write(json.dumps(plain(step), indent=2) + "\n")
        return 0
    width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
    for line in _lines(step, width):
        click.echo(line)
    return 0


def _lines(step: Step, width: int, depth: int = 0) -> Iterator[str]:
    """A step and what it rests on, indented, no line wider than the terminal."""
    from magistrate.report.defuse import for_terminal

    pad = "  " * depth
    for text, first, rest in (
        (step.title, pad, pad + "  "),
        *((line, pad + "  - ", pad + "    ") for line in step.lines),
    ):
        yield from textwrap.wrap(
            for_terminal(text, _LONGEST), max(width, 40), initial_indent=first, subsequent_indent=rest
        )
    for other in step.rests_on:
        yield from _lines(other, width, depth + 1)
