"""`magistrate coverage`: what a set of logs could show, before any incident."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate import __version__
from magistrate.cli import options
from magistrate.cli.options import UtcTime, say

if TYPE_CHECKING:
    from datetime import datetime


@click.command("coverage")
@options.logs()
@click.option(
    "--at",
    "moment",
    metavar="T",
    type=UtcTime(),
    help="Judge what was recorded around this time; the whole of the logs when omitted.",
)
@options.context("What the site knows; its asset list tells roles that logs do not show (YAML).")
@options.jobs()
@options.output_format("table", "json", "md", text="json follows the published schema magistrate.coverage/1.")
def command(
    logs: tuple[Path, ...], moment: datetime | None, context: Path | None, jobs: int, output_format: str
) -> int:
    """Say what logs could and could not show, and what opens the rest.

    LOGS are files, folders or archives, mixed. Nothing is decided and no case is kept: useful before any incident.
    For each host: channels with holes and silences, capabilities with their proof and the setting that opens them,
    signs of a cut recording, clocks, names, the questions that could be answered, and commands to collect the rest.
    """
    from magistrate.context.load import load_context
    from magistrate.context.model import Context
    from magistrate.errors import SourceError, UsageError
    from magistrate.investigation import survey_logs
    from magistrate.report.coverage_formats import render_json, render_markdown
    from magistrate.report.coverage_report import build_coverage_report
    from magistrate.report.coverage_terminal import print_coverage

    if context and not context.is_file():
        raise UsageError("there is no such context file.", location=str(context), hint="Check --context.")
    if not any(path.exists() for path in logs):
        raise UsageError("there is nothing to read.", location=str(logs[0]), hint="Check the path.")
    site = load_context(context) if context else Context()
    with tempfile.TemporaryDirectory(prefix="magistrate-coverage-") as folder:
        found, intake = survey_logs(logs, Path(folder), site, moment=moment, jobs=jobs, progress=say)
    inputs = tuple(path.name or str(path) for path in logs)
    report = build_coverage_report(found, intake, inputs, site.source, __version__)
    if output_format == "table":
        print_coverage(report)
    else:
        sys.stdout.write(render_json(report) if output_format == "json" else render_markdown(report))
    if not report.intake.loaded:
        raise SourceError(
            f"no record could be loaded from {len(report.intake.files)} files.",
            hint="The report names the reason for each file.",
        )
    return 0
