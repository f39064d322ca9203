"""Measures what the rules of a set cost, so that one that is slow can be named (case T-RULE-1 of the threat model).

The clock is the caller's: without one nothing is measured, and nothing that is found depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from magistrate.sigma.model import RuleTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from magistrate.sigma.model import Rule

Clock = Callable[[], float]
"""Gives CPU seconds that only grow."""
MAX_RULES = 20


class Stopwatch:
    """Adds up seconds by leaf and by the position of a rule; does nothing without a clock."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self._leaves: dict[int, float] = {}
        self._rules: dict[int, float] = {}

    @contextmanager
    def leaf(self, number: int) -> Iterator[None]:
        """Measure a test of a leaf."""
        if self._clock is None:
            yield
            return
        start = self._clock()
        yield
        self._leaves[number] = self._leaves.get(number, 0.0) + self._clock() - start

    @contextmanager
    def rule(self, position: int) -> Iterator[None]:
        """Measure the reading of a record for one rule."""
        if self._clock is None:
            yield
            return
        start = self._clock()
        yield
        self._rules[position] = self._rules.get(position, 0.0) + self._clock() - start

    def slowest(self, rules: Sequence[Rule], asked: Mapping[int, Iterable[int]]) -> tuple[RuleTime, ...]:
        """The rules that took longest, the slowest first.

        Args:
            rules: the rule set.
            asked: numbers of the leaves that each rule asks, by position.
        """
        seconds = dict(self._rules)
        for position, numbers in asked.items():
            own = sum(self._leaves.get(number, 0.0) for number in numbers)
            if own:
                seconds[position] = seconds.get(position, 0.0) + own
        order = sorted(seconds, key=lambda position: (-seconds[position], position))[:MAX_RULES]
        return tuple(RuleTime(rules[position].head, seconds[position]) for position in order)
