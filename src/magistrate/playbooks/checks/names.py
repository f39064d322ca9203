"""Ids agree with file names, and nothing has the same name twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.playbooks.model import Indicator, Question
from magistrate.playbooks.reading import (
    CollectionFile,
    ContainmentFile,
    DecisionFile,
    HardeningFile,
    LogSourcesFile,
    PlaybookFile,
    Reading,
    StepsFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def check_names(reading: Reading) -> None:
    """Check ids against file names, and every list of ids for repetitions."""
    _check_files(reading)
    for path, head in reading.of(PlaybookFile):
        for name in ("neighbours", "parts", "requirements", "slips"):
            _unique(reading, path, name, [item.id for item in getattr(head, name)])
    for path, logs in reading.of(LogSourcesFile):
        _unique(reading, path, "log_sources", [item.id for item in logs.log_sources])
    for path, decision in reading.of(DecisionFile):
        _unique(reading, path, "rules", [item.id for item in decision.rules])
        _unique(reading, path, "severity", [item.id for item in decision.severity.levels])
    for path, steps in reading.of(StepsFile):
        _unique(reading, path, "l1", [item.id for item in (*steps.l1, *steps.t2)])
    for path, cards in reading.of(ContainmentFile):
        _unique(reading, path, "cards", [item.id for item in cards.cards])
        _unique(reading, path, "caps", [item.scope for item in cards.caps])
        _unique(reading, path, "rules", [item.id for item in cards.rules])
    for path, collection in reading.of(CollectionFile):
        _unique(reading, path, "items", [item.id for item in collection.items])
    for path, hardening in reading.of(HardeningFile):
        _unique(reading, path, "controls", [item.id for item in hardening.controls])


def _check_files(reading: Reading) -> None:
    technique = next((head.id for _, head in reading.of(PlaybookFile)), None)
    codes: dict[str, str] = {}
    for path, indicator in reading.of(Indicator):
        _check_id(reading, path, indicator.id, f"{technique}.indicator", technique)
        _check_code(reading, path, indicator.code, codes)
        _unique(reading, path, "examples", [example.name for example in indicator.examples])
    for path, question in reading.of(Question):
        _check_id(reading, path, question.id, f"{technique}.question", technique)
        _check_code(reading, path, question.code, codes)
        if question.code.lower() != _stem(path):
            reading.problem(path, ("code",), f"the code {question.code} is not the file name.")
        _unique(reading, path, "approaches", [part.id for part in question.approaches])
        _unique(reading, path, "missing", [part.id for part in question.missing])
        _unique(reading, path, "examples", [example.name for example in question.examples])


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".yml")


def _check_id(reading: Reading, path: str, name: str, prefix: str, technique: str | None) -> None:
    expected = f"{prefix}.{_stem(path)}"
    if technique and name != expected:
        reading.problem(path, ("id",), f"the id is not {expected}.", "It follows the file name.")


def _check_code(reading: Reading, path: str, code: str, seen: dict[str, str]) -> None:
    if code in seen:
        reading.problem(path, ("code",), f"the code {code} is also used by {seen[code]}.")
    seen.setdefault(code, path)


def _unique(reading: Reading, path: str, key: str, names: Sequence[str]) -> None:
    for index, name in _repeated(names):
        reading.problem(path, (key, index), f"{name!r} is there twice.", "Ids name one thing.")


def _repeated(names: Iterable[str]) -> Iterable[tuple[int, str]]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield index, name
        seen.add(name)
