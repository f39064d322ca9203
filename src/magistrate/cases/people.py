"""Names of people: what may stand in a record, and when two of them may be one person."""

from __future__ import annotations

import unicodedata

from magistrate.errors import UsageError

_MOST_NAME = 100


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
