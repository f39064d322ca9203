"""Text that must be in a value before an expensive test of it can be true."""

from __future__ import annotations

import re

from magistrate.sigma.folding import fold
from magistrate.sigma.tree import Check, Leaf
from magistrate.sigma.values import pattern_parts

MIN_CHARACTERS = 2
"""Shorter texts are in nearly every value."""
_QUANTIFIERS = "*+?{"
_SPECIAL = frozenset("\\^$.|?*+()[]{}")
_CLASS_ESCAPES = frozenset("dDwWsSbBAzZQEpPxCaftnrv0123456789")
_FLAGS_END = ")"
_OCTAL = re.compile(r"[0-9]{1,3}")
_OPEN_LETTERS = re.compile(r"[sS]|[^\x00-\x7f]")


def guard(leaf: Leaf) -> str | None:
    """A folded text that stands in every value that passes the leaf; None when none is sure."""
    if leaf.check is Check.PATTERN:
        found = _longest(_plain_runs(leaf.text))
    elif leaf.check is Check.REGEX:
        found = _longest(required_runs(leaf.text))
    elif leaf.check in (Check.EQUALS, Check.STARTS, Check.ENDS, Check.CONTAINS):
        found = leaf.text
    else:
        return None
    if leaf.check is Check.REGEX and _ignores_case(leaf.text):
        # Without case RE2 takes some letters outside ASCII for others, and U+017F for s; the index does not.
        found = _longest(_OPEN_LETTERS.split(found))
    folded = fold(found)
    return folded if len(folded) >= MIN_CHARACTERS else None


def _plain_runs(pattern: str) -> list[str]:
    runs: list[str] = []
    for stretch in pattern_parts(pattern):
        run: list[str] = []
        for character in stretch:
            if character is None:
                runs.append("".join(run))
                run = []
            else:
                run.append(character)
        runs.append("".join(run))
    return runs


def _longest(runs: list[str]) -> str:
    return max(runs, key=len, default="")


def _ignores_case(expression: str) -> bool:
    return "(?" in expression and any(
        "i" in part.partition(_FLAGS_END)[0].partition(":")[0] for part in expression.split("(?")[1:]
    )


def required_runs(expression: str) -> list[str]:
    """Runs of plain characters at the top level of an expression that every match holds.

    Groups, classes and what may be repeated zero times end a run. An alternation at the top level leaves no run.
    """
    runs: list[str] = []
    run: list[str] = []
    at = 0
    while at < len(expression):
        character = expression[at]
        if character == "|":
            return []
        if character == "(":
            at = _after_group(expression, at)
            runs.append("".join(run))
            run = []
            continue
        if character == "[":
            at = _after_class(expression, at)
            runs.append("".join(run))
            run = []
            continue
        width, plain = _plain_at(expression, at)
        following = expression[at + width : at + width + 1]
        if plain is None:
            runs.append("".join(run))
            run = []
        elif following in _QUANTIFIERS and following:
            # Once or more keeps the character but ends the run; any other count may drop it.
            runs.append("".join(run) + (plain if following == "+" else ""))
            run = []
        else:
            run.append(plain)
        at += width
    return [*runs, "".join(run)]


def _plain_at(expression: str, at: int) -> tuple[int, str | None]:
    """Width of the item at a place, and the character it stands for when that is one."""
    character = expression[at]
    if character == "\\":
        escaped = expression[at + 1 : at + 2]
        if not escaped or escaped in _CLASS_ESCAPES:
            if escaped == "Q":
                return len(expression) - at, None  # a quoted stretch: not looked into
            if escaped in ("x", "p", "P") and expression[at + 2 : at + 3] == "{":
                end = expression.find("}", at)
                return (end + 1 if end > 0 else len(expression)) - at, None
            if escaped.isdigit():
                return 1 + len(_OCTAL.match(expression, at + 1).group()), None  # type: ignore[union-attr] # a digit is there
            return {"x": 4, "p": 3, "P": 3}.get(escaped, 2), None
        return 2, escaped
    if character == "{":
        end = expression.find("}", at)
        return (end + 1 if end > 0 else len(expression)) - at, None
    return 1, None if character in _SPECIAL else character


def _after_group(expression: str, at: int) -> int:
    depth = 0
    while at < len(expression):
        character = expression[at]
        if character == "\\":
            at += 1
        elif character == "[":
            at = _after_class(expression, at) - 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return at


def _after_class(expression: str, at: int) -> int:
    at += 1
    if expression[at : at + 1] == "^":
        at += 1
    if expression[at : at + 1] == "]":
        at += 1
    while at < len(expression) and expression[at] != "]":
        if expression[at] == "\\":
            at += 1
        elif expression.startswith("[:", at):
            end = expression.find(":]", at)
            at = end + 1 if end > 0 else at
        at += 1
    return at + 1
