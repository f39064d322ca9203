"""`magistrate detect`: rules over logs, without a case and without a verdict."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.options import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.report.hunt_view import HuntView
    from magistrate.sigma.model import RuleSet, RuleTime
    from magistrate.sources.base import Intake

NARROWEST = 60
WIDEST = 110
_LOSSES_SHOWN = 10
_TITLE = 300


@click.command("detect")
@options.logs()
@options.sigma("Sigma rules: a file, or a folder with all below it. May be given more than once.")
@click.option(
    "--builtin/--no-builtin",
    default=True,
    show_default=True,
    help="Whether the signals that ship with Magistrate are tried, and other products' alerts listed.",
)
@click.option(
    "--min-level",
    type=click.Choice(["informational", "low", "medium", "high", "critical"]),
    default="informational",
    show_default=True,
    help="Leave out what is below; a rule that states no level counts as medium.",
)
@options.output_format(
    "table",
    "jsonl",
    "csv",
    text="table for people, jsonl for programs (one object a line), csv for spreadsheets (one row a hit).",
)
@options.jobs()
@click.option(
    "--no-cache",
    is_flag=True,
    help="Compile the rules anew instead of using what was compiled of the same rules before.",
)
@click.option(
    "--time",
    "timed",
    is_flag=True,
    help="Name the Sigma rules whose own tests took the most CPU time, on standard error.",
)
@options.output_file()
def command(
    logs: tuple[Path, ...],
    sigma: tuple[Path, ...],
    builtin: bool,
    min_level: str,
    output_format: str,
    jobs: int,
    no_cache: bool,
    timed: bool,
    output: Path | None,
) -> None:
    """Try Sigma rules and the built-in signals on logs, and list the hits.

    LOGS are files, folders or archives, as for `magistrate investigate`. Rules are run as they were published.
    Those that could not be evaluated are named on standard error with the reason: their silence means nothing.
    """
    from magistrate.errors import SourceError, UsageError

    if not sigma and not builtin:
        raise UsageError("there is nothing to try.", hint="Give --sigma DIR, or leave out --no-builtin.")
    if not any(path.exists() for path in logs):
        raise UsageError("there is nothing to read.", location=str(logs[0]), hint="Check the path.")
    rules = _load(sigma, cached=not no_cache)
    with tempfile.TemporaryDirectory(prefix="magistrate-detect-") as folder:
        events = Path(folder) / "events"  # not the folder itself: intake works beside it
        view, intake = _hunt(
            logs, events, rules, builtin=builtin, min_level=min_level, jobs=jobs, timed=timed
        )
    _write(view, output_format, output)
    _say_losses(intake)
    from magistrate.report.hunt_formats import silent_lines

    for line in silent_lines(view):
        click.echo(f"magistrate: {line}", err=True)
    if not intake.records_loaded:
        raise SourceError("no record could be loaded.", hint="The reasons are named above.")


def _load(paths: Sequence[Path], *, cached: bool) -> RuleSet | None:
    if not paths:
        return None
    from magistrate.sigma import load_rules
    from magistrate.store.rule_cache import user_rule_cache

    say("reading rules")
    return load_rules(paths, cache=user_rule_cache() if cached else None)


def _hunt(
    logs: Sequence[Path],
    folder: Path,
    rules: RuleSet | None,
    *,
    builtin: bool,
    min_level: str,
    jobs: int,
    timed: bool,
) -> tuple[HuntView, Intake]:
    """Take logs into a folder that is thrown away, and try everything on them."""
    from magistrate.detections.signal_pack import signal_rules
    from magistrate.detections.signals import find_signals
    from magistrate.report.hunt_view import build_hunt
    from magistrate.sigma import match_rules
    from magistrate.sigma.hits import read_hits
    from magistrate.sources.base import IntakeOptions
    from magistrate.sources.collect import collect
    from magistrate.store.duckdb import DuckDBStore

    say("reading logs")
    folder.mkdir()
    intake = collect(logs, folder, IntakeOptions(jobs=jobs, keep_all=rules is not None), say)
    with DuckDBStore.open(folder) as store:
        say("trying rules")
        signals = find_signals(store) if builtin else ()
        clock = time.process_time if timed else None
        matches = match_rules(store, rules, clock=clock) if rules is not None else None
        _say_times(matches.times if matches else ())
        view = build_hunt(
            signals,
            matches,
            lambda ids: read_hits(store, ids),
            records=intake.records_loaded,
            evaluated=len(signal_rules()) if builtin else 0,
            min_level=min_level,
        )
    return view, intake


def _write(view: HuntView, output_format: str, output: Path | None) -> None:
    from magistrate.report import hunt_formats
    from magistrate.report.write import write_text

    if output_format == "csv":
        text = hunt_formats.csv_text(view)
    elif output_format == "jsonl":
        text = "".join(f"{line}\n" for line in hunt_formats.jsonl(view))
    else:
        width = max(NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, WIDEST))
        text = "".join(f"{line}\n" for line in hunt_formats.table(view, width))
    if output:
        write_text(output, text)
    else:
        sys.stdout.write(text)


def _say_times(times: Sequence[RuleTime]) -> None:
    from magistrate.report.defuse import for_terminal

    for one in times:
        text = for_terminal(f"{one.rule.title} ({one.rule.path}:{one.rule.line})", _TITLE)
        click.echo(f"magistrate: {one.seconds:8.3f} s CPU: {text}", err=True)


def _say_losses(intake: Intake) -> None:
    """What could not be read, on stderr: a rule cannot match it."""
    for issue in intake.issues[:_LOSSES_SHOWN]:
        say(f"{issue.file}: {issue.reason}")
    if len(intake.issues) > _LOSSES_SHOWN:
        say(
            f"{len(intake.issues) - _LOSSES_SHOWN} more remarks on the evidence; `magistrate investigate` lists them all."
        )
