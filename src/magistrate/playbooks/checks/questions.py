"""Questions have approaches, texts and examples for every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.playbooks.model import Question
from magistrate.playbooks.template import placeholders

if TYPE_CHECKING:
    from magistrate.playbooks.reading import Reading

STATES = ("YES", "NO", "UNKNOWN", "CONFLICT")


def check_questions(reading: Reading) -> None:
    """Check every question by itself."""
    for path, question in reading.of(Question):
        shown = {example.state for example in question.examples}
        for state in STATES:
            if state not in shown:
                reading.problem(path, ("examples",), f"there is no example of the state {state}.")
            if state not in question.templates:
                reading.problem(path, ("templates",), f"there is no text for the state {state}.")
            if state not in question.flips_if:
                reading.problem(path, ("flips_if",), f"nothing is said for the state {state}.")
        _check_approaches(reading, path, question)
        _check_texts(reading, path, question)
        if not question.missing:
            reading.problem(
                path, ("missing",), "no request for missing data.", "UNKNOWN must name what to fetch."
            )
        if not question.requirements:
            reading.problem(path, ("requirements",), "the list is empty.", "Name what the question answers.")


def _check_approaches(reading: Reading, path: str, question: Question) -> None:
    if not question.approaches:
        reading.problem(path, ("approaches",), "the list is empty.", "Say how the question is answered.")
    for index, approach in enumerate(question.approaches):
        for name in ("covered", "not_covered"):
            if not getattr(approach, name):
                key = ("approaches", index, name)
                reading.problem(path, key, "the list is empty.", "Say what it covers and what not.")


def _check_texts(reading: Reading, path: str, question: Question) -> None:
    used: set[str] = set()
    for state, text in question.templates.items():
        names = placeholders(text)
        used.update(names)
        for name in names:
            if name not in question.placeholders:
                reading.problem(path, ("templates", state), f"the placeholder {{{name}}} is not documented.")
    for state, text in question.flips_if.items():
        for name in placeholders(text):
            reading.problem(path, ("flips_if", state), f"{{{name}}}: this text is printed as it is.")
    for name in sorted(set(question.placeholders) - used):
        reading.problem(path, ("placeholders", name), "no text uses this placeholder.", "Remove it.")
