"""The SQL that analytics may use: the standard's words that every engine reads the same way.

Indicators, answers and coverage speak SQL text with `:name` values. The text must run unchanged on every engine
behind the store, so words of one dialect are refused here, when content is checked, and not found out later on
another engine. `dialect_words.csv` beside this module lists them with what to write instead.

A backslash inside a text literal or a LIKE pattern stands for itself; an engine that reads it as an escape has
to be set up or rewritten by its store.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from magistrate.errors import PlaybookError

if TYPE_CHECKING:
    from collections.abc import Callable

# Order matters: what hides text (comments, quotes) comes before what is looked for inside the rest.
_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))
  | (?P<text>'(?:[^']|'')*(?:'|\Z))
  | (?P<quoted>"[^"]*(?:"|\Z)|`[^`]*(?:`|\Z))
  | (?P<cast>::)
  | (?P<placeholder>:[A-Za-z_][A-Za-z0-9_]*)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<space>\s+)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<operator>->>?|//|==|[^\s\w])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """One piece of SQL text; joining the texts of all tokens gives the SQL back."""

    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class _DialectWord:
    kind: str
    text: str
    instead: str
    source: str


@lru_cache(maxsize=512)  # our own texts: each is checked, rewritten and looked at for its order
def tokens(sql: str) -> tuple[Token, ...]:
    """Split SQL into comments, text literals, quoted names, placeholders, words, numbers, space and operators."""
    line = 1
    found: list[Token] = []
    for match in _TOKEN.finditer(sql):
        text = match.group()
        found.append(Token(match.lastgroup or "other", text, line))
        line += text.count("\n")
    return tuple(found)


def rewrite_placeholders(sql: str, spell: Callable[[str], str]) -> tuple[str, frozenset[str]]:
    """Replace each `:name` outside quotes and comments by an engine's own form.

    Args:
        sql: text with `:name` placeholders.
        spell: gives the engine's form of a name.

    Returns:
        The rewritten text and the names found.
    """
    names: set[str] = set()
    parts: list[str] = []
    for token in tokens(sql):
        if token.kind == "placeholder":
            names.add(token.text[1:])
            parts.append(spell(token.text[1:]))
        else:
            parts.append(token.text)
    return "".join(parts), frozenset(names)


def has_outer_order(sql: str) -> bool:
    """Tell whether the outermost SELECT fixes the order of its rows."""
    depth = 0
    last = ""
    ordered = False
    for token in tokens(sql):
        if token.kind in ("comment", "space"):
            continue
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and last == "order" and token.text.lower() == "by":
            ordered = True
        last = token.text.lower()
    return ordered


def find_dialect(sql: str) -> tuple[str, ...]:
    """Name every use of a word or operator that is not portable, with what to write instead.

    Returns:
        One sentence for each use, in the order of the text; empty when the text is portable.
    """
    words = _dialect_words()
    exact = frozenset(word.text for word in words)
    starts = tuple(word.text for word in words if word.kind in ("prefix", "operator", "quoted"))
    seen = [token for token in tokens(sql) if token.kind not in ("comment", "space")]
    problems: list[str] = []
    if not seen or seen[0].text.lower() not in ("select", "with"):
        problems.append("line 1: a query starts with SELECT or WITH")
    for index, token in enumerate(seen):
        called = index + 1 < len(seen) and seen[index + 1].text == "("
        after_dot = index > 0 and seen[index - 1].text == "."
        before = seen[index - 1].text.lower() if index else ""
        text = token.text.lower()
        if text not in exact and f"{before} {text}" not in exact and not text.startswith(starts):
            continue  # most tokens are no dialect word by any reading
        for word in words:
            phrase = word.kind == "phrase" and word.text == f"{before} {token.text.lower()}"
            if phrase or _matches(word, token, called, after_dot):
                shown = word.text.upper() if phrase else token.text[:40]
                problems.append(f"line {token.line}: {shown}: {word.source}; write {word.instead}")
                break
    return tuple(problems)


def assert_portable(sql: str, where: str = "query") -> None:
    """Refuse SQL that one engine alone understands.

    Args:
        sql: the text of one query.
        where: the indicator, question or file that holds it, for the message.

    Raises:
        PlaybookError: the text holds dialect words; all of them are named.
    """
    if problems := find_dialect(sql):
        raise PlaybookError(
            "The query is not portable SQL: " + "; ".join(problems) + ".",
            location=where,
            hint="Write it in the words that every engine reads the same way.",
        )


def _matches(word: _DialectWord, token: Token, called: bool, after_dot: bool) -> bool:
    if token.kind in ("operator", "cast"):
        return word.kind == "operator" and token.text.startswith(word.text)
    if token.kind == "quoted":
        return word.kind == "quoted" and token.text.startswith(word.text)
    if token.kind != "word" or after_dot:  # e.Name is a column whatever it is called
        return False
    text = token.text.lower()
    if word.kind == "prefix":
        return called and text.startswith(word.text)
    return text == word.text and (word.kind == "word" or (word.kind == "function" and called))


@cache
def _dialect_words() -> tuple[_DialectWord, ...]:
    """All refused words.

    Raises:
        ValueError: the table repeats a word.
    """
    text = resources.files("magistrate").joinpath("dialect_words.csv").read_text(encoding="utf-8")
    rows = tuple(_DialectWord(**row) for row in csv.DictReader(text.splitlines()))
    if len({(row.kind, row.text) for row in rows}) != len(rows):
        raise ValueError("dialect_words.csv repeats a word")
    return rows
