"""`magistrate learn`: what is usual, from clean logs or from cases closed as benign."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.options import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from magistrate.context.model import Context
    from magistrate.history.model import History, Learned
    from magistrate.store.base import Store

CLOSED = "CLOSE-BENIGN"
MIN_REASON = 20
"""Letters that a person has to write to name logs clean, as for an override (triage practice 2.7)."""


@click.command("learn")
@click.argument("logs", metavar="LOGS|CASE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "history",
    metavar="HISTORY",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The history file; it is made, or extended when it is there.",
)
@click.option(
    "--clean",
    metavar="REASON",
    help="Who says that LOGS are clean, and why; needed for logs, at least 20 letters.",
)
@options.context("What the site knows; the responders it names are left out of the history.")
@options.jobs()
def command(
    logs: tuple[Path, ...], history: Path, clean: str | None, context: Path | None, jobs: int
) -> None:
    """Learn what is usual from clean logs or from cases closed as benign.

    Each argument is a case folder, or logs as `magistrate investigate` takes them. A case counts only when it was
    closed as benign; logs count only with --clean. The history keeps counts for each account, source, host and
    command shape with their days and times, and never what a command said beyond its shape. Learning the same
    thing twice changes nothing.

    Give the file to `magistrate investigate --history`.
    """
    from magistrate.context.load import load_context
    from magistrate.context.model import Context as Site
    from magistrate.errors import UsageError
    from magistrate.history.file import read_history, write_history
    from magistrate.history.model import History, merge

    missing = next((path for path in logs if not path.exists()), None)
    if missing is not None:
        raise UsageError("there is nothing to read.", location=str(missing), hint="Check the path.")
    cases = [path for path in logs if (path / "case.json").is_file()]
    plain = [path for path in logs if path not in cases]
    if plain and len((clean or "").strip()) < MIN_REASON:
        raise UsageError(
            "logs are learned only when somebody names them clean.",
            location=str(plain[0]),
            hint=f"Add --clean with who says so and why, at least {MIN_REASON} letters.",
        )
    site = load_context(context) if context else Site()
    known = read_history(history).history if history.exists() else History()
    for case in cases:
        known = merge(known, _from_case(case, site))
    if plain:
        known = merge(known, _from_logs(plain, (clean or "").strip(), site, jobs))
    write_history(known, history)
    _print(known, history)


def _from_case(case: Path, site: Context) -> History:
    """What a case holds.

    Raises:
        UsageError: the case was not closed as benign, or is not finished.
    """
    from magistrate.errors import UsageError
    from magistrate.history.model import Learned
    from magistrate.investigation import EVENTS_FOLDER
    from magistrate.store.duckdb import DuckDBStore

    try:
        verdict = json.loads((case / "verdict.json").read_text(encoding="utf-8"))
        disposition = str(verdict["disposition"])
        files = [str(item["sha256"]) for item in verdict["intake"]["files"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "the case is not finished.", location=str(case), hint="Run `magistrate investigate` to its end."
        ) from error
    if disposition != CLOSED:
        raise UsageError(
            f"the case ended as {disposition}, and only cases closed as benign are learned.",
            location=str(case),
            hint=f"Learn cases that ended as {CLOSED}, or the logs of a clean time with --clean.",
        )
    with DuckDBStore.open(case / EVENTS_FOLDER) as store:
        learned = Learned(case.name, "case", disposition, None, None, len(files), _digest(files))
        return _learned(store, site, learned)


def _from_logs(paths: Sequence[Path], reason: str, site: Context, jobs: int) -> History:
    from magistrate.history.model import Learned
    from magistrate.sources.base import IntakeOptions
    from magistrate.sources.collect import collect
    from magistrate.store.duckdb import DuckDBStore

    with tempfile.TemporaryDirectory(prefix="magistrate-learn-") as folder:
        events = Path(folder) / "events"
        intake = collect(paths, events, IntakeOptions(jobs=jobs), say)
        label = ", ".join(sorted(path.name for path in paths))
        files = [item.sha256 for item in intake.files if item.loaded]
        with DuckDBStore.open(events) as store:
            learned = Learned(label, "logs", reason, None, None, len(files), _digest(files))
            return _learned(store, site, learned)


def _learned(store: Store, site: Context, source: Learned) -> History:
    from dataclasses import replace

    from magistrate.activity.run import examine
    from magistrate.history.learn import learn
    from magistrate.history.model import History

    found = learn(store, examine(store, site), site)
    return History(found.rows, (replace(source, first=found.first, last=found.last),))


def _digest(hashes: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def _print(known: History, path: Path) -> None:
    from magistrate.report.defuse import for_terminal
    from magistrate.report.wording import count

    kinds = {kind: [row for row in known.rows if row.kind == kind] for kind in ("act", "account", "logon")}
    hosts = {row.host for row in known.rows if row.host}
    span = f"{known.first:%Y-%m-%d} to {known.last:%Y-%m-%d}" if known.first and known.last else "no time"
    accounts = {row.account_sid or row.account for row in kinds["account"]}
    acts = sum(row.number for row in kinds["act"])
    click.echo(
        for_terminal(
            f"{path.name}: {span}, {count(len(hosts), 'host')}, {count(len(accounts), 'account')},"
            f" {count(acts, 'act')} of WMI, {count(sum(row.number for row in kinds['logon']), 'network logon')}."
        )
    )
    for source in known.sources:
        click.echo(for_terminal(f"- {source.kind} {source.label}: {source.why}", limit=400))
