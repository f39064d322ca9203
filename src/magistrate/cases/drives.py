"""Tells when a case lies where locks or durable writes may not hold: network drives, synced and folding folders."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOUNTS = Path("/proc/self/mountinfo")
_COLUMNS = ["kind", "name", "why", "source"]
_KINDS = frozenset({"network", "synced"})
_ESCAPE = re.compile(r"\\([0-7]{3})")  # a blank in a mount point is written \040


@dataclass(frozen=True, slots=True)
class Drive:
    """A kind of place that is not safe for a case: by its file system, or by the name of a folder on the way."""

    kind: str
    name: str
    why: str


@cache
def known_drives() -> tuple[Drive, ...]:
    """The table of such places.

    Raises:
        ValueError: the table is not as it should be.
    """
    text = resources.files("magistrate.cases").joinpath("drives.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    names = [row["name"] for row in rows]
    if len(set(names)) != len(names) or any(
        list(row) != _COLUMNS or not all(row.values()) or row["kind"] not in _KINDS for row in rows
    ):
        raise ValueError("drives.csv: a row is incomplete, of another kind, or there twice")
    return tuple(Drive(row["kind"], row["name"], row["why"]) for row in rows)


def drive_remarks(folder: Path, mounts: Path = MOUNTS) -> Iterator[str]:
    """Say what about the place of a case could cost a write or a lock; nothing on a disk of this machine.

    Args:
        folder: the case, which exists.
        mounts: the list of mounts of the system; without one, only names are judged.
    """
    place = folder.resolve()
    system = _file_system(place, mounts)
    words = {part.casefold() for part in place.parts}
    for drive in known_drives():
        if drive.kind == "network" and drive.name == system:
            yield f"the case lies on a network drive ({system}): {drive.why}"
        if drive.kind == "synced" and any(_names(word, drive.name) for word in words):
            yield f"the case lies in a synced folder ({drive.name}): {drive.why}"
    if _folds_case(place):
        yield "the folder does not tell upper from lower case: do not keep two cases apart by that"


def _names(word: str, name: str) -> bool:
    """A sync service names its folder after itself, with an account behind a dash."""
    return word == name or word.startswith((f"{name} -", f"{name}-"))


def _file_system(place: Path, mounts: Path) -> str:
    """Type of the file system that a folder lies on; empty when the system does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:  # no such list on this system
        return ""
    best, found = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = Path(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        if place.is_relative_to(point) and len(point.parts) >= best:  # of equal ones the last is on top
            best, found = len(point.parts), right.split(" ")[0]
    return found


def _folds_case(place: Path) -> bool:
    """Whether a file of the folder is also there under another case."""
    for path in sorted(place.iterdir())[:20]:
        other = path.with_name(path.name.swapcase())
        if other.name != path.name:
            try:
                return other.samefile(path)
            except OSError:
                return False
    return False
