"""Decides rules once for every combination of answers that occurs, not once for every event."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from magistrate.sigma.compiled import Compiled, find_trigger, index_triggers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from magistrate.sigma.leaf_index import LeafSet

_REMEMBERED = 300_000

Key = tuple[int, ...]


class Verdict(NamedTuple):
    """Positions of rules that are true of events with a signature, and of those that the record must decide."""

    true: tuple[int, ...]
    open: tuple[int, ...]


_NOTHING = Verdict((), ())


class Answers(NamedTuple):
    """What is known of one field of an event: leaves that are true, and leaves that only the record can tell."""

    true: LeafSet
    open: LeafSet


class SignatureTable:
    """The rules of one plan, and what they say of each signature.

    A signature is a tuple of numbers, one for each field, into the answers that `answers` holds for the field.

    Args:
        rules: the trees by position.
        fields: how many fields a signature has.
        always_open: leaves that only the record can tell, whatever the signature.
    """

    def __init__(self, rules: Mapping[int, Compiled], fields: int, always_open: LeafSet) -> None:
        self.answers: list[list[Answers]] = [[] for _ in range(fields)]
        self._numbers: list[dict[Answers, int]] = [{} for _ in range(fields)]
        self._rules = rules
        self._open = {position: tree.numbers() & always_open for position, tree in rules.items()}
        self._triggers: dict[int, tuple[int, ...]] = {}
        self._untriggered: tuple[int, ...] = tuple(sorted(rules))
        self._started: list[dict[int, frozenset[int]]] = [{} for _ in range(fields)]
        self._known: dict[Key, Verdict] = {}

    def number(self, field: int, answers: Answers) -> int:
        """The number of answers for a field."""
        numbers = self._numbers[field]
        found = numbers.get(answers)
        if found is None:
            numbers[answers] = found = len(self.answers[field])
            self.answers[field].append(answers)
        return found

    def choose_triggers(self, keys: Iterable[Key], usable: LeafSet) -> None:
        """Choose for each rule the leaves whose presence makes it a candidate: those that are rarest in the keys.

        Args:
            keys: signatures that occur.
            usable: leaves that a signature answers.
        """
        counts: dict[int, int] = {}
        for key in keys:
            for leaf in self._leaves(key):
                counts[leaf] = counts.get(leaf, 0) + 1
        # A leaf that has not occurred still costs a little: the fewer of them a trigger has, the better.
        triggers = {
            position: found[1]
            for position, tree in self._rules.items()
            if (
                found := find_trigger(
                    tree, lambda leaf: counts.get(leaf, 0) + 0.001 if leaf in usable else None
                )
            )
        }
        self._triggers = index_triggers(triggers)
        self._untriggered = tuple(position for position in sorted(self._rules) if position not in triggers)
        self._started = [{} for _ in self.answers]
        self._known.clear()

    def _candidates(self, key: Key) -> set[int]:
        """Rules that may be true of a signature: those without a trigger, and those whose trigger is in it."""
        found = set(self._untriggered)
        for field, (started, number) in enumerate(zip(self._started, key, strict=True)):
            positions = started.get(number)
            if positions is None:
                answers = self.answers[field][number]
                none: tuple[int, ...] = ()
                leaves = answers.true | answers.open
                positions = frozenset(one for leaf in leaves for one in self._triggers.get(leaf, none))
                started[number] = positions
            found |= positions
        return found

    def _leaves(self, key: Key) -> set[int]:
        found: set[int] = set()
        for answers, number in zip(self.answers, key, strict=True):
            found |= answers[number].true
            found |= answers[number].open
        return found

    def verdicts(self, keys: Sequence[Key]) -> list[Verdict]:
        """What the rules say of each signature."""
        if len(self._known) + len(keys) > _REMEMBERED:
            self._known.clear()
        found = []
        for key in keys:
            verdict = self._known.get(key)
            if verdict is None:
                self._known[key] = verdict = self._decide(key)
            found.append(verdict)
        return found

    def _decide(self, key: Key) -> Verdict:
        candidates = self._candidates(key)
        if not candidates:
            return _NOTHING
        true: set[int] = set()
        open_: set[int] = set()
        for answers, number in zip(self.answers, key, strict=True):
            one = answers[number]
            true |= one.true
            open_ |= one.open
        perhaps = true | open_
        sure, undecided = [], []
        for position in candidates:
            tree = self._rules[position]
            more = self._open[position]
            if not more and not open_:
                if tree.is_true(true, true):
                    sure.append(position)
                continue
            wide = perhaps | more
            if tree.is_true(true, wide):
                sure.append(position)
            elif tree.is_true(wide, true):
                undecided.append(position)
        return Verdict(tuple(sorted(sure)), tuple(sorted(undecided)))
