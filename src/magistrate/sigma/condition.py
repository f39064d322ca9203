"""Reads the condition of a rule into a tree over its search identifiers.

Grammar, from weak to strong: `or`, `and`, `not`, then an identifier, `1 of` / `any of` / `all of` a pattern or
`them`, or a condition in parentheses. Depth and length are limited before anything is built.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from magistrate.sigma.tree import Node, all_of, any_of, negated

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 64  # threat model, default limits: rule condition depth
MAX_CHARACTERS = 20_000
_TOKEN = re.compile(r"\s*(?:(?P<mark>[()|])|(?P<word>[^\s()|]+))")
_OPERATORS = frozenset({"and", "or", "not"})
_QUANTIFIERS = {"1": any_of, "any": any_of, "all": all_of}


class ConditionError(ValueError):
    """The condition cannot be read; the text says why, in the words of a refusal."""


def read_condition(text: str, named: Mapping[str, Node]) -> Node:
    """The tree of a condition.

    Args:
        text: the condition as written.
        named: the tree of each search identifier.

    Raises:
        ConditionError: it is not a condition over these identifiers, or it is too deep or too long.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConditionError(f"the condition is longer than {MAX_CHARACTERS} characters")
    words = [match.group("mark") or match.group("word") for match in _TOKEN.finditer(text.strip())]
    if not words:
        raise ConditionError("the condition is empty")
    if "|" in words:
        raise ConditionError("the condition aggregates with a pipe; a correlation rule has to say that")
    reader = _Reader(words, named)
    node = reader.alternatives(0)
    if reader.position < len(words):
        raise ConditionError(
            f"the condition goes on with {words[reader.position][:60]!r} where it should end"
        )
    return node


class _Reader:
    """Recursive descent over the words of one condition."""

    def __init__(self, words: list[str], named: Mapping[str, Node]) -> None:
        self.words = words
        self.named = named
        self.position = 0

    def alternatives(self, depth: int) -> Node:
        parts = [self._requirements(depth)]
        while self._take("or"):
            parts.append(self._requirements(depth))
        return any_of(parts)

    def _requirements(self, depth: int) -> Node:
        parts = [self._factor(depth)]
        while self._take("and"):
            parts.append(self._factor(depth))
        return all_of(parts)

    def _factor(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise ConditionError(f"the condition is nested deeper than {MAX_DEPTH} levels")
        if self._take("not"):
            return negated(self._factor(depth + 1))
        word = self._next()
        if word == "(":
            node = self.alternatives(depth + 1)
            if self._next() != ")":
                raise ConditionError("a parenthesis is not closed")
            return node
        if word == ")" or self._is_operator(word):
            raise ConditionError(f"{word!r} stands where a search identifier should")
        if self._peek_word() == "of" and word not in self.named:
            self.position += 1
            return self._quantified(word.lower(), self._next())
        if word not in self.named:
            raise ConditionError(f"there is no search identifier {word[:60]!r}")
        return self.named[word]

    def _quantified(self, quantifier: str, pattern: str) -> Node:
        join = _QUANTIFIERS.get(quantifier)
        if join is None:
            raise ConditionError(f"'{quantifier[:20]} of' is not part of Sigma; 1, any and all are")
        if pattern == "them":
            chosen = [name for name in self.named if not name.startswith("_")]
        else:
            form = re.compile(".*".join(map(re.escape, pattern.split("*"))))
            chosen = [
                name
                for name in self.named
                if form.fullmatch(name) and (pattern.startswith("_") or not name.startswith("_"))
            ]
        if not chosen:
            raise ConditionError(f"no search identifier is called {pattern[:60]!r}")
        return join([self.named[name] for name in chosen])

    def _is_operator(self, word: str) -> bool:
        return word.lower() in _OPERATORS and word not in self.named

    def _take(self, operator: str) -> bool:
        if self.position < len(self.words):
            word = self.words[self.position]
            if word.lower() == operator and self._is_operator(word):
                self.position += 1
                return True
        return False

    def _peek_word(self) -> str:
        return self.words[self.position].lower() if self.position < len(self.words) else ""

    def _next(self) -> str:
        if self.position >= len(self.words):
            raise ConditionError("the condition ends too early")
        self.position += 1
        return self.words[self.position - 1]
