"""Finds the files to read below the paths that the user named."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from magistrate.errors import UsageError
from magistrate.sources.containers import plain_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Input:
    """One path to read, with the label it goes by; with a problem it is named and not read."""

    path: Path
    label: str
    problem: str | None = None


def find_inputs(paths: Sequence[Path]) -> list[Input]:
    """Every file below the paths, sorted by label, each once; a path that does not exist with its problem.

    Raises:
        UsageError: none of the paths exists.
    """
    found: dict[Path, Input] = {}
    missing: list[tuple[Path, str]] = []
    for path in paths:
        try:
            mode = path.stat().st_mode  # a link that the user names is followed
        except OSError as error:
            missing.append((path, error.strerror or "not found"))
            continue
        if stat.S_ISDIR(mode):
            for item in _walk(path, Path(path.name)):
                found.setdefault(item.path.absolute(), item)
        else:
            problem = None if stat.S_ISREG(mode) else "It is not a plain file; only plain files are read."
            found.setdefault(path.absolute(), Input(path, plain_label(path.name), problem))
    if missing and not found:
        path, why = missing[0]
        raise UsageError(f"There is nothing to read ({why}).", location=str(path), hint="Check the path.")
    for path, why in missing:  # the rest of the run goes on; the loss is counted and shown
        problem = f"There is nothing to read ({why}). Check the path."
        found.setdefault(path.absolute(), Input(path, plain_label(path.name), problem))
    return _with_distinct_labels(sorted(found.values(), key=lambda item: (item.label, str(item.path))))


def _with_distinct_labels(inputs: list[Input]) -> list[Input]:
    """Files of the same name from different folders get their folder's name, or a number, in front."""
    count = Counter(item.label for item in inputs)
    taken: Counter[str] = Counter()
    distinct = []
    for item in inputs:
        label = item.label
        if count[label] > 1:
            label = plain_label(f"{item.path.absolute().parent.name}/{label}")
        taken[label] += 1
        distinct.append(replace(item, label=label if taken[label] == 1 else f"{label}#{taken[label]}"))
    return sorted(distinct, key=lambda item: (item.label, str(item.path)))


def _walk(folder: Path, label: Path) -> Iterator[Input]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        name = label / entry.name
        path = folder / entry.name
        if entry.is_symlink():
            yield Input(
                path, plain_label(name.as_posix()), "It is a link; links in folders are not followed."
            )
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(path, name)
        elif entry.is_file(follow_symlinks=False):
            yield Input(path, plain_label(name.as_posix()))
        else:
            yield Input(
                path, plain_label(name.as_posix()), "It is not a plain file; only plain files are read."
            )
