"""S5: several different discovery tools in one session within minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.model import Kind
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.activity.model import Story
    from magistrate.detections.frame import Frame
    from magistrate.events.evidence import Evidence
    from magistrate.playbooks.model import Indicator


@dataclass(frozen=True, slots=True)
class _Run:
    """One start of discovery tools in a session of a story."""

    key: tuple[str, str]
    utc: datetime
    tools: tuple[str, ...]
    evidence: Evidence
    activity_id: str | None


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Sessions (host and logon id, or host and account without one) with `tools` discovery tools in `window_minutes`."""
    needed = int(str(indicator.parameters["tools"].value))
    window = timedelta(minutes=float(str(indicator.parameters["window_minutes"].value)))
    for story in frame.stories:
        groups: dict[tuple[str, str], list[_Run]] = {}
        for run in _runs(frame, story):
            groups.setdefault(run.key, []).append(run)
        for key, runs in sorted(groups.items()):
            chain = _chain(sorted(runs, key=lambda run: (run.utc, run.evidence.evidence_id)), window, needed)
            if chain:
                yield _hit(story, key[0], chain)


def _runs(frame: Frame, story: Story) -> Iterator[_Run]:
    for activity in story.activities:
        tools = activity.fact("command.discovery")
        if activity.kind is Kind.CHILD and tools and activity.utc and activity.evidence:
            account = activity.identity.account
            who = str(account.logon_id or account.name.lower()) if account else ""
            yield _Run(
                (activity.host, who),
                activity.utc,
                tuple(tools.split(", ")),
                activity.evidence[0],
                activity.id,
            )
    for process in frame.processes_of(story.id):
        tools = process.facts.get("command.discovery")
        if tools and process.utc:
            who = str(process.logon_id or (process.account or "").lower())
            yield _Run((process.host, who), process.utc, tuple(tools.split(", ")), process.evidence[0], None)


def _chain(runs: list[_Run], window: timedelta, needed: int) -> list[_Run]:
    """The first runs inside one window that use enough different tools; empty when there are none."""
    start = 0
    for end, run in enumerate(runs):
        while run.utc - runs[start].utc > window:
            start += 1
        part = runs[start : end + 1]
        if len({tool for item in part for tool in item.tools}) >= needed:
            last = runs[start].utc + window
            return [item for item in runs[start:] if item.utc <= last]
    return []


def _hit(story: Story, host: str, chain: list[_Run]) -> Hit:
    tools = sorted({tool for run in chain for tool in run.tools})
    return Hit(
        story_id=story.id,
        host=host,
        utc=chain[0].utc,
        values={"tools": ", ".join(tools), "number": str(len(tools))},
        evidence=tuple(dict.fromkeys(run.evidence for run in chain)),
        activity_ids=tuple(dict.fromkeys(run.activity_id for run in chain if run.activity_id)),
    )
