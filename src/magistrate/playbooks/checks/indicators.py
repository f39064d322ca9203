"""Indicators are complete, portable and shown by examples."""

from __future__ import annotations

import re

from magistrate.events.schema import column_types
from magistrate.playbooks.model import Indicator
from magistrate.playbooks.reading import DecisionFile, Reading
from magistrate.playbooks.template import placeholders
from magistrate.playbooks.vocabulary import EXAMPLE_KINDS
from magistrate.portable_sql import find_dialect, tokens

STATEMENT_VALUES = ("account", "child", "command", "host", "image", "source", "source_ip", "targets")
"""Names that every statement may use beside the columns of its query: they come from the story of the hit."""
_EXPECTED = {"hit": "hit", "near_miss": "miss", "missing_fields": None, "benign": None}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check_indicators(reading: Reading) -> None:
    """Check every indicator by itself and against the list of findings that are never excused."""
    fixed = {code for _, decision in reading.of(DecisionFile) for code in decision.non_waivable}
    for path, indicator in reading.of(Indicator):
        _check_kind(reading, path, indicator)
        _check_query(reading, path, indicator)
        _check_statement(reading, path, indicator)
        _check_examples(reading, path, indicator)
        if indicator.code in fixed and indicator.waivable:
            message = f"{indicator.code} is never excused by decision.yml but waivable here."
            reading.problem(path, ("waivable",), message, "Make both agree.")


def _check_kind(reading: Reading, path: str, indicator: Indicator) -> None:
    if indicator.tier != indicator.code[0]:
        reading.problem(path, ("tier",), f"the tier is not {indicator.code[0]}, the letter of the code.")
    if (indicator.query is None) == (indicator.method is None):
        reading.problem(path, ("query",), "an indicator has either a query or a method.", "Keep one of them.")
    for name in ("log_source", "attack", "requirements", "not_covered", "false_positives"):
        if not getattr(indicator, name):
            reading.problem(path, (name,), "the list is empty.", "Every indicator says this.")


def _check_query(reading: Reading, path: str, indicator: Indicator) -> None:
    if indicator.query is None:
        return
    for problem in find_dialect(indicator.query):
        reading.problem(path, ("query",), f"not portable SQL: {problem}.")
    bound = {token.text[1:] for token in tokens(indicator.query) if token.kind == "placeholder"}
    for name in sorted(bound - set(indicator.parameters)):
        reading.problem(path, ("query",), f"the query binds :{name}, which is not a parameter.")
    for name in sorted(set(indicator.parameters) - bound):
        reading.problem(path, ("parameters", name), "the query does not use this parameter.", "Remove it.")
    words = set(_WORD.findall(indicator.query)) | {name for name in indicator.needs if name.islower()}
    for name in sorted(set(indicator.needs) - set(column_types()) - words):
        reading.problem(path, ("needs",), f"there is no column named {name}.")


def _check_statement(reading: Reading, path: str, indicator: Indicator) -> None:
    """Placeholders of a query's statement are columns it yields (words of the query), or values of every story."""
    if indicator.query is None:
        return
    known = {word.lower() for word in _WORD.findall(indicator.query)} | set(indicator.parameters)
    for name in placeholders(indicator.statement):
        if name not in known and name not in STATEMENT_VALUES:
            reading.problem(path, ("statement",), f"the query yields no {{{name}}}.")


def _check_examples(reading: Reading, path: str, indicator: Indicator) -> None:
    kinds = {example.kind for example in indicator.examples}
    for kind in EXAMPLE_KINDS:
        if kind not in kinds:
            reading.problem(
                path, ("examples",), f"there is no example of kind {kind}.", "Every kind is shown."
            )
    for index, example in enumerate(indicator.examples):
        expected = _EXPECTED[example.kind]
        if expected and example.expect != expected:
            reading.problem(path, ("examples", index, "expect"), f"a {example.kind} must expect {expected}.")
        if not example.events:
            reading.problem(path, ("examples", index, "events"), "the example has no events.")
