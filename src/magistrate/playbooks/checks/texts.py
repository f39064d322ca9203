"""Texts of requirements, steps and cards use known names, and commands hold quoted values only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.playbooks.reading import ContainmentFile, PlaybookFile, Reading, StepsFile
from magistrate.playbooks.template import placeholders

if TYPE_CHECKING:
    from collections.abc import Collection

    from magistrate.playbooks.model import Card, Step

Key = tuple[str | int, ...]
QUOTED = ("_q", "_netsh", "_block")
"""Endings of placeholders that may stand in a command: quoted PowerShell text, an address for netsh, and lines that
are content themselves."""


def check_texts(reading: Reading) -> None:
    """Check every template of playbook.yml, steps.yml and containment.yml."""
    heads = reading.of(PlaybookFile)
    if heads:
        path, head = heads[0]
        for index, requirement in enumerate(head.requirements):
            _check_names(reading, path, ("requirements", index, "result"), requirement.result, head.values)
        for path, steps in reading.of(StepsFile):
            for name, listed in (("l1", steps.l1), ("t2", steps.t2)):
                for index, step in enumerate(listed):
                    _check_step(reading, path, (name, index), step, head.values)
    for path, cards in reading.of(ContainmentFile):
        for index, card in enumerate(cards.cards):
            _check_card(reading, path, index, card)


def _check_step(reading: Reading, path: str, key: Key, step: Step, known: Collection[str]) -> None:
    texts = [step.found, step.nothing]
    for command in step.commands:
        texts += [command.what, command.command]
    for text in texts:
        _check_names(reading, path, key, text, known)
    for name in step.found_when:
        if name not in known:
            reading.problem(path, (*key, "found_when"), f"there is no value named {name}.")


def _check_names(reading: Reading, path: str, key: Key, text: str, known: Collection[str]) -> None:
    for name in placeholders(text):
        if name not in known:
            message = f"the placeholder {{{name}}} is not documented."
            reading.problem(path, key, message, "Describe it under values.")


def _check_card(reading: Reading, path: str, index: int, card: Card) -> None:
    used: set[str] = set()
    for name in ("title", "precheck", "command", "guarded", "verify", "rollback"):
        text = getattr(card, name)
        used |= set(placeholders(text))
        if name in ("command", "guarded", "verify", "rollback"):
            _check_quoting(reading, path, ("cards", index, name), text)
    for name in sorted(used - set(card.placeholders)):
        reading.problem(path, ("cards", index), f"the placeholder {{{name}}} is not documented.")
    for name in sorted(set(card.placeholders) - used):
        reading.problem(path, ("cards", index, "placeholders", name), "no text uses this placeholder.")


def _check_quoting(reading: Reading, path: str, key: Key, text: str) -> None:
    for line in text.splitlines():
        for name in placeholders(line):
            if not name.endswith(QUOTED) and not line.lstrip().startswith("#"):
                message = f"{{{name}}} stands in a command without quoting."
                reading.problem(
                    path, key, message, f"Use a name ending in {', '.join(QUOTED)}, or a comment line."
                )
