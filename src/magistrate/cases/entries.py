"""One entry of the record and its hash, which covers the entry before."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FORM = "magistrate.record/1"
"""Stands in every hash: an entry of another form can never have the hash of one of these."""


class Kind(StrEnum):
    """What an entry says was done."""

    CREATED = "created"  # the case was made
    STARTED = "started"  # an investigation began; reports of an earlier one are no longer there
    INTAKE = "intake"  # evidence was read
    DECISION = "decision"  # the program decided
    REPORTS = "reports"  # reports were written into the case
    NOTE = "note"
    ANSWER = "answer"  # a person answers a question
    OVERRIDE = "override"  # a person gives another verdict
    APPROVAL = "approval"  # a second person agrees, or does not
    REFUSED = "refused"  # what somebody wrote without having seen the newest state; kept beside it
    CLOSE = "close"
    EXPORT = "export"  # something left the case
    REPLAYED = "replayed"  # it was decided once more and compared; the verdict of the case stayed
    RESEALED = "resealed"  # the file of the record had changed without any entry changing


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to become an entry. `facts` hold only what JSON can hold."""

    kind: Kind
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as stored. `body` is canonical JSON; `utc` is ISO 8601 with microseconds and `Z`.

    `previous` is the hash of the entry before, None for the first.
    """

    number: int
    kind: str
    utc: str
    by: str
    body: str
    previous: str | None
    hash: str

    @property
    def facts(self) -> dict[str, Any]:
        """The body as data; empty when it is not a JSON object, which a check reports."""
        try:
            facts = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return facts if isinstance(facts, dict) else {}


def canonical(value: Any) -> str:
    """The one JSON text of a value: keys sorted, no blanks, ASCII with escapes.

    Raises:
        ValueError: a number that JSON cannot hold.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def entry_hash(number: int, kind: str, utc: str, by: str, body: str, previous: str | None) -> str:
    """SHA-256 of an entry and of the hash of the one before."""
    text = canonical([FORM, number, kind, utc, by, body, previous])
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def make_entry(draft: Draft, before: Entry | None, *, utc: str, by: str) -> Entry:
    """The entry that follows another; the first one when there is none."""
    number = before.number + 1 if before else 1
    previous = before.hash if before else None
    body = canonical(draft.facts)
    kind = draft.kind.value
    return Entry(number, kind, utc, by, body, previous, entry_hash(number, kind, utc, by, body, previous))
