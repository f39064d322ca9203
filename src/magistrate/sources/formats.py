"""What is known about every format and dialect: how it is recognised, what it can and cannot answer.

Each description stands in the module that reads the format, so that a new format touches one place: a reader
offers `FORMATS`, a JSON dialect offers `DIALECT` whose `format` is one.
"""

from __future__ import annotations

import csv
import pkgutil
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING

from magistrate.sources import dialects, readers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType


class Gives(StrEnum):
    """What the records of a format count as."""

    EVENTS = "events"  # records of a host: they prove, and their absence is judged
    NETWORK = "network"  # records of a sensor beside the hosts
    ALERTS = "alerts"  # verdicts of another tool: pointers to records, never proof of coverage
    NOTHING = "nothing"  # recognised and refused


@dataclass(frozen=True, slots=True)
class Format:
    """One format or dialect, in an analyst's words. `source` says where its layout was learned."""

    name: str
    title: str
    gives: Gives
    recognised_by: str
    answers: str
    cannot: str
    source: str


@cache
def all_formats() -> tuple[Format, ...]:
    """Everything that is read, by what it gives and its name, then everything that is refused by name.

    Raises:
        ValueError: two formats share a name.
    """
    found: list[Format] = []
    for module in _modules(readers):
        found += getattr(module, "FORMATS", ())
    for module in _modules(dialects):
        if (dialect := getattr(module, "DIALECT", None)) is not None:
            found.append(dialect.format)
    found += _refused()
    names = [item.name for item in found]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"formats share the name {', '.join(repeated)}")
    order = list(Gives)
    return tuple(sorted(found, key=lambda item: (order.index(item.gives), item.name)))


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for item in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
        yield import_module(f"{package.__name__}.{item.name}")


def _refused() -> list[Format]:
    text = resources.files(__package__).joinpath("file_signatures.csv").read_text(encoding="utf-8")
    kinds: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        kinds.setdefault(row["format"], []).append(row)
    return [
        Format(
            name=kind,
            title=kind[0].upper() + kind[1:],
            gives=Gives.NOTHING,
            recognised_by="signature "
            + ", ".join(dict.fromkeys(_shown_signature(row["signature_hex"]) for row in rows)),
            answers=f"Nothing. {rows[0]['hint']}",
            cannot=rows[0]["reason"],
            source=rows[0]["source"],
        )
        for kind, rows in sorted(kinds.items())
    ]


def _shown_signature(hexadecimal: str) -> str:
    """The bytes of a signature as text where they are text, else as hexadecimal."""
    content = bytes.fromhex(hexadecimal)
    text = content.decode("latin-1").strip()
    return repr(text)[1:-1] if content.isascii() and text.isprintable() and text else hexadecimal
