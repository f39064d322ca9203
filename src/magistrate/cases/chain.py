"""Checks a chain of entries: each whole, each behind the one it names, none missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from magistrate.cases.entries import Entry, Kind, canonical, entry_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = frozenset(Kind)


def chain_fault(entries: Sequence[Entry]) -> str | None:
    """Say what is wrong with the first bad entry; None when every entry is as it was written.

    A cut end cannot be seen here: the entries before it are whole. It shows against a head that is known from
    elsewhere, see `head_fault`.
    """
    before: Entry | None = None
    for place, entry in enumerate(entries, 1):
        if entry.number != place:
            return f"entry {place}: missing; the next one there is entry {entry.number}"
        if fault := _entry_fault(entry, before):
            return f"entry {place}: {fault}"
        before = entry
    if not entries:
        return "entry 1: missing; the record is empty"
    return None


def _entry_fault(entry: Entry, before: Entry | None) -> str | None:
    if entry.previous != (before.hash if before else None):
        return "does not follow the entry before it"
    found = entry_hash(entry.number, entry.kind, entry.utc, entry.by, entry.body, entry.previous)
    if found != entry.hash:
        return f"its content has the hash {found[:16]}, it was written with {entry.hash[:16]}"
    try:
        facts = json.loads(entry.body)
    except (ValueError, RecursionError):
        return "its content is not JSON that can be read"
    if not isinstance(facts, dict) or canonical(facts) != entry.body:
        return "its content is not in canonical form"
    if entry.kind not in _KINDS or (entry.kind == Kind.CREATED) != (before is None):
        return f"an entry of kind {entry.kind!r} cannot stand here"
    return None


def head_fault(entries: Sequence[Entry], head: str) -> str | None:
    """Say when no entry has a hash that was printed or anchored earlier; None when one has.

    Args:
        entries: the whole record.
        head: the hash, or its first 16 digits at least.
    """
    if any(entry.hash.startswith(head) for entry in entries):
        return None
    return (
        f"no entry has the head {head[:16]}: entries were cut off the end, or the whole record was replaced"
    )
