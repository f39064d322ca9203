"""Rules, severity and cards use known facts and always come to an outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.playbooks.model import Indicator, condition_facts
from magistrate.playbooks.reading import ContainmentFile, DecisionFile, HardeningFile, Reading

if TYPE_CHECKING:
    from collections.abc import Collection

    from magistrate.playbooks.model import Condition, Rule

Key = tuple[str | int, ...]


def check_rules(reading: Reading) -> None:
    """Check decision.yml and the conditions of containment.yml."""
    for path, decision in reading.of(DecisionFile):
        for index, rule in enumerate(decision.rules):
            _check_facts(reading, path, ("rules", index, "when"), rule.when, decision.facts)
            for place, outcome in enumerate(rule.then):
                if outcome.when is not None:
                    key: Key = ("rules", index, "then", place, "when")
                    _check_facts(reading, path, key, outcome.when, decision.facts)
            _check_outcomes(reading, path, index, rule)
        for index, level in enumerate(decision.severity.levels):
            _check_facts(reading, path, ("severity", "levels", index, "when"), level.when, decision.facts)
        _check_facts(reading, path, ("severity", "raise_when"), decision.severity.raise_when, decision.facts)
        _check_codes(reading, path, decision)
    for path, cards in reading.of(ContainmentFile):
        for index, card in enumerate(cards.cards):
            _check_facts(reading, path, ("cards", index, "when"), card.when, cards.facts)
    facts = {name for _, cards in reading.of(ContainmentFile) for name in cards.facts}
    for path, hardening in reading.of(HardeningFile):
        for index, control in enumerate(hardening.controls):
            if control.when is not None:
                _check_facts(reading, path, ("controls", index, "when"), control.when, facts)
            elif not control.lacks:
                reading.problem(
                    path, ("controls", index), "nothing chooses this control.", "Give it lacks or when."
                )


def _check_facts(reading: Reading, path: str, key: Key, condition: Condition, known: Collection[str]) -> None:
    for name in condition_facts(condition):
        if name not in known:
            reading.problem(path, key, f"there is no fact named {name}.", "Describe it under facts.")


def _check_outcomes(reading: Reading, path: str, index: int, rule: Rule) -> None:
    if rule.effect == "forbid_close":
        if rule.then:
            reading.problem(path, ("rules", index, "then"), "a rule that forbids closing has no outcome.")
        return
    if not rule.then or rule.then[-1].when is not None:
        key: Key = ("rules", index, "then")
        reading.problem(path, key, "the last outcome must have no condition.", "Add one that always holds.")
    for place, outcome in enumerate(rule.then[:-1]):
        if outcome.when is None:
            key = ("rules", index, "then", place)
            reading.problem(path, key, "an outcome without condition hides those after it.")


def _check_codes(reading: Reading, path: str, decision: DecisionFile) -> None:
    known = {indicator.code for _, indicator in reading.of(Indicator)}
    for index, name in enumerate(decision.non_waivable):
        if name.partition("-")[0] not in known:
            reading.problem(path, ("non_waivable", index), f"there is no indicator {name}.")
