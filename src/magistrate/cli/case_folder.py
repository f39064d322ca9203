"""The case folder: made anew or gone on with, never taken over from something that is not a case.

`case.json` is there from the first moment and says `complete` only when everything else lies on the disk.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magistrate.cli.case_lock import LOCK
from magistrate.errors import SchemaVersionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEMA = "magistrate.case/1"
MARKER = "case.json"
EVENTS = "events"  # tests hold these two in step with the investigation
INTAKE = "intake"


@dataclass(frozen=True, slots=True)
class CaseOptions:
    """What is kept of how a case was made; nothing that differs between machines for the same evidence."""

    inputs: tuple[str, ...]
    context: str | None
    window_from: str | None
    window_to: str | None
    history: str | None = None
    zone: str | None = None
    sigma: tuple[str, ...] = ()
    recover: bool = False
    alert: str | None = None
    intel: tuple[str, ...] = ()


def default_folder_name(paths: Sequence[Path]) -> str:
    """`magistrate-case-` and eight digits that the same inputs give again."""
    names = "\0".join(sorted(str(path.absolute()) for path in paths))
    return f"magistrate-case-{hashlib.blake2b(names.encode('utf-8', 'surrogateescape'), digest_size=4).hexdigest()}"


def check_apart(paths: Sequence[Path], folder: Path) -> None:
    """Make sure that neither lies inside the other.

    Raises:
        UsageError: writing the case would change a folder of evidence, or the evidence lies in the case.
    """
    case = folder.resolve()
    for path in paths:
        evidence = path.resolve()
        if case.is_relative_to(evidence) or evidence.is_relative_to(case):
            raise UsageError(
                "the case folder and the evidence lie inside each other, and evidence is never written to.",
                location=str(folder),
                hint="Name another folder with -o.",
            )


def prepare(folder: Path, options: CaseOptions, *, version: str, replace: bool, anew: bool = False) -> None:
    """Make an empty case, go on with one that was not finished, or empty an old one.

    Only the reports of an old case are removed. What was read of the evidence stays for intake, which uses what
    is unchanged; so does what a case is not known to hold.

    Args:
        folder: the folder of the case.
        options: how the case is made.
        version: of this program.
        replace: whether a finished case, or one of other evidence, may go.
        anew: whether what was read of the evidence goes as well.

    Raises:
        UsageError: something is there that is not a case, or is a case and `replace` is False.
    """
    check_takeable(folder, options, replace=replace)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark(folder, options, version=version, complete=False)  # before anything goes: a kill leaves a case
        _empty(folder, anew=anew)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"the case folder cannot be made: {reason}.", location=str(folder), hint="Name another with -o."
        ) from error


def check_takeable(folder: Path, options: CaseOptions, *, replace: bool) -> None:
    """Make sure that a case may be made in the folder.

    Raises:
        UsageError: something is there that is not a case, or is a case and `replace` is False.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError("a file of that name exists.", location=str(folder), hint="Name a folder with -o.")
    if not folder.is_dir() or _is_as_new(folder):
        return
    _check_is_case(folder)
    facts = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    if replace:
        return
    if facts.get("complete") is not False:
        raise UsageError(
            "a case is already there.",
            location=str(folder),
            hint="Use --force to replace it, or name another folder with -o.",
        )
    known = facts.get("options")
    if not isinstance(known, dict) or known.get("inputs") != list(options.inputs):
        raise UsageError(
            "an unfinished case of other evidence is there.",
            location=str(folder),
            hint="Use --force to replace it, or name another folder with -o.",
        )


def mark(folder: Path, options: CaseOptions, *, version: str, complete: bool) -> None:
    """Write `case.json`, by which a folder is known to be a case."""
    from magistrate.report.write import write_text

    write_text(folder / MARKER, marker_text(options, version=version, complete=complete))


def marker_text(options: CaseOptions, *, version: str, complete: bool) -> str:
    """The text of `case.json`."""
    from magistrate.report.plain import plain

    facts = {"schema": SCHEMA, "magistrate": version, "complete": complete, "options": plain(options)}
    return json.dumps(facts, sort_keys=True, indent=2) + "\n"


def read_marker(folder: Path) -> dict[str, Any]:
    """The content of `case.json`.

    Raises:
        UsageError: the folder is no case.
        SchemaVersionError: the case was made by a version that stores cases in another way.
    """
    _check_is_case(folder)
    facts: dict[str, Any] = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    if facts["schema"] != SCHEMA:
        raise SchemaVersionError(
            f"the case is of schema {facts['schema']}, this version reads {SCHEMA}.",
            location=str(folder),
            hint="Investigate the evidence again, or use the version that made it.",
        )
    return facts


def read_finished(folder: Path) -> dict[str, Any]:
    """The content of `case.json` of a case that was finished.

    Raises:
        UsageError: the folder is no case, or its making was stopped.
        SchemaVersionError: the case was made by a version that stores cases in another way.
    """
    facts = read_marker(folder)
    if facts.get("complete") is not True:
        raise UsageError(
            "the case is not complete: it is still being made, or making it was stopped.",
            location=str(folder),
            hint="Run the same 'magistrate investigate' with this folder again; what was read already is used.",
        )
    return facts


def _is_as_new(folder: Path) -> bool:
    """True when the folder holds at most what a kill at the very first step leaves behind."""
    from magistrate.report.write import aside_name

    return {path.name for path in folder.iterdir()} <= {LOCK, aside_name(MARKER)}


def _check_is_case(folder: Path) -> None:
    try:
        facts = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        known = isinstance(facts, dict) and str(facts.get("schema", "")).startswith("magistrate.case/")
    except (OSError, ValueError):
        known = False
    if not known:
        raise UsageError(
            "this folder is not a case of Magistrate; nothing in it was touched.",
            location=str(folder),
            hint="Name the folder of a case.",
        )


def _empty(folder: Path, *, anew: bool) -> None:
    from magistrate.report.kept_records import CITED_FILE
    from magistrate.report.write import aside_name, find_exporters

    for name in (CITED_FILE, *(exporter.FILE for exporter in find_exporters())):
        (folder / name).unlink(missing_ok=True)
        (folder / aside_name(name)).unlink(missing_ok=True)
    (folder / aside_name(MARKER)).unlink(missing_ok=True)
    if anew:
        shutil.rmtree(folder / EVENTS, ignore_errors=True)
        shutil.rmtree(folder / INTAKE, ignore_errors=True)
