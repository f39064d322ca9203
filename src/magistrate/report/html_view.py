"""What the HTML page shows and how much of it: a large case stays usable, and what is folded away is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.report.timeline_view import LEVELS, timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.report.timeline_view import Entry
    from magistrate.report.view import EvidenceView, FindingView, StoryView, View

FULL = 12
"""Findings of one indicator shown with their quoted fields; the others are one line each."""
LINES = 12_000
"""Most findings on the page as one line each."""
ACTS = 2_000
"""Most acts listed on the page, over all sessions."""
ENTRIES = 1_000
"""Most rows of the timeline on the page."""
RECORDS = 24_000
"""Most records in the appendix."""
RAW = 3_000_000
"""Characters of raw records on the page; the case folder has them all."""
RAW_EACH = 4_000
"""Characters of one raw record that are shown; a longer one is folded in its middle."""


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """All findings of one indicator: the first in full, then one line each, the rest only counted."""

    code: str
    tier: str
    title: str
    number: int
    hosts: int
    deciding: int
    excused: int
    full: tuple[FindingView, ...]
    lines: tuple[FindingView, ...]
    more: int


def finding_groups(view: View) -> tuple[FindingGroup, ...]:
    """The findings by indicator: what decides first, then by tier and code."""
    found: dict[str, list[FindingView]] = {}
    for item in view.findings:
        found.setdefault(item.code, []).append(item)
    ranked = sorted(
        found.values(),
        key=lambda items: (not any(item.deciding for item in items), "DSWM".find(items[0].tier), items[0].code),
    )  # fmt: skip
    room = LINES
    groups = []
    for items in ranked:
        ordered = sorted(
            items, key=lambda item: (not item.deciding, bool(item.excused_by), item.utc or "9", item.id)
        )
        lines = ordered[FULL : FULL + room]
        room -= len(lines)
        groups.append(
            FindingGroup(
                code=items[0].code, tier=items[0].tier, title=items[0].title, number=len(items),
                hosts=len({item.host for item in items}), deciding=sum(item.deciding for item in items),
                excused=sum(item.excused_by is not None for item in items),
                full=tuple(ordered[:FULL]), lines=tuple(lines), more=len(items) - FULL - len(lines) if len(items) > FULL else 0,
            )
        )  # fmt: skip
    return tuple(groups)


def split_stories(view: View) -> tuple[tuple[StoryView, ...], tuple[StoryView, ...]]:
    """Sessions shown with their acts, and those that are one line each: the first fill the room, in their order."""
    room = ACTS
    for number, story in enumerate(view.stories):
        room -= len(story.processes) + 1
        if room < 0 and number:
            return view.stories[:number], view.stories[number:]
    return view.stories, ()


def shown_entries(view: View) -> tuple[tuple[Entry, ...], int]:
    """The rows of the timeline on the page, in time order, and how many were left out: the lowest levels go first."""
    entries = timeline(view)
    if len(entries) <= ENTRIES:
        return entries, 0
    ranked = sorted(
        range(len(entries)), key=lambda at: (entries[at].background, -LEVELS.index(entries[at].level), at)
    )
    return tuple(entries[at] for at in sorted(ranked[:ENTRIES])), len(entries) - ENTRIES


def cited_records(view: View) -> tuple[EvidenceView, ...]:
    """Every record that the page cites, once, with most of its quoted fields, in time order; at most `RECORDS`."""
    found: dict[str, EvidenceView] = {}
    groups: Iterable[tuple[EvidenceView, ...]] = (
        *(item.evidence for item in sorted(view.findings, key=lambda item: not item.deciding)),
        *(item.evidence for item in view.answers),
        *(item.evidence for item in view.stories),
        *(item.evidence for item in view.signals),
    )
    for item in (record for group in groups for record in group):
        known = found.get(item.id)
        if known is None and len(found) >= RECORDS:
            continue
        if known is None or len(item.quoted) > len(known.quoted):
            found[item.id] = item
    return tuple(sorted(found.values(), key=lambda item: (item.utc or "9", item.id)))


@dataclass(frozen=True, slots=True)
class AppendixRecord:
    """One record of the appendix: the pointer and its quoted fields when the view quotes it, and its raw text.

    `raw` is None when the raw text is not on the page: it is only in the case folder.
    """

    id: str
    file: str
    cited: EvidenceView | None
    raw: str | None


def appendix(view: View, cited: tuple[EvidenceView, ...]) -> tuple[AppendixRecord, ...]:
    """The records behind every id on the page, cited ones in time order, then those that only tables name.

    Raw texts are put on the page until `RAW` characters are reached, those of deciding findings first.
    """
    kept = {item.id: item for item in view.raw}
    deciding = {record.id for item in view.findings if item.deciding for record in item.evidence}
    room = RAW
    raw: dict[str, str] = {}
    for name in sorted(kept, key=lambda name: (name not in deciding, name)):
        size = min(len(kept[name].text), RAW_EACH)
        if size and size <= room:
            room -= size
            raw[name] = kept[name].text
    quoted = {item.id for item in cited}
    records = [AppendixRecord(item.id, item.file, item, raw.get(item.id)) for item in cited]
    rest = [name for name in sorted(kept) if name not in quoted][: max(0, RECORDS - len(records))]
    records += [AppendixRecord(name, kept[name].file, None, raw.get(name)) for name in rest]
    return tuple(records)
