"""JSON lines for programs: the case, then every story, act, finding, signal, answer and cited record, one a line.

Values are exact but for masked passwords; text is ASCII with escapes, so that no control character reaches a terminal.
`type` says what a line is; the keys are those of `verdict.json`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from magistrate.report.citations import cited_records
from magistrate.report.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.report.view import View

SUFFIX = ".jsonl"
_CASE = (
    "schema", "version", "playbook", "technique", "case_hash", "disposition", "severity", "confidence", "rule",
    "sentence", "techniques", "unknowns", "next_actions", "deadline_minutes",
)  # fmt: skip


def render(view: View) -> str:
    """One object a line, keys sorted."""
    return "".join(json.dumps(line, sort_keys=True, ensure_ascii=True) + "\n" for line in _lines(view))


def _lines(view: View) -> Iterator[dict[str, Any]]:
    yield {"type": "case", **{name: plain(getattr(view, name)) for name in _CASE}}
    for story in view.stories:
        line = plain(story)
        acts = line.pop("processes")
        yield {"type": "story", **_by_id(line)}
        yield from ({"type": "act", "story_id": story.id, **act} for act in acts)
    for kind, items in (("finding", view.findings), ("signal", view.signals), ("answer", view.answers)):
        yield from ({"type": kind, **_by_id(plain(item))} for item in items)
    for cited in cited_records(view):
        yield {"type": "evidence", "cited_by": list(cited.cited_by), **plain(cited.record)}


def _by_id(line: dict[str, Any]) -> dict[str, Any]:
    """Records stand in lines of their own; here only their ids."""
    return {**line, "evidence": [item["id"] for item in line["evidence"]]}
