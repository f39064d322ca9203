"""Small pieces of text that every result uses the same way."""

from __future__ import annotations

import unicodedata
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MAX_SHOWN = 160
"""Longest value inside a sentence, in characters; the record itself shows all of it."""
_INVISIBLE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}


def shown(value: str) -> str:
    """A value from a log for use inside one line: characters that could split or reorder it become visible."""
    text = "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _INVISIBLE else c for c in value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


def some(values: Iterable[str], *, most: int = 5, none: str = "none") -> str:
    """List values, sorted and each once, and say how many are left out."""
    distinct = sorted({value for value in values if value})
    if not distinct:
        return none
    listed = ", ".join(shown(value) for value in distinct[:most])
    rest = len(distinct) - most
    return f"{listed} and {rest} more" if rest > 0 else listed


def time_text(utc: datetime | None, *, none: str = "an unknown time") -> str:
    """A time in UTC to the second."""
    return utc.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if utc else none
