"""`magistrate case export|import|report`: a case for another person, and reports with what people said."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from magistrate.cli.case_lock import locked
from magistrate.cli.case_options import LOCK_WAIT_SECONDS, author, by_option, case_argument, whole_record
from magistrate.cli.options import say


@click.command("export")
@case_argument()
@click.option(
    "-o",
    "--output",
    "output",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The zip file to write, outside the case.",
)
@click.option(
    "--no-events",
    "no_events",
    is_flag=True,
    help="Leave the event store out; the verdict can then not be made once more from the bundle.",
)
@by_option()
def export_command(case: Path, output: Path, no_events: bool, by: str | None) -> None:
    """Write a case into one file with the hash of everything in it and the head of its record.

    The same case gives the same bytes. The evidence is not in it; its hashes are.
    """
    from magistrate.cases.bundle import write_bundle
    from magistrate.cases.entries import Draft, Kind
    from magistrate.cases.record import append

    writer = author(by)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        whole_record(case)
        facts = {"to": output.name, "events": not no_events}
        entry = append(case, [Draft(Kind.EXPORT, facts)], writer)[-1]
        sha256 = write_bundle(case, output, events=not no_events)
    say(f"exported as entry {entry.number}, head {entry.hash}")
    click.echo(f"{sha256}  {output.name}")


@click.command("import")
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "-o",
    "--output",
    "output",
    metavar="CASE",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder for the case.",
)
def import_command(bundle: Path, output: Path) -> None:
    """Open a bundle of another person as a case.

    Every file is compared with the manifest, the record is checked, and nothing that the bundle brings along is run.
    What it says is still what its sender says: compare the head with one that reached you in another way.
    """
    from magistrate.cases.bundle import open_bundle
    from magistrate.errors import UsageError

    if not bundle.is_file():
        raise UsageError("there is no such bundle.", location=str(bundle), hint="Check the path.")
    found = open_bundle(bundle, output)
    say(f"{found.case}: {len(found.files)} files as announced, {found.entries} entries")
    click.echo(f"Head {found.head}")


@click.command("report")
@case_argument()
@by_option()
def report_command(case: Path, by: str | None) -> None:
    """Write the reports anew, with what people said since.

    The verdict is made once more from the event store and must be the recorded one; `verdict.json` stays the same.
    """
    from magistrate.cases.rewrite import rewrite_reports

    writer = author(by)
    with locked(case, wait_seconds=LOCK_WAIT_SECONDS):
        whole_record(case)
        entry = rewrite_reports(case, writer)
    say(f"reports written as entry {entry.number}, head {entry.hash[:16]}")
