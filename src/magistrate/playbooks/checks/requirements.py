"""Every sentence of the playbook is answered by something that exists, and nothing answers an unknown one."""

from __future__ import annotations

from magistrate.playbooks.model import Indicator, Question
from magistrate.playbooks.reading import (
    ContainmentFile,
    DecisionFile,
    LogSourcesFile,
    PlaybookFile,
    Reading,
    StepsFile,
)

Key = tuple[str | int, ...]


def check_requirements(reading: Reading) -> None:
    """Check the links between requirements and what implements them, both ways."""
    playbook = reading.playbook()
    heads = reading.of(PlaybookFile)
    if playbook is None or not heads:
        return
    path, head = heads[0]
    known = {item.id for item in head.requirements}
    for number in range(1, len(known) + 1):
        if f"P{number}" not in known:
            reading.problem(path, ("requirements",), f"the requirement P{number} is missing.")
    existing = {name for name, _ in playbook.implementer_ids()}
    for index, requirement in enumerate(head.requirements):
        for name in requirement.implemented_by:
            if name not in existing:
                key: Key = ("requirements", index, "implemented_by")
                message = f"{requirement.id} is said to be implemented by {name}, which does not exist."
                reading.problem(path, key, message, "Add it, or name what does.")
        if not set(playbook.implementers(requirement.id)) & existing:
            message = f"nothing implements {requirement.id}."
            reading.problem(
                path, ("requirements", index), message, "Name it in an indicator, question, step or card."
            )
        for name in requirement.log_sources:
            if f"log_source:{name}" not in existing:
                message = f"there is no log source {name} in log_sources.yml."
                reading.problem(path, ("requirements", index, "log_sources"), message)
    for place, key, ids in _references(reading):
        for name in ids:
            if name not in known:
                reading.problem(place, key, f"there is no requirement {name}.")


def _references(reading: Reading) -> list[tuple[str, Key, tuple[str, ...]]]:
    """Every place that names requirements."""
    found: list[tuple[str, Key, tuple[str, ...]]] = []
    for path, head in reading.of(PlaybookFile):
        found += [
            (path, ("slips", i, "requirements"), slip.requirements) for i, slip in enumerate(head.slips)
        ]
    for path, logs in reading.of(LogSourcesFile):
        for i, source in enumerate(logs.log_sources):
            found.append((path, ("log_sources", i, "requirements"), source.requirements))
    found += [(path, ("requirements",), item.requirements) for path, item in reading.of(Indicator)]
    found += [(path, ("requirements",), item.requirements) for path, item in reading.of(Question)]
    for path, decision in reading.of(DecisionFile):
        found += [
            (path, ("rules", i, "requirements"), rule.requirements) for i, rule in enumerate(decision.rules)
        ]
    for path, steps in reading.of(StepsFile):
        for name, listed in (("l1", steps.l1), ("t2", steps.t2)):
            found += [(path, (name, i, "requirement"), (step.requirement,)) for i, step in enumerate(listed)]
    for path, cards in reading.of(ContainmentFile):
        found += [
            (path, ("cards", i, "requirement"), (card.requirement,)) for i, card in enumerate(cards.cards)
        ]
    return found
