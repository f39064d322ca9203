"""What a correlation asks its condition of while its window slides: a count, or the numbers of a field together.

Numbers are added as fractions, so that what leaves a window leaves no rounding behind and no order changes a sum.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from magistrate.sigma.model import CorrelationKind
from magistrate.sigma.values import read_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from magistrate.sigma.model import Correlation

_WHOLE = 100
Value = tuple[str, ...] | None


class Tally(Protocol):
    """Follows a window: hits come in at one end and leave at the other."""

    def add(self, place: int, rule: str, value: Value) -> None:
        """A hit comes in, with its place, its rule and the value of the field that is looked at."""
        ...

    def remove(self, place: int, rule: str, value: Value) -> None:
        """The same hit leaves."""
        ...

    def result(self) -> int | float | None:
        """What the condition is asked of; None when there is nothing to ask it of."""
        ...


class Different:
    """How many different hits, values or rules there are.

    Args:
        key: what of a hit is counted; None leaves it out.
    """

    def __init__(self, key: Callable[[int, str, Value], object]) -> None:
        self._key = key
        self._counts: Counter[object] = Counter()

    def add(self, place: int, rule: str, value: Value) -> None:
        """See `Tally`."""
        if (key := self._key(place, rule, value)) is not None:
            self._counts[key] += 1

    def remove(self, place: int, rule: str, value: Value) -> None:
        """See `Tally`."""
        if (key := self._key(place, rule, value)) is not None:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]

    def result(self) -> int | float | None:
        """See `Tally`."""
        return len(self._counts) or None


class Numbers:
    """The numbers of a field in order of size. What is no number does not count.

    Args:
        together: what is asked of the sorted numbers and their sum.
    """

    def __init__(self, together: Callable[[list[Fraction], Fraction], Fraction]) -> None:
        self._together = together
        self._sorted: list[Fraction] = []
        self._sum = Fraction(0)

    def add(self, place: int, rule: str, value: Value) -> None:
        """See `Tally`."""
        if (number := _number(value)) is not None:
            insort(self._sorted, number)
            self._sum += number

    def remove(self, place: int, rule: str, value: Value) -> None:
        """See `Tally`."""
        if (number := _number(value)) is not None:
            del self._sorted[bisect_left(self._sorted, number)]
            self._sum -= number

    def result(self) -> int | float | None:
        """See `Tally`."""
        if not self._sorted:
            return None
        found = self._together(self._sorted, self._sum)
        return found.numerator if found.denominator == 1 else _as_float(found)


def _number(value: Value) -> Fraction | None:
    number = read_number(value[0]) if value else None
    return None if number is None else Fraction(number)


def _as_float(number: Fraction) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)


def _median(numbers: list[Fraction], _: Fraction) -> Fraction:
    middle = len(numbers) // 2
    return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2


def _percentile(share: Fraction) -> Callable[[list[Fraction], Fraction], Fraction]:
    """The smallest number that at least this share of the numbers does not exceed (nearest rank)."""

    def find(numbers: list[Fraction], _: Fraction) -> Fraction:
        return numbers[max(1, math.ceil(share * len(numbers) / _WHOLE)) - 1]

    return find


_COUNTS: Mapping[CorrelationKind, Callable[[int, str, Value], object]] = {
    CorrelationKind.EVENT_COUNT: lambda place, rule, value: place,
    CorrelationKind.VALUE_COUNT: lambda place, rule, value: value,
    CorrelationKind.TEMPORAL: lambda place, rule, value: rule,
}
_TOGETHER: Mapping[CorrelationKind, Callable[[list[Fraction], Fraction], Fraction]] = {
    CorrelationKind.VALUE_SUM: lambda numbers, total: total,
    CorrelationKind.VALUE_AVG: lambda numbers, total: total / len(numbers),
    CorrelationKind.VALUE_MEDIAN: _median,
}


def make_tally(correlation: Correlation) -> Tally:
    """An empty tally for a correlation of any kind but rules in order."""
    if correlation.kind in _COUNTS:
        return Different(_COUNTS[correlation.kind])
    if correlation.kind is CorrelationKind.VALUE_PERCENTILE:
        return Numbers(_percentile(Fraction(correlation.percentile or 0)))
    return Numbers(_TOGETHER[correlation.kind])
