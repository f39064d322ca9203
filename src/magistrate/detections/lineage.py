"""Processes that belong to a story: descendants of its activities and processes of its logon sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.command_line import command_features
from magistrate.activity.images import image_name
from magistrate.activity.model import Kind
from magistrate.activity.processes import processes_from
from magistrate.detections.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from magistrate.activity.features import Features
    from magistrate.activity.model import Story
    from magistrate.activity.processes import Process
    from magistrate.events.evidence import Evidence
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Store, Value

MAX_DEPTH = 3
"""Levels below a child of the provider host that count as its lineage (triage practice 2.4, D7)."""
MAX_LINKED = 20_000
"""Most linked processes that are looked at in one case."""
LIFETIME = timedelta(hours=24)
"""How long a process id is trusted to be the same process when no process key is recorded."""

_PARENT_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    ("story_id", "text"),
    ("activity_id", "text"),
    ("host", "text"),
    ("process_id", "bigint"),
    ("process_key", "text"),
    ("has_key", "bool"),
    ("window_from", "timestamp"),
    ("window_to", "timestamp"),
)


@dataclass(frozen=True, slots=True)
class LinkedProcess:
    """A process of a story that is no activity itself.

    `via` is descendant (of a child or client, `depth` levels below it) or session (same logon session, depth 0).
    """

    story_id: str
    activity_id: str | None
    via: str
    depth: int
    host: str
    utc: datetime | None
    image: str | None
    command: str | None
    decoded: str | None
    parent_name: str
    process_id: int | None
    process_key: str
    account: str | None
    logon_id: int | None
    evidence: tuple[Evidence, ...]
    facts: Mapping[str, str] = field(default_factory=dict)

    def row(self) -> dict[str, Value]:
        """Row of the `story_process` table."""
        row: dict[str, Value] = {name.replace(".", "_"): value for name, value in self.facts.items()}
        row.update(
            story_id=self.story_id,
            activity_id=self.activity_id,
            via=self.via,
            depth=self.depth,
            host=self.host,
            Timestamp=self.utc,
            image=self.image,
            image_name=image_name(self.image) or None,
            command=self.command,
            decoded=self.decoded,
            parent_name=self.parent_name or None,
            process_id=self.process_id,
            process_key=self.process_key,
            account=self.account,
            logon_id=self.logon_id,
            evidence_id=self.evidence[0].evidence_id,
        )
        return row


def link_processes(store: Store, stories: Sequence[Story]) -> tuple[LinkedProcess, ...]:
    """Follow the processes of stories; needs the table `story_session`.

    Returns:
        Each process once a story, in order of story, time and evidence; activities themselves are left out.
    """
    read = _Reader()
    own = {(s.id, e.evidence_id) for s in stories for a in s.activities for e in a.evidence}
    found: dict[tuple[str, str], LinkedProcess] = {}
    parents = [row for story in stories for row in _first_parents(story)]
    for depth in range(1, MAX_DEPTH + 1):
        if not parents or len(found) >= MAX_LINKED:
            break
        store.register("story_parent", _PARENT_COLUMNS, parents)
        rows = [
            *store.query(sql("descendants_by_key"), name="descendants by key"),
            *store.query(sql("descendants_by_id"), name="descendants by id"),
        ]
        fresh = [
            item
            for item in _linked(rows, "descendant", depth, read)
            if _key(item) not in found and not _is_own(item, own)
        ]
        found.update((_key(item), item) for item in fresh[: MAX_LINKED - len(found)])
        parents = [_parent_row(item) for item in fresh]
    rows = store.query(sql("session_processes"), {"most": MAX_LINKED}, name="processes of the sessions")
    for item in _linked(rows, "session", 0, read):
        if not _is_own(item, own):
            found.setdefault(_key(item), item)
    return tuple(sorted(found.values(), key=_order))


def _key(item: LinkedProcess) -> tuple[str, str]:
    return (item.story_id, min(evidence.evidence_id for evidence in item.evidence))


def _is_own(item: LinkedProcess, own: set[tuple[str, str]]) -> bool:
    return any((item.story_id, evidence.evidence_id) in own for evidence in item.evidence)


def _order(item: LinkedProcess) -> tuple[str, bool, str, str]:
    stamp = item.utc.isoformat() if item.utc else ""
    return (item.story_id, item.utc is None, stamp, item.evidence[0].evidence_id)


def _first_parents(story: Story) -> list[dict[str, Value]]:
    """Processes of a story whose descendants count."""
    rows: list[dict[str, Value]] = []
    for activity in story.activities:
        if activity.kind not in (Kind.CHILD, Kind.CLIENT) or activity.utc is None:
            continue
        rows.append(
            {
                "story_id": story.id,
                "activity_id": activity.id,
                "host": activity.host,
                "process_id": activity.process_id,
                "process_key": activity.process_key,
                "has_key": bool(activity.process_key) and "/" not in (activity.process_key or ""),
                "window_from": activity.utc,
                "window_to": activity.utc + LIFETIME,
            }
        )
    return rows


def _parent_row(item: LinkedProcess) -> dict[str, Value]:
    return {
        "story_id": item.story_id,
        "activity_id": item.activity_id,
        "host": item.host,
        "process_id": item.process_id,
        "process_key": item.process_key,
        "has_key": "/" not in item.process_key,
        "window_from": item.utc,
        "window_to": item.utc + LIFETIME if item.utc else None,
    }


def _linked(rows: Iterable[Row], via: str, depth: int, read: _Reader) -> list[LinkedProcess]:
    """Rows of all stories as linked processes, the two records of one process told once."""
    by_story: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        activity = str(row.get("activity_id") or "")
        by_story.setdefault((str(row["story_id"]), activity), []).append(row)
    found: list[LinkedProcess] = []
    for (story_id, activity_id), members in sorted(by_story.items()):
        for process in processes_from(members):
            found.append(_one(process, story_id, activity_id or None, via, depth, read))
    return found


class _Reader:
    """Reads each distinct command once: sessions repeat the same few commands thousands of times."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, ...], Features] = {}

    def features(self, process: Process) -> Features:
        """Features of a process."""
        key = (process.image, process.original, process.command, process.host)
        if key not in self._known:
            self._known[key] = command_features(
                process.image, process.original, process.command, host=process.host
            )
        return self._known[key]


def _one(
    process: Process, story_id: str, activity_id: str | None, via: str, depth: int, read: _Reader
) -> LinkedProcess:
    features = read.features(process)
    return LinkedProcess(
        story_id=story_id,
        activity_id=activity_id,
        via=via,
        depth=depth,
        host=process.host,
        utc=process.utc,
        image=process.image,
        command=process.command,
        decoded=features.decoded,
        parent_name=process.parent_name,
        process_id=process.pid,
        process_key=process.key,
        account=process.user,
        logon_id=process.logon_id,
        evidence=process.evidence,
        facts=dict(features.facts),
    )
