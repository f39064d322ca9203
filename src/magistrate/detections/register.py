"""The known-good register applied to stories: which entry covers an activity, and which findings it excuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.model import Kind, OriginClass
from magistrate.context.lookup import asset_of
from magistrate.context.register import Use, matching_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Account, Activity, Story
    from magistrate.context.model import Context, KnownGood

_NULL_SID = "S-1-0-0"
_ACTING = (Kind.CHILD, Kind.CLIENT, Kind.SCRIPT)


def acting_activities(story: Story) -> tuple[Activity, ...]:
    """Activities that run something or ask something; traces around them speak for these."""
    acting = tuple(activity for activity in story.activities if activity.kind in _ACTING)
    return acting or story.activities


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


def _entries(context: Context, story: Story, activity: Activity) -> tuple[KnownGood, ...]:
    """Register entries that fit one activity; an activity whose actor is unknown is covered by none."""
    if not context.register:
        return ()
    identity = activity.identity
    account = identity.account or (story.account if activity.kind is not Kind.CHILD else None)
    if OriginClass.REMOTE in (identity.origin, story.origin):
        address, host = identity.source_ip or story.source_ip, identity.source_host or story.source_host
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
