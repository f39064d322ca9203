"""Tells a command line from an instruction in words, so that only the former is shown as code."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

_CMDLET = re.compile(r"\(?[A-Z][a-z]+-[A-Z][A-Za-z]+\b")
_SHELL = ("#", "$", "&", "|")


@cache
def command_names() -> frozenset[str]:
    """Programs whose name begins a command line, in lower case; from `command_names.csv`."""
    text = resources.files(__package__).joinpath("command_names.csv").read_text(encoding="utf-8")
    return frozenset(row["name"].lower() for row in csv.DictReader(text.splitlines()))


def is_command(text: str) -> bool:
    """Whether a text is to be typed; several lines always are. Everything else is said to a person."""
    line = text.strip()
    if "\n" in line:
        return True
    if line.endswith("."):  # a sentence that begins with the name of a program
        return False
    first = line.split(" ", 1)[0].lower()
    return first in command_names() or bool(_CMDLET.match(line)) or line.startswith(_SHELL)
