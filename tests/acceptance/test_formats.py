"""The same recording as EVTX, XML, JSON and CSV is judged alike: verdicts differ in evidence pointers alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from magistrate.investigation import Options, investigate
from magistrate.report.build import build_view
from magistrate.report.exporters import verdict_json
from scenario_writer.render import render_scenario, write_context
from sources.export_writers import (
    records_of,
    to_event_trees,
    to_evtxecmd,
    to_winlogbeat,
    to_xml,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from magistrate.sources.base import RawRecord

CASES = Path(__file__).parents[2] / "scenarios" / "cases"
WRITERS: dict[str, tuple[str, Callable[[Iterable[RawRecord]], str]]] = {
    "xml": ("xml", to_xml),
    "winlogbeat": ("ndjson", to_winlogbeat),
    "event_tree": ("jsonl", to_event_trees),
    "evtxecmd": ("csv", to_evtxecmd),
}
# Pointers to evidence, and what says in which file and form it came. EvtxECmd's dialect is told in a note.
POINTERS = frozenset(
    {"evidence", "case_hash", "file", "format", "inputs", "locator", "notes", "sha256", "size_bytes"}
)
ID = re.compile(r"[0-9a-f]{16}")


@pytest.fixture(scope="module", params=["03_subscription", "10_full", "28_log_cleared"])
def recording(request, tmp_path_factory):
    """Folder of a rendered case, its context file and its verdict."""
    folder = tmp_path_factory.mktemp(request.param)
    case = CASES / f"{request.param}.yml"
    render_scenario(case, folder / "evtx")
    context = folder / "context.yml"
    known = context if write_context(case, context) else None
    return folder, known, verdict_of(folder / "evtx", known, folder / "case-evtx")


@pytest.mark.xdist_group("formats")
@pytest.mark.parametrize("name", WRITERS)
def test_another_format_gives_the_same_verdict(recording, name):
    folder, context, expected = recording
    suffix, write = WRITERS[name]
    for log in sorted((folder / "evtx").rglob("*.evtx")):
        copy = folder / name / log.relative_to(folder / "evtx").with_suffix(f".{suffix}")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(write(records_of(log)), encoding="utf-8", newline="")

    verdict = verdict_of(folder / name, context, folder / f"case-{name}")

    assert without_pointers(expected) == without_pointers(verdict)


def verdict_of(evidence: Path, context: Path | None, case: Path) -> dict[str, Any]:
    case.mkdir()
    result = investigate([evidence], case, Options(context_path=context))
    return json.loads(verdict_json.render(build_view(result)))


def without_pointers(value: Any) -> Any:
    """The verdict with evidence counted instead of cited, ids made alike, and lists of ids in no order."""
    if isinstance(value, str):
        return ID.sub("ID", value)
    if isinstance(value, dict):
        counts = {"evidence": len(value["evidence"])} if isinstance(value.get("evidence"), list) else {}
        return {name: without_pointers(item) for name, item in value.items() if name not in POINTERS} | counts
    if isinstance(value, list):
        items = [without_pointers(item) for item in value]
        return sorted(items) if all(isinstance(item, str) for item in items) else items
    return value
