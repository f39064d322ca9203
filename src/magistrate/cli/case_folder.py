"""The case folder: made anew, never taken over from something that is not a case."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magistrate.errors import SchemaVersionError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SCHEMA = "magistrate.case/1"
MARKER = "case.json"
EVENTS = "events"  # a test holds it in step with the investigation


@dataclass(frozen=True, slots=True)
class CaseOptions:
    """What is kept of how a case was made; nothing that differs between machines for the same evidence."""

    inputs: tuple[str, ...]
    context: str | None
    window_from: str | None
    window_to: str | None


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


def prepare(folder: Path, options: CaseOptions, *, version: str, replace: bool) -> None:
    """Make an empty case, or empty an old one.

    Only what a case is known to hold is removed; anything else in the folder stays.

    Raises:
        UsageError: something is there that is not a case, or is a case and `replace` is False.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError("a file of that name exists.", location=str(folder), hint="Name a folder with -o.")
    if folder.is_dir() and any(folder.iterdir()):
        _check_is_case(folder)
        if not replace:
            raise UsageError(
                "a case is already there.",
                location=str(folder),
                hint="Use --force to replace it, or name another folder with -o.",
            )
        _empty(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark(folder, options, version=version, complete=False)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"the case folder cannot be made: {reason}.", location=str(folder), hint="Name another with -o."
        ) from error


def mark(folder: Path, options: CaseOptions, *, version: str, complete: bool) -> None:
    """Write `case.json`, by which a folder is known to be a case."""
    from magistrate.report.plain import plain
    from magistrate.report.write import write_text

    facts = {"schema": SCHEMA, "magistrate": version, "complete": complete, "options": plain(options)}
    write_text(folder / MARKER, json.dumps(facts, sort_keys=True, indent=2) + "\n")


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


def _empty(folder: Path) -> None:
    from magistrate.report.write import find_exporters

    shutil.rmtree(folder / EVENTS, ignore_errors=True)
    for name in (*(exporter.FILE for exporter in find_exporters()), MARKER):
        (folder / name).unlink(missing_ok=True)
