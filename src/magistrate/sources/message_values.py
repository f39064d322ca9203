"""Reads event values from the English message text of exports that dropped the fields.

NXLog drops user data and unnamed values, so WMI-Activity 5857 to 5861, classic PowerShell and log-cleared events
arrive with nothing but their rendered message (telemetry notes 4.2, trap 6). How a message is built is said by the
mapping of its event; here is only how such a description is followed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.sources.mapping import MessageForm, MessagePart


def values_from_message(form: MessageForm, message: str) -> dict[str, str | None]:
    """Values by field name; empty when the message has another form or language.

    Line ends are read as plain newlines. A value of `keys` ends where the next key begins, because queries hold
    the separators themselves; the last key takes the rest.
    """
    message = message.replace("\r\n", "\n")
    found: dict[str, str | None] = {}
    rest = message
    for part in form.parts:
        value, rest = _between(part, rest)
        if value is not None:
            found[part.field] = value
    found |= _pairs(form.keys, rest)
    found |= _labelled(form.labels, message)
    return found


def _between(part: MessagePart, text: str) -> tuple[str | None, str]:
    """The text between two marks and what follows it; a mark that is missing means no value."""
    start = text.find(part.after) if part.after else 0
    if start < 0:
        return None, text
    start += len(part.after)
    end = text.find(part.before, start) if part.before else len(text)
    if end < 0:
        return None, text
    return text[start:end].strip(), text[end:]


def _pairs(keys: tuple[tuple[str, str], ...], text: str) -> dict[str, str | None]:
    """Values of `key = value` pairs in their order, each key looked for behind the one before."""
    starts: list[tuple[str, int, int]] = []
    position = 0
    for label, field in keys:
        if match := _key_pattern(label).search(text, position):
            starts.append((field, match.start(), match.end()))
            position = match.end()
    ends = [*(begin for _, begin, _ in starts[1:]), len(text)]
    return {field: text[begin:end].strip() for (field, _, begin), end in zip(starts, ends, strict=False)}


def _labelled(labels: dict[str, str], text: str) -> dict[str, str | None]:
    """Values of lines such as `Account Name:<tab>user02`; the first line with a label counts."""
    found: dict[str, str | None] = {}
    for line in text.splitlines() if labels else ():
        label, mark, value = line.strip().partition(":")
        field = labels.get(label)
        if mark and field is not None:
            found.setdefault(field, value.strip())
    return found


@lru_cache(maxsize=256)
def _key_pattern(label: str) -> re.Pattern[str]:
    # Blanks are bounded: a query full of newlines must not make the search try each of them to the end.
    return re.compile(rf"(?:\A|[;,.\n])\s{{0,8}}{re.escape(label)}\s{{0,8}}=\s{{0,8}}", re.IGNORECASE)
