"""Reads a baseline out of a case or of logs that somebody named clean."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.activity.operation_classes import class_of
from magistrate.activity.rows import moment, number, text
from magistrate.context.lookup import is_responder
from magistrate.detections.register import actor_of
from magistrate.detections.shapes import Shapes
from magistrate.history.model import History, LearnedRow, merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magistrate.activity.model import Activity, Story
    from magistrate.context.model import Context
    from magistrate.store.base import Row, Store

ACT_MINUTES = 10
"""Width of an act's period: the window in which bursts are counted (triage practice 2.10)."""
_QUERIES = ("account_days", "logon_days", "recorded_days")


def learn(store: Store, stories: Sequence[Story], context: Context) -> History:
    """Read the baseline that a store of events holds.

    Args:
        store: the events.
        stories: every story that was found in them, background included.
        context: what the site knows; what responders did is left out (triage practice 3.1).

    Returns:
        The rows without a source; the caller says where they come from and why they may be learned.
    """
    rows = [*_acts(stories, context)]
    for name in _QUERIES:
        rows += [_learned(row) for row in store.query(_sql(name), name=f"history/{name}")]
    kept = [row for row in rows if not _is_responder(row, context)]
    return merge(History(tuple(kept)), History())


@cache
def _sql(name: str) -> str:
    return resources.files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _learned(row: Row) -> LearnedRow:
    first = moment(row, "first_seen")
    last = moment(row, "last_seen")
    if first is None or last is None:
        raise TypeError("a learned row needs its times")
    return LearnedRow(
        kind=text(row, "kind") or "",
        host=text(row, "host") or "",
        account=text(row, "account") or "",
        account_sid=text(row, "account_sid") or "",
        source=text(row, "source") or "",
        class_=text(row, "class") or "",
        shape="",
        package=text(row, "package") or "",
        period=first.replace(hour=0, minute=0, second=0, microsecond=0),
        number=number(row, "number") or 0,
        first_seen=first,
        last_seen=last,
        evidence_id=text(row, "evidence_id") or "",
        channel=text(row, "Channel") or "",
        event_id=number(row, "EventID") or 0,
        record_id=number(row, "RecordId"),
        file=text(row, "file") or "",
    )


def _acts(stories: Sequence[Story], context: Context) -> Iterator[LearnedRow]:
    """One row for each act; `merge` cannot count them, so acts of one key are counted here."""
    shapes = Shapes(stories)
    found: dict[tuple[str | datetime, ...], list[LearnedRow]] = {}
    for story in stories:
        for activity in story.activities:
            if activity.utc is not None and activity.evidence and not _by_responder(story, activity, context):
                row = _act(story, activity, activity.utc, shapes)
                found.setdefault(row.key, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.first_seen, row.evidence_id))
        values = {name: getattr(rows[0], name) for name in LearnedRow.__slots__}
        yield LearnedRow(**{**values, "number": len(rows), "last_seen": rows[-1].last_seen})


def _act(story: Story, activity: Activity, utc: datetime, shapes: Shapes) -> LearnedRow:
    account = actor_of(story, activity)
    record = activity.evidence[0]
    return LearnedRow(
        kind="act",
        host=activity.host,
        account=account.name.lower() if account else "",
        account_sid=(account.sid if account else None) or "",
        source=(
            activity.identity.source_ip or activity.identity.source_host or story.source_ip or activity.host
        ).lower(),
        class_=class_of(activity),
        shape=shapes.of(activity.command) if activity.command else "",
        package=(activity.identity.package or "").upper(),
        period=utc
        - timedelta(minutes=utc.minute % ACT_MINUTES, seconds=utc.second, microseconds=utc.microsecond),
        number=1,
        first_seen=utc,
        last_seen=utc,
        evidence_id=record.evidence_id,
        channel=record.channel,
        event_id=record.event_id,
        record_id=record.record_id,
        file=record.file,
    )


def _by_responder(story: Story, activity: Activity, context: Context) -> bool:
    account = actor_of(story, activity)
    names = (account.name if account else None, activity.identity.source_ip, activity.identity.source_host)
    return any(is_responder(context, name) for name in names)


def _is_responder(row: LearnedRow, context: Context) -> bool:
    return row.kind == "logon" and any(
        is_responder(context, name) for name in (row.account, row.source) if name
    )
