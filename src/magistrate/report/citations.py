"""Every record that a case cites, with what cites it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.report.view import EvidenceView, View


@dataclass(frozen=True, slots=True)
class Cited:
    """A record, once, with the most that is quoted of it; `cited_by` are ids of findings, signals, answers, stories."""

    record: EvidenceView
    cited_by: tuple[str, ...]


def cited_records(view: View) -> tuple[Cited, ...]:
    """Every cited record in time order, those without a time at the end."""
    records: dict[str, EvidenceView] = {}
    citing: dict[str, dict[str, None]] = {}
    for name, item in _citations(view):
        known = records.get(item.id)
        if known is None or len(item.quoted) > len(known.quoted):
            records[item.id] = item
        citing.setdefault(item.id, {})[name] = None
    ordered = sorted(records.values(), key=lambda item: (item.utc or "9", item.id))
    return tuple(Cited(item, tuple(citing[item.id])) for item in ordered)


def _citations(view: View) -> Iterator[tuple[str, EvidenceView]]:
    for finding in view.findings:
        yield from ((finding.id, item) for item in finding.evidence)
    for signal in view.signals:
        yield from ((signal.id, item) for item in signal.evidence)
    for answer in view.answers:
        yield from ((answer.id, item) for item in answer.evidence)
    for story in view.stories:
        yield from ((story.id, item) for item in story.evidence)
