"""Reads a list that the user gives; its format is found by content."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from magistrate.errors import UsageError
from magistrate.intel.collecting import Gathering
from magistrate.intel.formats import read_csv, read_misp, read_stix
from magistrate.intel.model import IndicatorList

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MAX_BYTES = 64 << 20
_HINT = "Give a CSV with type and value columns, a STIX 2.1 bundle or a MISP event export in JSON."


def load_lists(paths: Iterable[Path]) -> tuple[IndicatorList, ...]:
    """Read all lists, in order of name and content, so that the order given does not matter.

    Raises:
        UsageError: as for `load_list`.
    """
    return tuple(sorted((load_list(path) for path in paths), key=lambda item: (item.name, item.sha256)))


def load_list(path: Path) -> IndicatorList:
    """Read one list. A wrong entry costs that entry; a file that is no list is an error.

    Raises:
        UsageError: the file cannot be read, is too large, or is in none of the formats.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError("the list cannot be read.", location=str(path), hint="Check --intel.") from error
    if len(content) > MAX_BYTES:
        raise UsageError("the list is larger than 64 MiB.", location=path.name, hint="Split it.")
    into = Gathering(path.name)
    form = _read(content, into)
    if form is None:
        raise UsageError("this is no list of indicators.", location=path.name, hint=_HINT)
    return IndicatorList(
        name=path.name,
        form=form,
        sha256=hashlib.sha256(content).hexdigest(),
        indicators=tuple(into.found[key] for key in sorted(into.found)),
        bad=tuple(into.bad),
        bad_number=into.bad_number,
    )


def _read(content: bytes, into: Gathering) -> str | None:
    """Name of the format; None when it is none that is known."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if not text.lstrip().startswith(("{", "[")):
        return "CSV" if read_csv(text, into) else None
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):  # cut off, or nested deeper than any list
        return None
    if isinstance(held, list):
        held = {"response": held}
    if held.get("type") == "bundle":
        read_stix(held, into)
        return "STIX 2.1"
    events = held.get("response", held)
    if any(
        isinstance(item, dict) and "Event" in item
        for item in (events if isinstance(events, list) else [events])
    ):
        read_misp(held, into)
        return "MISP"
    return None
