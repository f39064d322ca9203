"""`magistrate show`: one cited record, defused for the terminal."""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from magistrate.cli import options
from magistrate.cli.case_folder import EVENTS, read_finished
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from magistrate.store.base import Row, Store, Value

_ID = re.compile(r"[0-9a-f]{4,16}")
_WHERE = (
    "file",
    "file_sha256",
    "locator",
    "Channel",
    "Provider",
    "EventID",
    "RecordId",
    "Computer",
    "Timestamp",
)
_LIMIT = 4_000_000  # characters of one raw line; more than any record that intake accepts


@click.command("show")
@click.argument("case", type=click.Path(path_type=Path, file_okay=False))
@click.argument("evidence_id", metavar="EVIDENCE-ID")
@options.output_format("table", "json", text="json prints the stored values exactly, with escapes.")
@click.option(
    "--evidence",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where the evidence lies now, a file or a folder: a record that the case does not cite is read again from it.",
)
def command(case: Path, evidence_id: str, output_format: str, evidence: Path | None) -> int:
    """Show one record: where it lies and what it says.

    CASE is the folder of a case, EVIDENCE-ID an id that a report cites; its first digits are enough. The case keeps
    the text of all records that it cites; that of any other record of an event log is read from the evidence. Control
    characters are shown as escapes; passwords are not masked here.
    """
    wanted = evidence_id.strip().lower()
    if not _ID.fullmatch(wanted):
        raise UsageError(
            "an evidence id is 4 to 16 hexadecimal digits.",
            location=evidence_id,
            hint="Copy one from a report of the case.",
        )
    read_finished(case)
    from magistrate.store.duckdb import DuckDBStore

    store = DuckDBStore.open(case / EVENTS)
    try:
        found = _find(store, wanted, case)
        event = next(iter(_rows(store, "event", str(found["evidence_id"]))), None)
    finally:
        store.close()
    record = dict(event or found)
    record["raw"], source = _raw_text(case, record, evidence)
    if output_format == "json":
        sys.stdout.write(json.dumps({name: _json(value) for name, value in record.items()}, indent=2) + "\n")
    else:
        _print_record(record, source)
    return 0


def _find(store: Store, wanted: str, case: Path) -> Row:
    """The slim row of the record.

    Raises:
        UsageError: no record, or more than one, has such an id.
    """
    sql = "SELECT * FROM record WHERE evidence_id LIKE :pattern ORDER BY evidence_id, file, locator"
    rows = store.query(sql, {"pattern": f"{wanted}%"}, name="show")
    ids = sorted({str(row["evidence_id"]) for row in rows})
    if not ids:
        raise UsageError(
            f"no record has the id {wanted}.", location=str(case), hint="Copy one from a report of this case."
        )
    if len(ids) > 1:
        raise UsageError(
            f"{len(ids)} records have ids that start so.",
            location=wanted,
            hint=f"Give more digits: {', '.join(ids[:4])}.",
        )
    return rows[0]


def _rows(store: Store, table: str, evidence_id: str) -> list[Row]:
    sql = f"SELECT * FROM {table} WHERE evidence_id = :id"  # noqa: S608 - the table is one of two constants
    return store.query(sql, {"id": evidence_id}, name="show")


def _json(value: Value) -> str | int | float | bool | None:
    return value.isoformat() if isinstance(value, datetime) else value


def _raw_text(case: Path, record: dict[str, Value], evidence: Path | None) -> tuple[str | None, str]:
    """The raw text of a record and where it comes from; what to do when there is none."""
    from magistrate.report.kept_records import read_cited
    from magistrate.sources.reread import files_below, place_of, read_again

    locator, sha256 = str(record["locator"]), str(record["file_sha256"])
    kept = read_cited(case, str(record["evidence_id"]))
    if kept is None and place_of(locator) is None:
        raw = record.get("raw")
        kept = raw if isinstance(raw, str) else None
    if kept is not None:
        return kept, "raw record, kept in the case:"
    if evidence is None:
        return (
            None,
            "The case does not cite this record, so its text is not kept: name the evidence with --evidence.",
        )
    found = read_again({sha256: {locator}}, files_below(evidence, sha256)).get((sha256, locator))
    if found is None:
        return None, "Nothing there has the SHA-256 of the file that was read, so its text cannot be shown."
    return found, "raw record, read again from the evidence, whose SHA-256 is as above:"


def _print_record(record: dict[str, Value], source: str) -> None:
    from magistrate.report.defuse import for_terminal

    def line(name: str, value: Value) -> str:
        hexadecimal = f" ({value:#x})" if name.endswith("LogonId") and isinstance(value, int) else ""
        return f"{name:<22} {for_terminal(str(_json(value)), _LIMIT)}{hexadecimal}"

    raw = record.pop("raw", None)
    lines = [line("evidence id", record.pop("evidence_id"))]
    lines += [line(name, record.pop(name)) for name in _WHERE if record.get(name) is not None]
    lines += [line(name, value) for name, value in record.items() if value is not None]
    lines += ["", source]
    if isinstance(raw, str):
        lines += [for_terminal(part, _LIMIT) for part in raw.splitlines()]
    for text in lines:
        click.echo(text)
