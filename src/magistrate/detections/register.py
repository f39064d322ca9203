"""The known-good register: which entry covers an activity, and which findings it excuses."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from magistrate.activity.images import account_name, image_name
from magistrate.activity.model import Kind, OriginClass
from magistrate.context.lookup import asset_of, matches_source, same_host
from magistrate.context.shapes import compile_shape

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magistrate.activity.model import Activity, Story
    from magistrate.context.model import Context, KnownGood

_ACTING = (Kind.CHILD, Kind.CLIENT, Kind.SCRIPT)
_HOURS = re.compile(r"^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})(?:\s+(\S+))?$")


def acting_activities(story: Story) -> tuple[Activity, ...]:
    """Activities that run something or ask something; traces around them speak for these."""
    acting = tuple(activity for activity in story.activities if activity.kind in _ACTING)
    return acting or story.activities


def covering_entry(context: Context, story: Story, activity: Activity) -> KnownGood | None:
    """The first register entry whose every condition holds for an activity: account, source, shape, parent, place, time."""
    return next((entry for entry in context.register if _covers(context, entry, story, activity)), None)


def covering_entries(context: Context, story: Story) -> tuple[KnownGood, ...]:
    """Entries that together cover every acting activity of a story; empty when one activity is not covered."""
    if not context.register:
        return ()
    found: dict[str, KnownGood] = {}
    for activity in acting_activities(story):
        entry = covering_entry(context, story, activity)
        if entry is None:
            return ()
        found[entry.id] = entry
    return tuple(found[key] for key in sorted(found))


def excusing_entry(context: Context, story: Story, activities: Sequence[Activity], code: str) -> str | None:
    """Id of the register entry that excuses a finding: it covers every activity and names the code.

    Args:
        context: what the site knows.
        story: the story of the finding.
        activities: the activities that carry the finding; all acting ones when it rests on others.
        code: catalogue code, for D2 with `-scoped` or `-unscoped`.
    """
    entries: set[str] = set()
    for activity in activities or acting_activities(story):
        entry = covering_entry(context, story, activity)
        if entry is None or code not in entry.excuses:
            return None
        entries.add(entry.id)
    return min(entries) if entries else None


def _covers(context: Context, entry: KnownGood, story: Story, activity: Activity) -> bool:
    return (
        _unexpired(entry, activity.utc)
        and _same_account(entry, story, activity)
        and _from_source(context, entry, story, activity)
        and _parent_fits(entry, activity)
        and _target_fits(context, entry, activity)
        and compile_shape(entry.shape).matches(activity.command)
        and _in_hours(entry, activity.utc)
    )


def _unexpired(entry: KnownGood, utc: datetime | None) -> bool:
    return utc is not None and utc.date() <= entry.expires


def _same_account(entry: KnownGood, story: Story, activity: Activity) -> bool:
    """By SID; by name only where the record holds no SID and the entry names the account."""
    account = activity.identity.account or (story.account if activity.kind is not Kind.CHILD else None)
    if account is None:
        return False
    if account.sid:
        return account.sid.upper() == entry.account_sid.upper()
    return entry.account_name is not None and account_name(entry.account_name) == account_name(account.name)


def _from_source(context: Context, entry: KnownGood, story: Story, activity: Activity) -> bool:
    identity = activity.identity
    if identity.origin is OriginClass.REMOTE or story.origin is OriginClass.REMOTE:
        address, host = identity.source_ip or story.source_ip, identity.source_host or story.source_host
    else:
        address, host = None, activity.host
        asset = asset_of(context, host)
        address = asset.addresses[0] if asset and asset.addresses else None
    return any(matches_source(context, wanted, address=address, host=host) for wanted in entry.sources)


def _parent_fits(entry: KnownGood, activity: Activity) -> bool:
    return entry.parent is None or image_name(entry.parent) == image_name(activity.parent)


def _target_fits(context: Context, entry: KnownGood, activity: Activity) -> bool:
    asset = asset_of(context, activity.host)
    if entry.exclude_tags and (asset is None or set(entry.exclude_tags) & set(asset.tags)):
        return False
    if entry.target_role and (asset is None or asset.role != entry.target_role):
        return False
    return not entry.targets or any(same_host(activity.host, target) for target in entry.targets)


def _in_hours(entry: KnownGood, utc: datetime | None) -> bool:
    """Whether a time lies in the entry's hours; an entry whose hours cannot be read covers nothing."""
    if entry.hours is None:
        return True
    match = _HOURS.match(entry.hours.strip())
    if match is None or utc is None:
        return False
    try:
        zone = ZoneInfo(match.group(5)) if match.group(5) else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return False
    local = utc.astimezone(zone)
    now = local.hour * 60 + local.minute
    start = int(match.group(1)) * 60 + int(match.group(2))
    end = int(match.group(3)) * 60 + int(match.group(4))
    return start <= now < end if start <= end else (now >= start or now < end)
