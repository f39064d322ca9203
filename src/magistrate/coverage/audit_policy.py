"""Names of audit subcategories and of what changed in them (Security 4719)."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MESSAGE_ID = re.compile(r"%%([0-9]{1,6})")
_LONGEST = 120  # characters of rendered changes; Windows writes fewer


@cache
def subcategories() -> dict[str, str]:
    """Name of each audit subcategory by its GUID, lower case without braces.

    Raises:
        ValueError: the table repeats a GUID.
    """
    return _table("audit_subcategories.csv", "guid", "name")


@cache
def _changes() -> dict[str, str]:
    return _table("audit_changes.csv", "id", "words")


def _table(file: str, key: str, value: str) -> dict[str, str]:
    text = resources.files("magistrate.coverage").joinpath(file).read_text(encoding="utf-8")
    rows = [(row[key], row[value]) for row in csv.DictReader(text.splitlines())]
    found = dict(rows)
    if len(found) != len(rows):
        raise ValueError(f"{file} repeats a {key}")
    return found


def subcategory_guid(text: str) -> str | None:
    """The GUID in a recorded value, lower case without braces; None when it holds none."""
    found = _GUID.search(text.lower())
    return found.group() if found else None


def describe_change(guid: str, changes: str) -> str:
    """`Process Creation (success removed)`; an unknown GUID stays as it is, unknown changes are left out.

    Args:
        guid: the recorded SubcategoryGuid.
        changes: the recorded AuditPolicyChanges: message ids, or words in exports that rendered them.
    """
    name = subcategories().get(subcategory_guid(guid) or "", guid)
    numbers = _MESSAGE_ID.findall(changes)
    words = [_changes()[number] for number in numbers if number in _changes()]
    if not numbers and 0 < len(changes) <= _LONGEST:
        words = [part.strip().lower() for part in changes.split(",") if part.strip()]
    return f"{name} ({', '.join(words)})" if words else name
