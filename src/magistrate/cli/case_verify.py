"""`magistrate case verify`: is the case what it was when it was written."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.case_options import case_argument
from magistrate.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.cases.verify import Verification

_HEAD = re.compile(r"[0-9a-f]{16,64}")


@click.command("verify")
@case_argument()
@click.option(
    "--head",
    metavar="HASH",
    help="A head that was printed or noted down earlier, 16 digits at least: finds entries cut off the end.",
)
@click.option(
    "--anchor",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file with heads of this case, made by --write-anchor; each must be in the record.",
)
@click.option(
    "--write-anchor",
    "write_anchor",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add the head to this file when the case is sound; keep it where no editor of the case can write.",
)
@click.option(
    "--evidence",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where the evidence lies now, when it was moved; found by content.",
)
@click.option(
    "--quick", is_flag=True, help="Do not make the verdict once more; the rest takes less than a second."
)
@options.output_format("table", "json")
def verify_command(
    case: Path,
    head: str | None,
    anchor: Path | None,
    write_anchor: Path | None,
    evidence: Path | None,
    quick: bool,
    output_format: str,
) -> int:
    """Check that a case is what it was when it was written.

    Checks the chain of entries and names the first bad one, the reports and the event store, the evidence where it is
    there, and makes the verdict once more. The exit code is 5 when anything is not as it was left.
    """
    from magistrate.cases import anchors
    from magistrate.cases.record import read_record
    from magistrate.cases.verify import verify
    from magistrate.cli.case_folder import read_marker

    read_marker(case)
    heads = [head.lower()] if head else []
    if any(not _HEAD.fullmatch(item) for item in heads):
        raise UsageError(
            "a head is 16 to 64 hexadecimal digits.", location=head, hint="Copy it from a report."
        )
    heads += anchors.read_anchors(anchor, read_record(case).case_id) if anchor else []
    found = verify(case, heads=tuple(heads), evidence=evidence, recompute=not quick)
    if output_format == "json":
        from magistrate.report.plain import plain

        sys.stdout.write(json.dumps({**plain(found), "sound": not found.faults}, indent=2) + "\n")
    else:
        for line in _lines(found):
            click.echo(line)
    if found.faults:
        return StoreError.exit_code
    if write_anchor:
        anchors.add_anchor(write_anchor, found)
    return 0


def _lines(found: Verification) -> Iterator[str]:
    from magistrate.report.defuse import for_terminal

    for check in found.checks:
        mark = "FAULT" if check.faults else "ok"
        yield for_terminal(f"{mark:<6} {check.name:<9} {check.said if not check.faults else ''}".rstrip())
        yield from (for_terminal(f"       {fault}", 1_000) for fault in check.faults)
        yield from (for_terminal(f"       note: {remark}", 1_000) for remark in check.remarks)
    yield ""
    yield for_terminal(
        f"Case {found.case_id or 'without a readable id'}: {'NOT as it was left' if found.faults else 'sound'}"
    )
    if found.head and not found.faults:
        yield f"Head {found.head} (entry {found.entries}): note it down to find a cut end later"
