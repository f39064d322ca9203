"""Reads the `correlation` section of a rule."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.sigma.folding import fold_name
from magistrate.sigma.model import Correlation, CorrelationKind, RuleHead
from magistrate.sigma.values import read_number

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TIMESPAN = timedelta(days=3660)
MAX_RULES = 1_000
_TIMESPAN = re.compile(r"([0-9]{1,9})([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_OPERATORS = frozenset({"gt", "gte", "lt", "lte", "eq", "neq"})
_WHOLE = 100
NUMERIC = frozenset(
    {
        CorrelationKind.VALUE_SUM,
        CorrelationKind.VALUE_AVG,
        CorrelationKind.VALUE_MEDIAN,
        CorrelationKind.VALUE_PERCENTILE,
    }
)
"""Kinds that take the numbers of a field together."""
_KEYS = frozenset({"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"})


class CorrelationError(ValueError):
    """The correlation is refused; the text says why."""


def read_correlation(head: RuleHead, section: object) -> Correlation:
    """The correlation of a document; the rules it names are still names or ids.

    Raises:
        CorrelationError: the section is wrong or asks what cannot be evaluated.
    """
    if not isinstance(section, dict):
        raise CorrelationError("the correlation section is not a map")
    if unknown := sorted(set(section) - _KEYS):
        raise CorrelationError(f"the correlation key {unknown[0][:40]!r} is not known")
    kind = _kind(section.get("type"))
    conditions, fields, percentile = _condition(section.get("condition"), kind)
    return Correlation(
        head,
        kind,
        _names(section.get("rules"), "rules"),
        tuple(fold_name(name) for name in _names(section.get("group-by", []), "group-by", needed=False)),
        _timespan(section.get("timespan")),
        conditions,
        fields,
        _aliases(section.get("aliases")),
        section.get("generate") is True,
        percentile,
    )


def _kind(value: object) -> CorrelationKind:
    if value not in set(CorrelationKind):
        raise CorrelationError(f"correlations of the type {str(value)[:40]!r} cannot be evaluated")
    return CorrelationKind(str(value))


def _names(value: object, key: str, *, needed: bool = True) -> tuple[str, ...]:
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(name, str) and name for name in names) or (needed and not names):
        raise CorrelationError(f"the correlation needs a list of names under {key}")
    if len(names) > MAX_RULES:
        raise CorrelationError(f"the correlation lists more than {MAX_RULES} names under {key}")
    return tuple(dict.fromkeys(names))


def _timespan(value: object) -> timedelta:
    match = _TIMESPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None or not int(match[1]):
        raise CorrelationError(
            f"the timespan {str(value)[:40]!r} is not a number above 0 with s, m, h, d or w"
        )
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > MAX_TIMESPAN.total_seconds():
        raise CorrelationError(f"the timespan is longer than {MAX_TIMESPAN.days} days")
    return timedelta(seconds=seconds)


def _condition(
    value: object, kind: CorrelationKind
) -> tuple[tuple[tuple[str, int | float], ...], tuple[str, ...], int | float | None]:
    """Operators with their numbers, the fields that are looked at, and the percentile."""
    temporal = kind in (CorrelationKind.TEMPORAL, CorrelationKind.TEMPORAL_ORDERED)
    if value is None and temporal:
        return (), (), None
    if kind is CorrelationKind.TEMPORAL_ORDERED:
        raise CorrelationError("a condition on rules in order cannot be evaluated; every rule has to match")
    if not isinstance(value, dict):
        raise CorrelationError("the correlation needs a condition with a number")
    if unknown := sorted(set(value) - _OPERATORS - {"field", "percentile"}):
        raise CorrelationError(f"the condition key {unknown[0][:40]!r} cannot be evaluated")
    operators = {key: number for key, number in value.items() if key in _OPERATORS}
    if kind in NUMERIC:
        numbers = tuple(sorted((key, _number(number, key)) for key, number in operators.items()))
    else:
        if not all(isinstance(number, int) and number >= 0 for number in operators.values()):
            raise CorrelationError("the condition needs a whole number from 0")
        numbers = tuple(sorted(operators.items()))
    if not numbers:
        raise CorrelationError("the condition needs a number")
    return numbers, _counted_fields(value.get("field"), kind), _percentile(value.get("percentile"), kind)


def _number(value: object, key: str) -> int | float:
    """A number, which the strict reader leaves as text when it has a point."""
    number = read_number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise CorrelationError(f"the condition needs a number under {key}")
    return number


def _counted_fields(value: object, kind: CorrelationKind) -> tuple[str, ...]:
    needs = kind is CorrelationKind.VALUE_COUNT or kind in NUMERIC
    if needs != (value is not None):
        raise CorrelationError(
            f"field belongs to correlations of values, and {kind} needs it"
            if needs
            else f"field belongs to correlations of values, not to {kind}"
        )
    fields = () if value is None else tuple(fold_name(name) for name in _names(value, "field"))
    if kind in NUMERIC and len(fields) != 1:
        raise CorrelationError(f"{kind} takes the numbers of one field")
    return fields


def _percentile(value: object, kind: CorrelationKind) -> int | float | None:
    if kind is not CorrelationKind.VALUE_PERCENTILE:
        if value is not None:
            raise CorrelationError("percentile belongs to value_percentile")
        return None
    number = _number(value, "percentile")
    if not 0 <= number <= _WHOLE:
        raise CorrelationError(f"the percentile is not between 0 and {_WHOLE}")
    return number


def _aliases(value: object) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict) or not all(isinstance(ways, dict) for ways in value.values()):
        raise CorrelationError("aliases is not a map of maps")
    found = []
    for alias, ways in value.items():
        if not all(isinstance(field, str) for field in ways.values()):
            raise CorrelationError(f"the alias {alias[:40]!r} needs a field name for each rule")
        found.append((fold_name(alias), tuple((rule, fold_name(field)) for rule, field in ways.items())))
    return tuple(found)


def resolve(correlation: Correlation, ids: Mapping[str, str]) -> Correlation:
    """The correlation with the ids of the rules it names.

    Args:
        correlation: as read.
        ids: rule id by id and by name.

    Raises:
        CorrelationError: a rule it names is not there, or it names itself.
    """
    found = []
    for name in correlation.rules:
        if name not in ids:
            raise CorrelationError(f"it uses the rule {name[:60]!r}, which was not loaded")
        found.append(ids[name])
    if correlation.head.id in found:
        raise CorrelationError("it uses itself")
    aliases = tuple(
        (alias, tuple((ids.get(name, name), field) for name, field in ways))
        for alias, ways in correlation.aliases
    )
    return Correlation(
        correlation.head,
        correlation.kind,
        tuple(dict.fromkeys(found)),
        correlation.group_by,
        correlation.timespan,
        correlation.conditions,
        correlation.fields,
        aliases,
        correlation.generate,
        correlation.percentile,
    )
