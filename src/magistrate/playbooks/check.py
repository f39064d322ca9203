"""Checks a playbook folder and reports every problem at once (style: running stops at the first, checking does not)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.errors import PlaybookError
from magistrate.playbooks.checks.indicators import check_indicators
from magistrate.playbooks.checks.names import check_names
from magistrate.playbooks.checks.questions import check_questions
from magistrate.playbooks.checks.requirements import check_requirements
from magistrate.playbooks.checks.rules import check_rules
from magistrate.playbooks.checks.texts import check_texts
from magistrate.playbooks.load import playbook_folder
from magistrate.playbooks.model import Indicator
from magistrate.playbooks.problem import Problem
from magistrate.playbooks.reading import LogSourcesFile, Reading, read_folder

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

CHECKS = (check_names, check_requirements, check_indicators, check_questions, check_rules, check_texts)


def check_playbook(technique: str | Path, *, log_sources: Collection[str] | None = None) -> list[Problem]:
    """Find everything that is wrong in a playbook folder.

    Args:
        technique: a name such as `t1047`, or a path to a folder.
        log_sources: names of the store's tables, so that indicators naming others are found; not checked without.

    Returns:
        All problems, sorted by place; empty when the playbook is good.
    """
    try:
        folder = playbook_folder(technique)
    except PlaybookError as error:
        return [Problem(error.location or str(technique), "", error.message, error.hint or "")]
    reading = read_folder(folder)
    for check in CHECKS:
        check(reading)
    if log_sources is not None:
        _check_log_sources(reading, log_sources)
    return sorted(set(reading.problems), key=lambda problem: problem.order)


def _check_log_sources(reading: Reading, known: Collection[str]) -> None:
    for path, indicator in reading.of(Indicator):
        for name in indicator.log_source:
            if name not in known:
                reading.problem(path, ("log_source",), f"there is no log source named {name}.")
    for path, file in reading.of(LogSourcesFile):
        for index, source in enumerate(file.log_sources):
            for name in source.categories:
                if name not in known:
                    key = ("log_sources", index, "categories")
                    reading.problem(path, key, f"there is no log source named {name}.")
