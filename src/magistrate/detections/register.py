"""The known-good register applied to stories: which entry covers an activity, and which findings it excuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.model import Kind, OriginClass
from magistrate.context.lookup import asset_of
from magistrate.context.register import Use, matching_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Account, Activity, Identity, Story
    from magistrate.context.model import Context, KnownGood

_NULL_SID = "S-1-0-0"
_ACTING = (Kind.CHILD, Kind.CLIENT, Kind.SCRIPT, Kind.SUBSCRIPTION, Kind.REGISTRY)
_CLIENTS = (Kind.CLIENT, Kind.SCRIPT)
"""Acts on the asking side: a call comes from the host where its client runs, wherever the person sits (a remote desktop)."""
_MAY_BE_REMOTE = (OriginClass.REMOTE, OriginClass.UNKNOWN)
"""A client of a session that nobody can place may have been started from afar: its own host speaks for nothing."""


def acting_activities(story: Story) -> tuple[Activity, ...]:
    """Activities that run, ask or change something; traces around them speak for these.

    A subscription or a registry value set beside a known command is an act of its own, and so is a call that WMI
    recorded and that does more than read: what excuses the command does not excuse them.
    """
    acting = tuple(activity for activity in story.activities if _is_act(activity))
    return acting or story.activities


def _is_act(activity: Activity) -> bool:
    changes = activity.kind is Kind.OPERATION and activity.operation != "query"
    return activity.kind in _ACTING or changes


def actor_of(story: Story, activity: Activity) -> Account | None:
    """Who did it; for a trace that names nobody the story's actor. A process of an unknown actor stays nobody's."""
    return activity.identity.account or (story.account if activity.kind is not Kind.CHILD else None)


def covering_entry(context: Context, story: Story, activity: Activity) -> KnownGood | None:
    """The first register entry whose every condition holds for an activity, None when there is none."""
    return next(iter(_entries(context, story, activity)), None)


def covering_entries(context: Context, story: Story) -> tuple[KnownGood, ...]:
    """Entries that together cover every acting activity of a story; empty when one activity is not covered."""
    found: dict[str, KnownGood] = {}
    for activity in acting_activities(story):
        entry = covering_entry(context, story, activity)
        if entry is None:
            return ()
        found[entry.id] = entry
    return tuple(found[key] for key in sorted(found))


def excusing_entry(context: Context, story: Story, activities: Sequence[Activity], code: str) -> str | None:
    """Id of the register entry that excuses a finding: each activity is covered by an entry that names the code.

    Args:
        context: what the site knows.
        story: the story of the finding.
        activities: the activities that carry the finding; all acting ones when it rests on others.
        code: catalogue code, for D2 with `-scoped` or `-unscoped`.
    """
    entries: set[str] = set()
    for activity in activities or acting_activities(story):
        naming = [entry.id for entry in _entries(context, story, activity) if code in entry.excuses]
        if not naming:
            return None
        entries.add(naming[0])
    return min(entries) if entries else None


def source_of(story: Story, identity: Identity) -> tuple[str | None, str | None]:
    """Address and host that an act came from, as far as they may speak for it: a name only claimed never does."""
    host = None if identity.source_host_claimed else identity.source_host
    if host is None and not story.source_host_claimed and identity.source_ip in (None, story.source_ip):
        host = story.source_host
    return identity.source_ip or story.source_ip, host


def _entries(context: Context, story: Story, activity: Activity) -> tuple[KnownGood, ...]:
    """Register entries that fit one activity; an activity whose actor is unknown is covered by none."""
    if not context.register:
        return ()
    identity = activity.identity
    account = actor_of(story, activity)
    asks_from_here = activity.kind in _CLIENTS and identity.origin not in _MAY_BE_REMOTE
    if OriginClass.REMOTE in (identity.origin, story.origin) and not asks_from_here:
        address, host = source_of(story, identity)
    else:
        asset = asset_of(context, activity.host)
        address, host = (asset.addresses[0] if asset and asset.addresses else None), activity.host
    use = Use(
        host=activity.host,
        utc=activity.utc,
        account_sid=_sid(story, account),
        account=account.name if account else None,
        source_ip=address,
        source_host=host,
        parent=activity.parent,
        command=activity.command,
    )
    return matching_entries(context, use)


def _sid(story: Story, account: Account | None) -> str | None:
    """SID of an account; a 4688 holds the null SID, so the other records of the story are asked for the same name."""
    if account is None:
        return None
    if account.sid and account.sid != _NULL_SID:
        return account.sid
    others = (*story.accounts, *(a.identity.account for a in story.activities if a.identity.account))
    known = sorted(
        {
            item.sid
            for item in others
            if item.sid and item.sid != _NULL_SID and item.name.lower() == account.name.lower()
        }
    )
    return known[0] if len(known) == 1 else None
