"""What a person may say about a case, and what each saying needs; makes the drafts of entries."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from magistrate.cases.entries import Draft, Kind
from magistrate.errors import UsageError

if TYPE_CHECKING:
    from magistrate.cases.state import State

MOST_TEXT = 32_000  # characters of one text
_MOST_NAME = 100


def note_draft(text: str, evidence: str | None = None) -> Draft:
    """A note on a case or on one of its records.

    Raises:
        UsageError: the text is empty or too long.
    """
    return Draft(Kind.NOTE, {"text": checked_text(text, 1), "evidence": evidence})


def checked_text(text: str, least: int) -> str:
    """A text without the blanks around it.

    Raises:
        UsageError: it has fewer characters than `least`, or more than are kept.
    """
    plain = text.strip()
    if len(plain) < least:
        raise UsageError(
            f"the text has {len(plain)} characters; at least {least} are needed.",
            hint="Say what is known and how, so that somebody else can follow it.",
        )
    if len(plain) > MOST_TEXT:
        raise UsageError(
            f"the text has {len(plain):,} characters; at most {MOST_TEXT:,} are kept.",
            hint="Shorten it, or name a file of the case.",
        )
    return plain


def checked_name(name: str) -> str:
    """The name of a person as an entry has it: one line of printable characters.

    Raises:
        UsageError: it is empty, too long or holds control or format characters.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > _MOST_NAME or not plain.isprintable():
        raise UsageError(
            "a name has 1 to 100 printable characters.", location=ascii(name), hint="Give it with --by."
        )
    return plain


def same_person(one: str, other: str) -> bool:
    """Whether two names may mean one person: case, width, invisible characters and the domain do not matter."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    plain = "".join(part for part in plain if not unicodedata.category(part).startswith("C"))
    account = plain.rpartition("\\")[2].partition("@")[0]
    return "".join(account.split())


def stale(state: State, seen: int | None, about: str) -> dict[str, Any] | None:
    """What was said about the same thing after the state that a writer has seen; None when nothing was.

    Args:
        state: the case now.
        seen: number of the last entry that the writer saw; None when he did not say.
        about: `verdict` or the code of a question.
    """
    if seen is None:
        return None
    later = [change for change in state.changes if change.about == about and change.number > seen]
    return later[-1].facts if later else None
