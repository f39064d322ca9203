"""Loads a playbook for use; the first problem stops it (see `check` to collect all of them)."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from magistrate.errors import PlaybookError
from magistrate.playbooks.reading import read_folder

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from magistrate.playbooks.model import Playbook


def playbook_names() -> tuple[str, ...]:
    """Names of the playbooks that come with Magistrate, sorted."""
    root = resources.files(__package__)
    return tuple(sorted(e.name for e in root.iterdir() if e.is_dir() and (e / "playbook.yml").is_file()))


def playbook_folder(technique: str | Path) -> Traversable:
    """The folder of a playbook.

    Args:
        technique: a name such as `t1047` in any case, or a path to a folder.

    Raises:
        PlaybookError: there is no such playbook.
    """
    if isinstance(technique, Path):
        if not technique.is_dir():
            raise PlaybookError(
                "There is no such playbook folder.", location=str(technique), hint="Check the path."
            )
        return technique
    name = technique.lower()
    if not re.fullmatch(r"t[0-9]{4}(_[0-9]{3})?", name) or name not in playbook_names():
        known = ", ".join(playbook_names())
        raise PlaybookError(f"There is no playbook named {technique!r}.", hint=f"Known: {known}.")
    return resources.files(__package__) / name


def load_playbook(technique: str | Path) -> Playbook:
    """Load a playbook.

    Args:
        technique: a name such as `t1047`, or a path to a playbook folder.

    Raises:
        PlaybookError: the playbook does not exist or one of its files is wrong; names file, line and key.
    """
    return _load_bundled(technique.lower()) if isinstance(technique, str) else _load(technique)


@cache
def _load_bundled(name: str) -> Playbook:
    """A bundled playbook; it cannot change, so it is read once."""
    return _load(name)


def _load(technique: str | Path) -> Playbook:
    reading = read_folder(playbook_folder(technique))
    playbook = reading.playbook()
    if playbook is None or reading.problems:
        first = min(reading.problems, key=lambda problem: problem.order)
        rest = len(reading.problems) - 1
        more = f" {rest} more problems: run `magistrate playbook check`." if rest else ""
        key = f"{first.key}: " if first.key else ""
        raise PlaybookError(
            f"{key}{first.message}", location=first.location, hint=f"{first.hint}{more}".strip()
        )
    return playbook
