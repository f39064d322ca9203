"""Grades a host from A to D by what its logs are proved to record (triage practice 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.coverage.model import Capability, Proof
from magistrate.coverage.rules import GradeRule, capability_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def grade_host(capabilities: Sequence[Capability]) -> tuple[str, str]:
    """Give the grade and the reason: what is proved, and what the next better grade lacks.

    Closing an alert is impossible at C and D (rule R6).
    """
    table = capability_table()
    proofs = {item.name: item.proof for item in capabilities}
    titles = {rule.name: rule.title for rule in table.capabilities}
    better: GradeRule | None = None
    for rule in table.grades:
        if not _lacks(rule, proofs):
            proved = [titles[name] for name, proof in proofs.items() if proof is Proof.ON and name in titles]
            reason = f"Proved: {', '.join(proved) or 'nothing that a decision can rest on'}."
            if better is not None:
                missing = [
                    f"{titles[name]} ({proofs.get(name, Proof.UNKNOWN)})" for name in _lacks(better, proofs)
                ]
                reason += f" Not enough for {better.grade}: {', '.join(missing)}."
            return rule.grade, reason
        better = rule
    raise ValueError("capabilities.yml needs a last grade that asks for nothing")


def _lacks(rule: GradeRule, proofs: Mapping[str, Proof]) -> tuple[str, ...]:
    """Names of the capabilities that keep a host from a grade."""
    lacks = [name for name in rule.on if proofs.get(name) is not Proof.ON]
    lacks += [name for name in rule.at_least_partial if proofs.get(name) not in (Proof.ON, Proof.PARTIAL)]
    if rule.any_on and not any(proofs.get(name) is Proof.ON for name in rule.any_on):
        lacks += rule.any_on
    return tuple(lacks)
