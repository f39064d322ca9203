"""Finds the changes of the hosts of a case around its WMI activity and says how each stands to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, image_name
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.changes.model import Change, Changes, ChangeWindow, Relation
from magistrate.changes.queries import query_text
from magistrate.changes.rules import change_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from magistrate.activity.model import Story
    from magistrate.changes.rules import ChangeKind, ChangeRules
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Store

SERVICE_LOGONS = frozenset({0x3E7, 0x3E4, 0x3E5})
"""Sessions of the system itself: they belong to everybody and link nothing."""

PATCH_DAYS = 3
"""Days after the second Tuesday in which most sites install updates."""

_ORDER = tuple(Relation)
_RULE_COLUMNS: tuple[tuple[str, ColumnType], ...] = (
    ("kind", "text"),
    ("category", "text"),
    ("EventID", "bigint"),
    ("scope", "text"),
    ("pattern", "text"),
)
_SPAN: tuple[tuple[str, ColumnType], ...] = (
    ("host", "text"),
    ("from_time", "timestamp"),
    ("to_time", "timestamp"),
)
_QUOTED = (
    "ServiceName",
    "ImagePath",
    "TaskName",
    "Name",
    "ImageLoaded",
    "Signature",
    "TargetObject",
    "Details",
    "TargetUserName",
    "MemberSid",
    "ObjectName",
    "OldValue",
    "NewValue",
    "Status",
    "Operation",
    "AuditPolicyChanges",
    "Destination",
    "param1",
)
_DETAILS = (
    "ImagePath",
    "Destination",
    "MemberName",
    "MemberSid",
    "Details",
    "NewValue",
    "Status",
    "Operation",
)


@dataclass(frozen=True, slots=True)
class _Actors:
    """Who acted on a host: logon sessions, SIDs and bare names in lower case."""

    sessions: frozenset[int]
    sids: frozenset[str]
    names: frozenset[str]


def find_changes(store: Store, stories: Sequence[Story]) -> Changes:
    """Find what was changed on the hosts of the acting stories.

    Args:
        store: the events of the case.
        stories: all stories; those of the background and those without a time are left out.

    Returns:
        Changes by relation and time; alike ones once, with their number. Empty without a window where no story acts.
    """
    rules = change_rules()
    acting = [story for story in stories if not story.background and story.first and story.last]
    windows = _windows(acting, rules)
    if not windows:
        return Changes()
    _register(store, rules, windows, acting)
    actors = {window.host: _actors(acting, window.host) for window in windows}
    everyone = _actors(acting, None)
    found = [
        _change(row, rules.kinds[str(row["kind"])], actors.get(str(row["host"]), everyone))
        for row in store.query(query_text("changes"), name="changes/changes")
    ]
    channels = tuple(
        (text(row, "host") or "", text(row, "Channel") or "", number(row, "number") or 0)
        for row in store.query(query_text("channels"), name="changes/channels")
    )
    return Changes(
        changes=tuple(sorted(found, key=_key)),
        windows=windows,
        channels=channels,
        silent=_silent(rules.kinds, windows, channels),
        patch_note=_patch_note(min(window.t0 for window in windows)),
    )


def _windows(stories: Iterable[Story], rules: ChangeRules) -> tuple[ChangeWindow, ...]:
    spans: dict[str, tuple[datetime, datetime]] = {}
    for story in stories:
        for host in story.hosts:
            if story.first is None or story.last is None:
                continue
            first, last = spans.get(host, (story.first, story.last))
            spans[host] = (min(first, story.first), max(last, story.last))
    return tuple(
        ChangeWindow(host, first, first - rules.before, last + rules.after)
        for host, (first, last) in sorted(spans.items())
    )


def _register(
    store: Store, rules: ChangeRules, windows: Sequence[ChangeWindow], stories: Iterable[Story]
) -> None:
    store.register("change_rule", _RULE_COLUMNS, _rule_rows(rules))
    spans: list[Row] = [
        {"host": item.host, "scope": "host", "t0": item.t0, "from_time": item.first, "to_time": item.last}
        for item in windows
    ]
    t0, last = min(item.t0 for item in windows), max(item.last for item in windows)
    hosts = [str(row["host"]) for row in store.query(query_text("hosts"), name="changes/hosts")]
    spans += [
        {"host": host, "scope": "policy", "t0": t0, "from_time": t0 - rules.policy_before, "to_time": last}
        for host in hosts
    ]
    store.register("change_window", (*_SPAN, ("scope", "text"), ("t0", "timestamp")), spans)
    near = {
        (host, story.first - rules.near, story.last + rules.near)
        for story in stories
        for host in story.hosts
        if story.first and story.last
    }
    store.register(
        "change_near",
        _SPAN,
        [{"host": host, "from_time": first, "to_time": end} for host, first, end in sorted(near)],
    )


def _rule_rows(rules: ChangeRules) -> list[Row]:
    return [
        {
            "kind": name,
            "category": item.category,
            "EventID": key,
            "scope": kind.scope,
            "pattern": item.pattern,
        }
        for name, kind in rules.kinds.items()
        for item in kind.events
        for key in item.ids
    ]


def _actors(stories: Iterable[Story], host: str | None) -> _Actors:
    """Who acted on a host; on any host for None."""
    accounts = [
        activity.identity.account
        for story in stories
        for activity in story.activities
        if host is None or activity.host == host
    ]
    accounts += [
        account for story in stories if host is None or host in story.hosts for account in story.accounts
    ]
    known = [account for account in accounts if account is not None]
    return _Actors(
        frozenset(a.logon_id for a in known if a.logon_id is not None and a.logon_id not in SERVICE_LOGONS),
        frozenset(a.sid.upper() for a in known if a.sid and a.sid.upper().startswith("S-1-5-21-")),
        frozenset(account_name(a.name) for a in known if not a.name.endswith("$")) - {""},
    )


def _change(row: Row, kind: ChangeKind, actors: _Actors) -> Change:
    relation, reason = _relation(row, kind, actors)
    return Change(
        kind=text(row, "kind") or "",
        title=kind.title,
        reads=kind.reads,
        host=text(row, "host") or "",
        first=moment(row),
        last=moment(row, "last_seen"),
        count=number(row, "number") or 1,
        event=f"{text(row, 'Channel') or 'no channel'} {number(row, 'EventID') or 0}",
        subject=text(row, "subject") or "",
        detail=_detail(row),
        actor=text(row, "actor"),
        relation=relation,
        reason=reason,
        evidence=evidence_of(row, *_QUOTED),
    )


def _detail(row: Row) -> str:
    subject = text(row, "subject")
    parts = [value for name in _DETAILS if (value := text(row, name)) and value != subject]
    signer = text(row, "Signature")
    return "; ".join(dict.fromkeys([*parts, *([f"signed by {signer}"] if signer else [])]))


def _relation(row: Row, kind: ChangeKind, actors: _Actors) -> tuple[Relation, str]:
    near, earlier = row["near"] == 1, row["earlier"] == 1
    session = number(row, "logon_id")
    if near and session in actors.sessions:
        return Relation.LINKED, f"logon session 0x{session:x} of the activity, within minutes of it"
    name = account_name(text(row, "actor"))
    sids = {(text(row, column) or "").upper() for column in ("SubjectUserSid", "UserSid")}
    if (sids & actors.sids) or (name and name in actors.names):
        when = "within minutes of it" if near else "before it" if earlier else "after it"
        return Relation.SAME_ACCOUNT, f"the account of the activity, {when}"
    if earlier and kind.role == "preparation":
        return Relation.PREPARATION, "before the activity"
    if earlier and kind.role == "explanation":
        by = image_name(text(row, "Image"))
        return (
            Relation.EXPLANATION,
            f"before the activity{f', by {by}' if by else ''}; a ticket has to confirm it",
        )
    if near and not name:
        return Relation.UNATTRIBUTED, "within minutes of the activity; the record names no account"
    return (
        Relation.PARALLEL,
        "another actor" if name else "not close in time, and the record names no account",
    )


def _key(change: Change) -> tuple[int, str, str, str]:
    stamp = change.first.isoformat() if change.first else ""
    return (_ORDER.index(change.relation), stamp, change.host, change.evidence.evidence_id)


def _silent(
    kinds: Mapping[str, ChangeKind],
    windows: Sequence[ChangeWindow],
    channels: Sequence[tuple[str, str, int]],
) -> tuple[tuple[str, str], ...]:
    present = {(host, channel) for host, channel, _ in channels}
    return tuple(
        (window.host, kind.title)
        for window in windows
        for kind in kinds.values()
        if kind.scope == "host" and not any((window.host, name) in present for name in kind.recorded_by)
    )


def _patch_note(t0: datetime) -> str:
    """How a time lies to the last second Tuesday of a month, when Microsoft publishes its updates."""
    moment_ = t0.astimezone(UTC)
    tuesday = _second_tuesday(moment_)
    if tuesday > moment_:
        tuesday = _second_tuesday(moment_.replace(day=1) - timedelta(days=1))
    days = (moment_.date() - tuesday.date()).days
    words = "a common time for updates" if days <= PATCH_DAYS else "not a common time for updates"
    return f"The first activity is {days} days after the updates of {tuesday:%Y-%m-%d} came out: {words}."


def _second_tuesday(moment_: datetime) -> datetime:
    first = moment_.replace(day=1, hour=17, minute=0, second=0, microsecond=0)
    return first + timedelta(days=(1 - first.weekday()) % 7 + 7)
