"""Reads a playbook folder file by file, keeping every problem with its line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from magistrate.errors import PlaybookError
from magistrate.playbooks.model import (
    Cap,
    Card,
    CollectItem,
    Collectors,
    Content,
    Control,
    Indicator,
    LogSource,
    Name,
    Neighbour,
    NeverRule,
    Parameter,
    Part,
    PlanRule,
    Playbook,
    Question,
    Requirement,
    Rule,
    Severity,
    Slip,
    Step,
    Technique,
    Text,
)
from magistrate.playbooks.problem import Problem
from magistrate.strict_yaml import Document, load_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

Model = TypeVar("Model", bound=BaseModel)


class PlaybookFile(Content):
    """`playbook.yml`."""

    id: Name
    technique: Technique
    title: Text
    tactic: Text
    tactic_id: Text
    sub_technique: Text
    description: Text
    neighbours: tuple[Neighbour, ...]
    parts: tuple[Part, ...]
    requirements: tuple[Requirement, ...]
    values: dict[Name, Text]
    slips: tuple[Slip, ...]
    thresholds: dict[str, Parameter]


class LogSourcesFile(Content):
    """`log_sources.yml`."""

    log_sources: tuple[LogSource, ...]


class DecisionFile(Content):
    """`decision.yml`."""

    facts: dict[str, Text]
    non_waivable: tuple[Text, ...]
    rules: tuple[Rule, ...]
    severity: Severity


class StepsFile(Content):
    """`steps.yml`."""

    l1: tuple[Step, ...]
    t2: tuple[Step, ...]


class ContainmentFile(Content):
    """`containment.yml`."""

    facts: dict[str, Text]
    caps: tuple[Cap, ...]
    rules: tuple[PlanRule, ...]
    never: tuple[NeverRule, ...]
    cards: tuple[Card, ...]


class CollectionFile(Content):
    """`collection.yml`."""

    whole: Collectors
    items: tuple[CollectItem, ...]


class HardeningFile(Content):
    """`hardening.yml`."""

    controls: tuple[Control, ...]


SINGLE_FILES: dict[str, type[Content]] = {
    "playbook.yml": PlaybookFile,
    "log_sources.yml": LogSourcesFile,
    "decision.yml": DecisionFile,
    "steps.yml": StepsFile,
    "containment.yml": ContainmentFile,
    "collection.yml": CollectionFile,
    "hardening.yml": HardeningFile,
}
FOLDERS: dict[str, type[Content]] = {"indicators": Indicator, "questions": Question}


@dataclass(slots=True)
class Reading:
    """What could be read of a folder, by path inside it, and everything that could not."""

    content: dict[str, Content] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def of(self, kind: type[Model]) -> list[tuple[str, Model]]:
        """All files of one kind with their path, sorted by path."""
        return [(path, item) for path, item in sorted(self.content.items()) if isinstance(item, kind)]

    def problem(self, path: str, key: tuple[str | int, ...], message: str, hint: str = "") -> None:
        """Note a problem at a value of a file."""
        document = self.documents.get(path)
        location = document.location(key) if document else path
        self.problems.append(Problem(location, ".".join(str(part) for part in key), message, hint))

    def playbook(self) -> Playbook | None:
        """The whole playbook, None when one of its single files could not be read."""
        head = self.content.get("playbook.yml")
        logs = self.content.get("log_sources.yml")
        decision = self.content.get("decision.yml")
        steps = self.content.get("steps.yml")
        containment = self.content.get("containment.yml")
        collection = self.content.get("collection.yml")
        hardening = self.content.get("hardening.yml")
        if not (
            isinstance(head, PlaybookFile)
            and isinstance(logs, LogSourcesFile)
            and isinstance(decision, DecisionFile)
            and isinstance(steps, StepsFile)
            and isinstance(containment, ContainmentFile)
            and isinstance(collection, CollectionFile)
            and isinstance(hardening, HardeningFile)
        ):
            return None
        questions = [item for _, item in self.of(Question)]
        return Playbook(
            **{name: getattr(head, name) for name in PlaybookFile.model_fields},
            log_sources=logs.log_sources,
            indicators=tuple(item for _, item in self.of(Indicator)),
            questions=tuple(item for item in questions if item.code.startswith("Q")),
            decisions=tuple(item for item in questions if item.code.startswith("E")),
            facts=decision.facts,
            rules=decision.rules,
            non_waivable=decision.non_waivable,
            severity=decision.severity,
            l1_steps=steps.l1,
            t2_steps=steps.t2,
            card_facts=containment.facts,
            cards=containment.cards,
            caps=containment.caps,
            plan_rules=containment.rules,
            never=containment.never,
            collectors=collection.whole,
            collect_items=collection.items,
            controls=hardening.controls,
        )


def read_folder(folder: Traversable) -> Reading:
    """Read every content file of a playbook folder.

    Files that are missing, unknown, not valid YAML or not of the right shape become problems.
    """
    reading = Reading()
    for name, kind in SINGLE_FILES.items():
        entry = folder / name
        if entry.is_file():
            _read(reading, entry, name, kind)
        else:
            reading.problem(name, (), "the file is missing.", "Every playbook has it.")
    for name, kind in FOLDERS.items():
        for entry in _entries(folder / name):
            if entry.name.endswith(".yml"):
                _read(reading, entry, f"{name}/{entry.name}", kind)
            else:
                reading.problem(f"{name}/{entry.name}", (), "only .yml files are read here.", "Remove it.")
    for entry in _entries(folder):
        if entry.name not in SINGLE_FILES and entry.name not in FOLDERS:
            reading.problem(entry.name, (), "this file is not part of a playbook.", "Remove or rename it.")
    return reading


def _entries(folder: Traversable) -> Iterator[Traversable]:
    if folder.is_dir():
        ignored = {"__pycache__", "__init__.py"}
        yield from sorted((e for e in folder.iterdir() if e.name not in ignored), key=lambda e: e.name)


def _read(reading: Reading, entry: Traversable, path: str, kind: type[Content]) -> None:
    try:
        document = load_document(entry.read_text(encoding="utf-8"), path)
    except UnicodeDecodeError:
        reading.problem(path, (), "the file is not UTF-8 text.", "Save it as UTF-8.")
        return
    except PlaybookError as error:
        location = error.location or path
        reading.problems.append(Problem(location, "", error.message, error.hint or ""))
        return
    reading.documents[path] = document
    try:
        # Through JSON because strict mode takes lists for tuples only there.
        reading.content[path] = kind.model_validate_json(json.dumps(document.value))
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            reading.problem(path, _key(document, item["loc"]), f"{item['msg']}.")


def _key(document: Document, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Path of a value in the file: pydantic's own, without the names of the types it tried."""
    key: tuple[int | str, ...] = ()
    for part in loc:
        if (*key, part) in document.lines:
            key = (*key, part)
    last = loc[-1:]
    # A missing key has no line of its own, and is named all the same.
    return key if key[-1:] == last or not isinstance(last[0] if last else 0, str) else (*key, *last)
