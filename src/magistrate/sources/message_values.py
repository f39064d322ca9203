"""Reads event values from the message text of exports that dropped the fields.

NXLog drops user data and unnamed values, so WMI-Activity 5857 to 5861, classic PowerShell and log-cleared events
arrive with nothing but their rendered message (telemetry notes 4.2, trap 6); Event Viewer, Get-WinEvent and
wevtutil write nothing but messages as text. How a message is built is said by the mapping of its event; here is only how
such a description is followed. Messages are in the language of the host: `message_words.csv` brings their labels to
English, `message_values.csv` brings rendered values back to the recorded ones.
"""

from __future__ import annotations

import csv
import re
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.sources.mapping import MessageForm, MessagePart

_SID = re.compile(r"S-1-\d+(?:-\d+)*", re.ASCII)
_HEX = re.compile(r"0x[0-9A-Fa-f]{1,16}", re.ASCII)
# A line of a message below a heading: one tab, a label, a colon and tabs or nothing.
_OTHER_LABEL = re.compile(r"\t[^\t:]{1,60}:(?: ?\t|\s*\Z)")
_LABEL_CHARACTERS = 80


def values_from_message(
    form: MessageForm, message: str, notes: list[str] | None = None
) -> dict[str, str | None]:
    """Values by field name; empty when the message has another form or an unknown language.

    Line ends are read as plain newlines. A value of `keys` ends where the next key begins, because queries hold
    the separators themselves; the last key takes the rest. Where a label stands twice the first one speaks and a
    note says so: a value with line ends can hold text that looks like labels.
    """
    message = message.replace("\r\n", "\n")
    found: dict[str, str | None] = {}
    rest = message
    for part in form.parts:
        value, after = _between(part, rest)
        if value is None and not isinstance(part.after, str):  # their order differs between languages
            value, after = _between(part, message)[0], rest
        rest = after
        if value is not None:
            found[part.field] = value
    found |= _pairs(form.keys, rest)
    lines: dict[str, list[str]] = {}
    repeated: set[str] = set()
    if form.labels:
        _labelled(form, message, lines, repeated)
    if form.fields:
        _named(form, message, lines, repeated)
    found |= {field: _recorded(field, "\n".join(texts).strip()) for field, texts in lines.items()}
    if notes is not None:
        notes += [
            f"the message names {field} more than once; the first value is used" for field in sorted(repeated)
        ]
    return found


def _between(part: MessagePart, text: str) -> tuple[str | None, str]:
    """The text between two marks and what follows it; a mark that is missing means no value."""
    after = _mark(part.after, text)
    start = text.find(after) if after else 0
    if start < 0:
        return None, text
    start += len(after)
    before = _mark(part.before, text)
    end = len(text) if not before else text.rfind(before, start) if part.last else text.find(before, start)
    if end < 0:
        return None, text
    return text[start:end].strip(), text[end:]


def _mark(marks: str | tuple[str, ...], text: str) -> str:
    """The first mark that is in the text, or its form in another language; else the first."""
    if not isinstance(marks, str):
        return next((mark for mark in marks if mark in text), marks[0])
    label = marks.strip("\n: ")
    if not marks or marks in text:
        return marks
    forms = (marks.replace(label, local) for local in _local_words().get(label, ()))
    return next((form for form in forms if form in text), marks)


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


def _labelled(form: MessageForm, text: str, found: dict[str, list[str]], repeated: set[str]) -> None:
    """Lines such as `Account Name:<tab>user02` below headings such as `Subject:`."""
    words = _english_words()
    section, current = "", ""
    for line in text.split("\n"):
        label, mark, value = line.partition(":")
        label = label.strip()
        english = words.get(label, label) if mark and len(label) <= _LABEL_CHARACTERS else ""
        field = form.labels.get(f"{section}/{english}") or form.labels.get(english) if english else None
        if english and not value.strip() and not line[:1].isspace():
            section, current = english, ""
        if field is not None:
            if field in found:
                repeated.add(field)
                current = ""
            else:
                found[field] = [value.strip()]
                current = field
        elif not line.strip() or _OTHER_LABEL.match(line):
            current = current if current in form.long else ""
            if current:
                found[current].append(line)
        elif current:
            found[current].append(line)


def _named(form: MessageForm, text: str, found: dict[str, list[str]], repeated: set[str]) -> None:
    """Lines such as `Protocol: tcp`; a value goes on until the next field's name."""
    names = frozenset(form.fields)
    current = ""
    for line in text.split("\n"):
        name, mark, value = line.partition(":")
        if mark and name in names:
            if name in found:
                repeated.add(name)
            else:
                found[name] = [value.removeprefix(" ")]
                current = name
                continue
        if current:
            found[current].append(line)


def _recorded(field: str, text: str) -> str | None:
    """The value as the log records it; None for an identifier that the export replaced by a name."""
    table = _recorded_values()
    if _HEX.fullmatch(text):
        return text.lower()  # messages write hex numbers in capitals, records do not
    if not field.endswith("Sid"):
        return table.get((field, text), text)
    sid = table.get(("*Sid", text), text)
    return sid if _SID.fullmatch(sid) or sid in ("", "-") else None


@cache
def _english_words() -> Mapping[str, str]:
    words: dict[str, str] = {}
    for row in _table("message_words.csv"):
        if row["local"] in words:
            raise ValueError(f"message_words.csv repeats {row['local']}")
        words[row["local"]] = row["english"]
    return words


@cache
def _local_words() -> Mapping[str, tuple[str, ...]]:
    local: dict[str, list[str]] = {}
    for word, english in _english_words().items():
        local.setdefault(english, []).append(word)
    return {english: tuple(words) for english, words in local.items()}


@cache
def _recorded_values() -> Mapping[tuple[str, str], str]:
    values: dict[tuple[str, str], str] = {}
    for row in _table("message_values.csv"):
        key = (row["field"], row["text"])
        if key in values:
            raise ValueError(f"message_values.csv repeats {key}")
        values[key] = row["recorded"]
    return values


def _table(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@lru_cache(maxsize=256)
def _key_pattern(label: str) -> re.Pattern[str]:
    # Blanks are bounded: a query full of newlines must not make the search try each of them to the end.
    return re.compile(rf"(?:\A|[;,.\n])\s{{0,8}}{re.escape(label)}\s{{0,8}}=\s{{0,8}}", re.IGNORECASE)
