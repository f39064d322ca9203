"""Reads the passwords that the analyst gives for locked archives. They never stand on a command line or in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 1000
"""Each try of a 7z password costs about a second of key derivation on purpose; this is no tool for guessing."""


def read_passwords(path: Path) -> tuple[str, ...]:
    """Passwords of a file, one a line, blanks kept, each once; empty lines are none.

    Raises:
        UsageError: the file cannot be read, or holds none or too many.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the password file cannot be read as UTF-8 text.",
            location=str(path),
            hint="Check --password-file.",
        ) from error
    passwords = tuple(dict.fromkeys(line for line in lines if line))
    if not 1 <= len(passwords) <= _MOST:
        raise UsageError(
            f"the password file holds {len(passwords)} passwords; 1 to {_MOST} are tried.",
            location=str(path),
            hint="Give the ones that may fit, one a line.",
        )
    return passwords
