"""Processes around the acts of a session: what started them, and what they started."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.activity.command_line import command_features
from magistrate.activity.processes import Process, processes_from
from magistrate.activity.queries import query_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Story
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Store, Value

UP = 4
"""Levels above an act: enough for document program, script host, shell and client."""
DOWN = 3
"""Levels below an act, as many as count as lineage (triage practice 2.4, D7)."""
MOST = 300
"""Most linked processes of one session."""
STORIES = 200
"""Most sessions that are looked at; those that decide stand first."""
LIFETIME = timedelta(hours=24)
"""How long a process id is trusted to be the same process when no process key is recorded."""

_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    ("story_id", "text"),
    ("evidence_id", "text"),
    ("host", "text"),
    ("process_id", "bigint"),
    ("process_key", "text"),
    ("window_from", "timestamp"),
    ("window_to", "timestamp"),
)


class Relation(StrEnum):
    """How a process is linked to its session."""

    ACT = "act"  # an act rests on the record of its start
    ANCESTOR = "ancestor"
    DESCENDANT = "descendant"


@dataclass(frozen=True, slots=True)
class Relative:
    """A process linked to a session; `parent_key` is set when its parent is linked as well."""

    story_id: str
    relation: Relation
    parent_key: str | None
    process: Process
    decoded: str | None


def find_relatives(store: Store, stories: Iterable[Story]) -> tuple[Relative, ...]:
    """Follow the processes of every session that counts, up and down.

    Returns:
        In order of session, host and time. A session whose records hold no process start has none. Background
        sessions are left out: they are set aside because they are everyday.
    """
    active = [story for story in stories if not story.background][:STORIES]
    rows = _rows(store, "kin_by_record", [row for story in active for row in _seeds(story)])
    rows += _rows(store, "kin_parents_by_id", [row for story in active for row in _trace_seeds(story)])
    acts = _grouped(rows)
    above = _follow(store, acts, ("kin_parents_by_key", "kin_parents_by_id"), UP, up=True)
    below = _follow(store, acts, ("kin_children_by_key", "kin_children_by_id"), DOWN, up=False)
    found: list[Relative] = []
    for story_id in sorted(acts):
        found += _linked(story_id, acts[story_id], above.get(story_id, []), below.get(story_id, []))
    return tuple(found)


def _rows(store: Store, name: str, wanted: list[dict[str, Value]]) -> list[Row]:
    if not wanted:
        return []
    store.register("kin", _COLUMNS, wanted)
    return store.query(query_text(name), name=name)


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        members = found.setdefault(str(row["story_id"]), [])
        if len(members) < MOST:
            members.append(row)
    return found


def _seeds(story: Story) -> list[dict[str, Value]]:
    names = sorted({item.evidence_id for act in story.activities for item in act.evidence})
    return [{"story_id": story.id, "evidence_id": name} for name in names]


def _trace_seeds(story: Story) -> list[dict[str, Value]]:
    """The programs of the source host whose traces were joined to the session, by process id before the trace."""
    found: list[dict[str, Value]] = []
    for trace in story.source_traces:
        times = [item.utc for item in trace.evidence if item.utc]
        if trace.process_id and times:
            found.append(
                _window(story.id, trace.host, trace.process_id, None, max(times) - LIFETIME, max(times))
            )
    return found


def _window(
    story_id: str,
    host: str,
    process_id: int | None,
    key: str | None,
    first: datetime | None,
    last: datetime | None,
) -> dict[str, Value]:
    return {
        "story_id": story_id, "host": host, "process_id": process_id, "process_key": key,
        "window_from": first, "window_to": last,
    }  # fmt: skip


def _follow(
    store: Store, acts: dict[str, list[Row]], queries: tuple[str, str], depth: int, *, up: bool
) -> dict[str, list[Row]]:
    """Rows of the processes above or below, level by level, each record once a session."""
    seen = {(story_id, str(row["evidence_id"])) for story_id, rows in acts.items() for row in rows}
    found: dict[str, list[Row]] = {}
    level = acts
    for _ in range(depth):
        wanted = [
            _next(story_id, process, up=up)
            for story_id, rows in sorted(level.items())
            for process in processes_from(rows)
        ]
        rows = [row for name in queries for row in _rows(store, name, wanted)]
        fresh = [row for row in rows if (str(row["story_id"]), str(row["evidence_id"])) not in seen]
        if not fresh:
            break
        seen |= {(str(row["story_id"]), str(row["evidence_id"])) for row in fresh}
        level = _grouped(fresh)
        for story_id, members in level.items():
            found.setdefault(story_id, []).extend(members)
    return found


def _next(story_id: str, process: Process, *, up: bool) -> dict[str, Value]:
    at = process.utc
    if up:
        first = at - LIFETIME if at else None
        return _window(story_id, process.host, process.parent_pid, process.parent_guid, first, at)
    return _window(story_id, process.host, process.pid, process.guid, at, at + LIFETIME if at else None)


def _linked(story_id: str, acts: list[Row], above: list[Row], below: list[Row]) -> list[Relative]:
    """One session's processes with their parents; what is linked to no act is left out."""
    own, lower = _ids(acts), _ids(below)
    processes = processes_from((*acts, *above, *below))[:MOST]
    by_key = {process.key: process for process in processes}
    parents = {process.key: _parent(process, processes) for process in processes}
    kept = {process.key for process in processes if _is_one(process, own)}
    for start in sorted(kept):
        kept |= set(_chain(start, parents))
    for process in processes:
        if _is_one(process, lower) and kept & set(_chain(process.key, parents)):
            kept.add(process.key)
    return [
        Relative(
            story_id,
            Relation.ACT if _is_one(process, own) else Relation.DESCENDANT if _is_one(process, lower) else Relation.ANCESTOR,
            parent if (parent := parents[process.key]) in kept and parent in by_key else None,
            process,
            command_features(process.image, process.original, process.command, host=process.host).decoded,
        )
        for process in processes
        if process.key in kept
    ]  # fmt: skip


def _ids(rows: list[Row]) -> frozenset[str]:
    return frozenset(str(row["evidence_id"]) for row in rows)


def _is_one(process: Process, ids: frozenset[str]) -> bool:
    return any(item.evidence_id in ids for item in process.evidence)


def _parent(process: Process, others: tuple[Process, ...]) -> str | None:
    """The parent by its key, else the last process of its id that started before."""
    for other in others:
        if process.parent_guid and other.guid == process.parent_guid:
            return other.key
    if process.parent_pid is None or process.utc is None:
        return None
    earlier = [
        other
        for other in others
        if other.host == process.host and other.pid == process.parent_pid and other.utc is not None
        and other.key != process.key and other.utc <= process.utc
        and (not process.parent_name or not other.name or other.name == process.parent_name)
    ]  # fmt: skip
    return max(earlier, key=lambda other: (other.utc, other.key)).key if earlier else None


def _chain(key: str, parents: dict[str, str | None]) -> list[str]:
    """The parents of a process, nearest first; a circle, which no real log has, ends it."""
    found: list[str] = []
    parent = parents.get(key)
    while parent is not None and parent not in found and parent != key:
        found.append(parent)
        parent = parents.get(parent)
    return found
