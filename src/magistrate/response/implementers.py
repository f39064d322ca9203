"""What of the case belongs to a sentence of the playbook, by what the playbook says implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.answers.answer import Answer
    from magistrate.detections.finding import Finding
    from magistrate.response.material import Material


def names_of(material: Material, requirement: str, kind: str) -> tuple[str, ...]:
    """Names of one kind (`indicator`, `question`, `card` ...) that implement a requirement, sorted."""
    prefix = f"{kind}:"
    found = material.playbook.implementers(requirement)
    return tuple(name.removeprefix(prefix) for name in found if name.startswith(prefix))


def answers_of(material: Material, requirement: str) -> tuple[Answer, ...]:
    """Answers of the questions that implement a requirement."""
    codes = names_of(material, requirement, "question")
    return tuple(answer for answer in material.answers if answer.id in codes)


def findings_of(material: Material, requirement: str) -> tuple[Finding, ...]:
    """Findings of the indicators that implement a requirement."""
    return material.of_codes(names_of(material, requirement, "indicator"))
