"""What indicators look at: the stories of a case as tables and as objects, beside the stored events."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import image_name, short_host
from magistrate.activity.rows import evidence_of, text
from magistrate.context.lookup import account_purpose, asset_of, is_management
from magistrate.detections.lineage import LinkedProcess, link_processes
from magistrate.detections.queries import sql
from magistrate.detections.register import source_of
from magistrate.detections.tables import (
    ACTIVITY_COLUMNS,
    LINKED_COLUMNS,
    SESSION_COLUMNS,
    STORY_COLUMNS,
    activity_row,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from magistrate.activity.model import Activity, Story
    from magistrate.context.model import Context
    from magistrate.detections.signals import Signal
    from magistrate.events.evidence import Evidence
    from magistrate.playbooks.model import Indicator
    from magistrate.store.base import Row, Store, Value

SERVICE_LOGONS = frozenset({0x3E7, 0x3E4, 0x3E5})
SESSION_BEFORE = timedelta(minutes=10)
SESSION_AFTER = timedelta(minutes=120)
"""How far around a story its sessions are followed (look-around of triage practice 2.10)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One case as indicators see it. Background stories are not in it.

    Working tables in the store: `activity`, `story`, `story_host`, `story_session`, `story_process`.
    """

    store: Store
    context: Context
    stories: tuple[Story, ...]
    signals: tuple[Signal, ...]
    processes: tuple[LinkedProcess, ...]
    _evidence: Mapping[str, Evidence] = field(default_factory=dict)
    _stories: Mapping[str, Story] = field(default_factory=dict)
    _processes: Mapping[str, tuple[LinkedProcess, ...]] = field(default_factory=dict)

    def story(self, story_id: str) -> Story:
        """A story by its id.

        Raises:
            KeyError: there is no such story in the frame.
        """
        return self._stories[story_id]

    def activities(self) -> Iterable[tuple[Story, Activity]]:
        """Every activity with its story, in order."""
        for item in self.stories:
            for activity in item.activities:
                yield item, activity

    def processes_of(self, story_id: str) -> tuple[LinkedProcess, ...]:
        """Descendants of a story's activities and processes of its sessions, in order of time."""
        return self._processes.get(story_id, ())

    def evidence(self, row: Row) -> tuple[Evidence, ...]:
        """Evidence of a result row: known pointers by id, else the row's own columns."""
        key = text(row, "evidence_id")
        if key is None:
            return ()
        if key in self._evidence:
            return (self._evidence[key],)
        if text(row, "Channel") is None:
            return self._look_up(key)
        quoted = sorted(name for name in row if name[:1].isupper() and name not in _POINTERS)
        return (evidence_of(row, *quoted),)

    def _look_up(self, evidence_id: str) -> tuple[Evidence, ...]:
        """Pointer to a record that a query named by its id alone; empty when the record is not stored."""
        rows = self.store.query(sql("one_record"), {"evidence_id": evidence_id}, name="one record")
        return (evidence_of(rows[0], *_SPEAKING),) if rows else ()

    def query(self, indicator: Indicator, sql: str, **more: Value) -> list[Row]:
        """Run SQL with the parameters of an indicator bound by name."""
        bound: dict[str, Value] = {
            name: item.value
            for name, item in indicator.parameters.items()
            if not isinstance(item.value, tuple)
        }
        return self.store.query(sql, {**bound, **more}, name=indicator.id)


_SPEAKING = ("ServiceName", "ImagePath", "TaskName", "TargetUserName", "MemberSid", "SubjectUserName")
_POINTERS = frozenset(
    {"evidence_id", "Timestamp", "time_source", "host", "Channel", "EventID", "RecordId", "file"}
)


def build_frame(store: Store, context: Context, stories: Sequence[Story], signals: Sequence[Signal]) -> Frame:
    """Register the working tables of the acting stories and link processes to them.

    Args:
        store: the events of the case.
        context: what the site knows.
        stories: all stories; background is left out.
        signals: signs of other techniques.
    """
    acting = tuple(story for story in stories if not story.background)
    pairs = [(story, activity) for story in acting for activity in story.activities]
    store.register(
        "activity", ACTIVITY_COLUMNS, [activity_row(s, a, **_site(context, s, a)) for s, a in pairs]
    )
    store.register("story", STORY_COLUMNS, [_story_row(context, story) for story in acting])
    store.register(
        "story_host",
        (("story_id", "text"), ("host", "text"), ("first_seen", "timestamp"), ("last_seen", "timestamp")),
        [
            {"story_id": story.id, "host": host, "first_seen": story.first, "last_seen": story.last}
            for story in acting
            for host in sorted({activity.host for activity in story.activities})
        ],
    )
    store.register("story_session", SESSION_COLUMNS, _session_rows(acting))
    processes = link_processes(store, acting)
    store.register("story_process", LINKED_COLUMNS, [item.row() for item in processes])
    known: dict[str, Evidence] = {}
    for _, activity in pairs:
        known.update((item.evidence_id, item) for item in activity.evidence)
    for linked in processes:
        known.update((item.evidence_id, item) for item in linked.evidence)
    by_story: dict[str, list[LinkedProcess]] = {}
    for linked in processes:
        by_story.setdefault(linked.story_id, []).append(linked)
    return Frame(
        store=store,
        context=context,
        stories=acting,
        signals=tuple(signals),
        processes=processes,
        _evidence=known,
        _stories={story.id: story for story in acting},
        _processes={story_id: tuple(items) for story_id, items in by_story.items()},
    )


def _site(context: Context, story: Story, activity: Activity) -> dict[str, Value]:
    """What the site says about the ends of an activity."""
    asset = asset_of(context, activity.host)
    account = activity.identity.account or story.account
    purpose = account_purpose(context, account.name if account else None, account.sid if account else None)
    source = next((name for name in source_of(story, activity.identity) if name), None)
    return {
        "host_role": asset.role if asset else None,
        "host_tier": asset.tier if asset else None,
        "host_management": is_management(context, activity.host),
        "source_management": is_management(context, source) if source else False,
        "account_tier": purpose.tier if purpose else None,
    }


def _story_row(context: Context, story: Story) -> dict[str, Value]:
    source = next((name for name in source_of(story, story.identity) if name), None)
    return {
        "story_id": story.id,
        "origin": story.origin.value,
        "account": story.account.name if story.account else None,
        "account_sid": story.account.sid if story.account else None,
        "source_ip": story.source_ip,
        "source_host": story.source_host,
        "source_management": is_management(context, source) if source else False,
        "transport": story.transport,
        "first_seen": story.first,
        "last_seen": story.last,
        "targets": len(story.target_hosts),
    }


def _session_rows(stories: Iterable[Story]) -> list[dict[str, Value]]:
    """Logon sessions of the stories, service sessions left out: they belong to everybody."""
    found: dict[tuple[str, str, int], dict[str, Value]] = {}
    for story in stories:
        for activity in story.activities:
            account = activity.identity.account
            if account is None or account.logon_id is None or account.logon_id in SERVICE_LOGONS:
                continue
            found.setdefault(
                (story.id, activity.host, account.logon_id),
                {
                    "story_id": story.id,
                    "host": activity.host,
                    "logon_id": account.logon_id,
                    "account": account.name,
                    "origin": activity.identity.origin.value,
                    "window_from": story.first - SESSION_BEFORE if story.first else None,
                    "window_to": story.last + SESSION_AFTER if story.last else None,
                },
            )
    return [found[key] for key in sorted(found)]


__all__ = ["Frame", "build_frame", "image_name", "short_host"]
