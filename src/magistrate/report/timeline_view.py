"""The timeline of a case: what happened, in order, with the level of what it was found to be.

A pure reading of the view: `magistrate timeline` and the HTML report show the same entries.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.moments import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from magistrate.report.view import FindingView, ProcessView, StoryView, View


class EntryKind(StrEnum):
    """What an entry of the timeline is."""

    ACT = "act"
    FINDING = "finding"
    SIGNAL = "signal"
    INTEGRITY = "integrity"


LEVELS = ("informational", "low", "medium", "high", "critical")
"""Levels in rising order, in the words of Sigma."""
# Tiers of triage practice 2.4 in the same words, so that one filter fits findings, signals and acts.
_TIER_LEVELS = {"D": "critical", "S": "high", "W": "low", "M": "informational"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `account` and `source` are empty where they are not known; `codes` are findings on it."""

    utc: str | None
    kind: EntryKind
    host: str
    account: str
    source: str
    what: str
    text: str
    level: str
    story_id: str
    codes: tuple[str, ...]
    background: bool
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are wanted; the empty filter lets everything through. `last` counts back from the last entry."""

    hosts: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    within: timedelta | None = None
    min_level: str = LEVELS[0]

    def keeps_name(self, hosts: tuple[str, ...], accounts: tuple[str, ...]) -> bool:
        """Whether any of the hosts and any of the accounts is wanted; a part of a name is enough, case aside."""
        return _named(self.hosts, hosts) and _named(self.accounts, accounts)


def _named(wanted: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return not wanted or any(part.casefold() in name.casefold() for part in wanted for name in names)


def timeline(view: View) -> tuple[Entry, ...]:
    """Every entry in time order; those without a usable time stand at the end."""
    entries = [*_acts(view), *_findings(view), *_signals(view), *_integrity(view)]
    return tuple(sorted(entries, key=lambda item: (item.utc is None, item.utc or "", item.kind, item.host, item.what, item.text)))  # fmt: skip


def filtered(entries: tuple[Entry, ...], wanted: Filter) -> tuple[Entry, ...]:
    """The entries that a filter lets through, in the same order.

    An entry without a time is left out as soon as a time is asked for.
    """
    lowest = LEVELS.index(wanted.min_level)
    kept = [
        item
        for item in entries
        if LEVELS.index(item.level) >= lowest
        and wanted.keeps_name((item.host,), (item.account,))
        and _in_time(item.utc, wanted.first, wanted.last)
    ]
    times = [moment for item in kept if (moment := moment_of(item.utc))]
    if wanted.within is None or not times:
        return tuple(kept)
    start = max(times) - wanted.within
    return tuple(item for item in kept if _in_time(item.utc, start, None))


def stories_passing(view: View, wanted: Filter) -> frozenset[str]:
    """Ids of the sessions of which any act or finding passes the filter; names are left to the caller.

    A session reaches over several hosts, so a host is looked for among all of its hosts and not in one entry.
    """
    open_ = replace(wanted, hosts=(), accounts=())
    return frozenset(item.story_id for item in filtered(timeline(view), open_))


def _in_time(utc: str | None, first: datetime | None, last: datetime | None) -> bool:
    if first is None and last is None:
        return True
    moment = moment_of(utc)
    if moment is None:
        return False
    return (first is None or moment >= first) and (last is None or moment <= last)


def _acts(view: View) -> Iterator[Entry]:
    found: dict[str, dict[str, str]] = {}
    for item in view.findings:
        for record in item.evidence:
            found.setdefault(record.id, {})[item.code] = item.tier
    for story in view.stories:
        for act in story.processes:
            tiers: dict[str, str] = {}
            for name in act.evidence_ids:
                tiers.update(found.get(name, {}))
            yield _act(story, act, tiers)


def _act(story: StoryView, act: ProcessView, tiers: dict[str, str]) -> Entry:
    ranked = [LEVELS.index(_TIER_LEVELS.get(tier, LEVELS[0])) for tier in tiers.values()]
    return Entry(
        utc=act.utc,
        kind=EntryKind.ACT,
        host=act.host,
        account=story.account.name if story.account else "",
        source=story.source_host or story.source_ip or "",
        what=f"{act.kind}: {act.operation.replace('_', ' ')}",
        text=act.command or act.image or ", ".join(act.targets),
        level=LEVELS[max(ranked, default=0)],
        story_id=story.id,
        codes=tuple(sorted(tiers)),
        background=story.background or act.background is not None,
        evidence_ids=act.evidence_ids,
    )


def _findings(view: View) -> Iterator[Entry]:
    for item in view.findings:
        yield Entry(
            utc=item.utc,
            kind=EntryKind.FINDING,
            host=item.host,
            account=item.account or "",
            source=item.source or "",
            what=f"{item.code} {item.title}",
            text=_statement(item),
            level=_TIER_LEVELS.get(item.tier, LEVELS[0]) if not item.excused_by else LEVELS[0],
            story_id=item.story_id or "",
            codes=(item.code,),
            background=False,
            evidence_ids=tuple(record.id for record in item.evidence),
        )


def _statement(item: FindingView) -> str:
    return f"excused by {item.excused_by}: {item.statement}" if item.excused_by else item.statement


def _signals(view: View) -> Iterator[Entry]:
    for item in view.signals:
        yield Entry(
            utc=item.first,
            kind=EntryKind.SIGNAL,
            host=item.host,
            account=item.account or "",
            source=item.source_ip or "",
            what=f"{item.technique} {item.title}".strip(),
            text=f"{item.statement} ({wording.count(item.count, 'record')})",
            level=item.level if item.level in LEVELS else LEVELS[0],
            story_id="",
            codes=(),
            background=False,
            evidence_ids=tuple(record.id for record in item.evidence),
        )


def _integrity(view: View) -> Iterator[Entry]:
    for item in view.coverage.tamper:
        yield Entry(
            utc=item.utc,
            kind=EntryKind.INTEGRITY,
            host=item.host,
            account="",
            source="",
            what="sign of a cut recording",
            text=f"{item.what}. Other explanation: {item.explanation}",
            level="high" if item.scored else "low",
            story_id="",
            codes=(),
            background=not item.scored,
            evidence_ids=item.evidence_ids,
        )
