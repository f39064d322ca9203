"""Every scenario is investigated once a session: the tests of this folder look at the same results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magistrate.investigation import EVENTS_FOLDER, Options, investigate
from magistrate.report.build import build_view
from magistrate.report.exporters import verdict_json
from magistrate.store.duckdb import DuckDBStore
from scenario_writer.render import render_scenario, write_context

if TYPE_CHECKING:
    from magistrate.report.case_file import CaseFile

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CASES = sorted((SCENARIOS / "cases").glob("*.yml"))
NAMES = tuple(path.stem for path in CASES)
"""The demo is `10_full`, see test_cases.py."""


@dataclass(frozen=True, slots=True)
class Investigated:
    """One scenario: what was found out, its verdict.json, and the ids of the records in its store."""

    case: CaseFile
    verdict: dict[str, Any]
    records: frozenset[str]

    def answer(self, code: str) -> dict[str, Any]:
        """One answer of the verdict."""
        return next(item for item in self.verdict["answers"] if item["id"] == code)

    def requirement(self, name: str) -> dict[str, Any]:
        """One row of the verdict's requirements."""
        return next(item for item in self.verdict["requirements"] if item["id"] == name)


def investigate_scenario(name: str, folder: Path) -> Investigated:
    """Render a scenario, investigate its logs with what the site knows when it says so."""
    path = SCENARIOS / "cases" / f"{name}.yml"
    evidence, context = folder / "evidence", folder / "context.yml"
    render_scenario(path, evidence)
    known = write_context(path, context)
    case = investigate([evidence], folder / "case", Options(context_path=context if known else None))
    with DuckDBStore.open(folder / "case" / EVENTS_FOLDER) as store:
        rows = store.query("SELECT evidence_id FROM record", name="records")
    verdict = json.loads(verdict_json.render(build_view(case)))
    return Investigated(case, verdict, frozenset(str(row["evidence_id"]) for row in rows))
