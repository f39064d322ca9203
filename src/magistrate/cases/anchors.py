"""Heads noted down outside the case: the only thing that finds a cut end once the seal was rewritten with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from magistrate.errors import ExportError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from magistrate.cases.verify import Verification

_MOST_BYTES = 8 << 20


def read_anchors(path: Path, case_id: str) -> list[str]:
    """The heads in an anchor file: one JSON object a line with `case`, `entries` and `head`.

    Args:
        path: the file.
        case_id: the case whose heads are wanted.

    Raises:
        UsageError: the file cannot be read, is of another form, or knows no such case.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(
                "the anchor file is larger than 8 MiB.", location=str(path), hint="Check the path."
            )
        lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
        heads = [str(item["head"]) for item in lines if item["case"] == case_id]
    except OSError as error:
        raise UsageError(
            f"the anchor file cannot be read: {error.strerror or error}.",
            location=str(path),
            hint="Check the path.",
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(
            "this is no anchor file.", location=str(path), hint="Make one with --write-anchor."
        ) from error
    if not heads:
        raise UsageError(
            f"the anchor file has no head of {case_id or 'this case'}: the record may have been replaced.",
            location=str(path),
            hint="Check that it is the file of this case.",
        )
    return heads


def add_anchor(path: Path, found: Verification) -> None:
    """Add the head of a sound case as one more line.

    Raises:
        ExportError: the file cannot be written.
    """
    line = json.dumps({"case": found.case_id, "entries": found.entries, "head": found.head}, sort_keys=True)
    try:
        with path.open("a", encoding="ascii", newline="\n") as file:
            file.write(f"{line}\n")
    except OSError as error:
        raise ExportError(
            f"the anchor file cannot be written: {error.strerror or error}.",
            location=str(path),
            hint="Name a file in another folder.",
        ) from error
