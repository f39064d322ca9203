"""`magistrate investigate`: from logs to a decision."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate import __version__
from magistrate.cli import options
from magistrate.cli.case_folder import (
    MARKER,
    CaseOptions,
    check_apart,
    check_takeable,
    default_folder_name,
    mark,
    marker_text,
    prepare,
)
from magistrate.cli.case_lock import locked
from magistrate.cli.case_options import author
from magistrate.cli.options import UtcTime, say
from magistrate.cli.passwords import read_passwords

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.report.view import View

EXIT_CODES = {"ESCALATE-INCIDENT": 30, "ESCALATE-REVIEW": 20, "HOLD-DATA": 10}


@click.command("investigate")
@options.logs()
@click.option(
    "-o",
    "--output",
    "case",
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="Folder for the case; ./magistrate-case-<id> when omitted.",
)
@click.option(
    "--name",
    metavar="LABEL",
    help="What people call a new case; it is known by its id. The folder's name when omitted.",
)
@options.context("What the site knows: known-good register, assets, hours, tickets (YAML).")
@click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What earlier clean logs taught (made by `magistrate learn`): answers whether this is usual.",
)
@click.option(
    "--alert",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The alert (JSON or YAML): what it claims is held against the raw records.",
)
@options.sigma(
    "Sigma rules, a file or a folder with all below it; their hits count as signals. May be given more than once."
)
@click.option(
    "--intel",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Known values to compare, offline: CSV, STIX 2.1 or MISP export. May be given more than once.",
)
@click.option(
    "--from",
    "window_from",
    metavar="T",
    type=UtcTime(),
    help="Judge no record before this time; ISO 8601, UTC unless it has a zone.",
)
@click.option(
    "--to", "window_to", metavar="T", type=UtcTime(), help="Judge no record after this time; as --from."
)
@click.option(
    "--triage-start",
    metavar="T",
    type=UtcTime(),
    help="When triage began, as --from: the deadline of a held case counts from it; from reading when omitted.",
)
@click.option(
    "--zone",
    metavar="NAME",
    help="Time zone of times that name none, such as Europe/Berlin or +09:00; UTC when omitted.",
)
@options.jobs()
@options.output_format("table", "json", "md", text="What is printed: a summary, verdict.json or report.md.")
@click.option(
    "--recover",
    is_flag=True,
    help="Also read records in slack, outside the area that a log calls used; labelled, and never deciding alone.",
)
@click.option(
    "--password-file",
    "password_file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Passwords to try on locked archives, one a line; they are not kept or shown.",
)
@click.option(
    "--force",
    is_flag=True,
    help="Replace the case that is in the folder. Evidence that is unchanged is not read again.",
)
@click.option("--no-cache", is_flag=True, help="Read all evidence again, also what the case holds already.")
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit with the decision: 0 closed or not observed, 10 hold, 20 review, 30 incident.",
)
def command(
    logs: tuple[Path, ...],
    case: Path | None,
    name: str | None,
    context: Path | None,
    history: Path | None,
    alert: Path | None,
    sigma: tuple[Path, ...],
    intel: tuple[Path, ...],
    window_from: datetime | None,
    window_to: datetime | None,
    triage_start: datetime | None,
    zone: str | None,
    jobs: int,
    output_format: str,
    recover: bool,
    password_file: Path | None,
    force: bool,
    no_cache: bool,
    exit_code: bool,
) -> int:
    """Examine Windows logs and decide on a WMI alert.

    LOGS are files, folders or archives, mixed; their type is found by content. Evidence is opened read-only.
    The case folder gets verdict.json, report.md, report.html and timeline.csv.
    """
    from magistrate.cases.drives import drive_remarks
    from magistrate.cases.runs import CaseKeeper
    from magistrate.claims.read import read_alert
    from magistrate.context.load import load_context
    from magistrate.errors import SourceError, UsageError
    from magistrate.history.file import read_history
    from magistrate.intel.lists import load_lists
    from magistrate.investigation import Options, investigate
    from magistrate.report import wording
    from magistrate.report.build import build_view
    from magistrate.report.write import write_reports
    from magistrate.sources.times import zone_named

    if window_from and window_to and window_from >= window_to:
        raise UsageError("--from is not before --to.", hint="Give the earlier time to --from.")
    if zone:
        zone_named(zone)  # a wrong name must not cost the case that --force would replace
    if context and not context.is_file():
        raise UsageError("there is no such context file.", location=str(context), hint="Check --context.")
    if context:
        load_context(context)  # a wrong file must not cost the case that --force would replace
    if history:
        read_history(history)  # as above
    if alert:
        read_alert(alert, zone)  # as above
    load_lists(intel)  # as above
    for path in sigma:
        if not path.exists():  # before the case folder is made, as below
            raise UsageError("there are no such rules.", location=str(path), hint="Check --sigma.")
    if not any(path.exists() for path in logs):  # before the case folder is made
        raise UsageError("there is nothing to read.", location=str(logs[0]), hint="Check the path.")
    folder = case or Path(default_folder_name(logs))
    check_apart(logs, folder)
    kept = CaseOptions(
        inputs=tuple(sorted(path.name or str(path) for path in logs)),
        context=context.name if context else None,
        window_from=window_from.isoformat() if window_from else None,
        window_to=window_to.isoformat() if window_to else None,
        history=history.name if history else None,
        sigma=tuple(sorted(path.name for path in sigma)),
        zone=zone,
        recover=recover,
        alert=alert.name if alert else None,
        intel=tuple(sorted(path.name for path in intel)),
    )
    chosen = Options(
        context_path=context,
        history_path=history,
        sigma_paths=sigma,
        intel_paths=intel,
        window_from=window_from,
        window_to=window_to,
        triage_start=triage_start,
        alert_path=alert,
        jobs=jobs,
        zone=zone,
        resumable=True,
        recover=recover,
        passwords=read_passwords(password_file) if password_file else (),
    )
    check_takeable(folder, kept, replace=force)  # before a lock is put into a folder that may not be ours
    with locked(folder):
        keeper = CaseKeeper(folder, chosen, author(None), name or folder.name)
        keeper.check()  # before --force takes anything away
        prepare(folder, kept, version=__version__, replace=force, anew=no_cache)
        keeper.begin()
        for remark in drive_remarks(folder):
            say(remark)
        found = investigate(logs, folder, chosen, say)
        view = keeper.decided(found, build_view(found))
        _say_losses(view)
        written = write_reports(view, folder)
        last = keeper.reported(written, {MARKER: marker_text(kept, version=__version__, complete=True)})
        mark(folder, kept, version=__version__, complete=True)
    print_view(view, folder, output_format)
    say(f"recorded as {last}")
    if not view.intake.loaded:
        raise SourceError(
            f"no record could be loaded from {wording.count(len(view.intake.files), 'file')}.",
            hint="The report names the reason for each file.",
        )
    return EXIT_CODES.get(view.disposition, 0) if exit_code else 0


_LOSSES_SHOWN = 10
_GO_ON = "Export the log again, or go on: coverage shows the gap."


def _say_losses(view: View) -> None:
    """One sentence on stderr for each file, chunk or record that could not be read; the report has them all."""
    issues = view.intake.issues
    for issue in issues[:_LOSSES_SHOWN]:
        say(f"{issue.file}: {issue.reason.rstrip('.')}. {issue.hint or _GO_ON}")
    if len(issues) > _LOSSES_SHOWN:
        say(f"{len(issues) - _LOSSES_SHOWN} more remarks on the evidence are in the report.")


def print_view(view: View, folder: Path, output_format: str) -> None:
    """Print a case to stdout in the chosen format."""
    if output_format == "table":
        from magistrate.report.terminal import print_summary

        print_summary(view, folder)
        return
    from magistrate.report.exporters import markdown, verdict_json

    text = verdict_json.render(view) if output_format == "json" else markdown.render(view)
    sys.stdout.write(text)
