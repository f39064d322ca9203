"""Techniques and tactics out of the tags that rules and products give: `attack.t1047`, `T1021.006`, `Execution`."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SUBJECT = "T1047"
"""The technique under examination: a rule on it alone is no sign of another one."""
_TECHNIQUE = re.compile(r"(?<![A-Za-z0-9])T\d{4}(?:\.\d{3})?(?![0-9])", re.IGNORECASE | re.ASCII)


@cache
def tactics() -> dict[str, str]:
    """Our word for each ATT&CK tactic tag.

    Raises:
        ValueError: a tag comes twice.
    """
    text = resources.files(__package__).joinpath("tactics.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    found = {row["tag"]: row["tactic"] for row in rows}
    if len(found) != len(rows):
        raise ValueError("tactics.csv repeats a tag")
    return found


def techniques_in(text: str) -> tuple[str, ...]:
    """Technique ids that a text names, in its order, each once."""
    return tuple(dict.fromkeys(item.upper() for item in _TECHNIQUE.findall(text)))


def main_technique(techniques: Iterable[str]) -> str:
    """The technique that a signal stands for: the first other than the one under examination; empty for none."""
    found = tuple(techniques)
    return next((item for item in found if item != SUBJECT), found[0] if found else "")


def tactic_of(tags: Iterable[str]) -> str:
    """Our word for the first tactic among tags, whatever their case and joints; empty for none."""
    for tag in tags:
        plain = tag.lower().removeprefix("attack.").replace("_", "-").replace(" ", "-")
        if plain in tactics():
            return tactics()[plain]
    return ""
