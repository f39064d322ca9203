"""Does a known-good entry apply to what was seen: all of its conditions, at the time of the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from magistrate.context.hours import is_within, parse_hours
from magistrate.context.lookup import asset_of, matches_source, same_host
from magistrate.context.shapes import compile_shape

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.context.model import Context, KnownGood


@dataclass(frozen=True, slots=True)
class Use:
    """What was seen, as far as it is known: one command of one account on one host."""

    host: str
    utc: datetime | None
    account_sid: str | None
    account: str | None = None
    source_ip: str | None = None
    source_host: str | None = None
    parent: str | None = None
    command: str | None = None


def matching_entries(context: Context, use: Use) -> tuple[KnownGood, ...]:
    """Find the register entries whose every condition holds (M1), in the order of the register."""
    return tuple(entry for entry in context.register if not entry_failures(context, entry, use))


def entry_failures(context: Context, entry: KnownGood, use: Use) -> tuple[str, ...]:
    """Name the conditions of an entry that do not hold: account, source, target, parent, shape, hours, expired.

    A condition that cannot be checked because the record lacks the value fails: the register excuses only what was
    seen to fit. Expiry is judged by the time of the event, so that an old case gives the same answer every day.

    Returns:
        The failed conditions in that order; empty when the entry applies.
    """
    checks = (
        ("account", _account_fits(entry, use)),
        ("source", any(_source_fits(context, wanted, use) for wanted in entry.sources)),
        ("target", _target_fits(context, entry, use)),
        ("parent", entry.parent is None or _image_name(use.parent) == _image_name(entry.parent)),
        ("shape", compile_shape(entry.shape).matches(use.command)),
        ("hours", _hours_fit(entry, use)),
        ("expired", is_in_term(entry, use.utc)),
    )
    return tuple(name for name, holds in checks if not holds)


def is_in_term(entry: KnownGood, utc: datetime | None) -> bool:
    """Tell whether an entry had not expired at the time of the event; False when that time is unknown.

    The last valid day is `expires` itself, in UTC. An approval given after the event counts: the register is often
    filled in while the first alert is being examined.
    """
    return utc is not None and utc.date() <= entry.expires


def _account_fits(entry: KnownGood, use: Use) -> bool:
    """Equal SIDs; by name only when the record has no SID and the entry gives the name too."""
    if use.account_sid:
        return use.account_sid.upper() == entry.account_sid.upper()
    if not use.account or not entry.account_name:
        return False
    return use.account.lower() == entry.account_name.lower()


def _source_fits(context: Context, wanted: str, use: Use) -> bool:
    return matches_source(context, wanted, address=use.source_ip, host=use.source_host)


def _target_fits(context: Context, entry: KnownGood, use: Use) -> bool:
    asset = asset_of(context, use.host)
    if entry.targets and not any(same_host(name, use.host) for name in entry.targets):
        return False
    if entry.target_role is not None and (asset is None or asset.role != entry.target_role):
        return False
    # A host that the site did not list might carry an excluded tag: that is not known to fit.
    return not entry.exclude_tags or (asset is not None and not set(asset.tags) & set(entry.exclude_tags))


def _hours_fit(entry: KnownGood, use: Use) -> bool:
    if entry.hours is None:
        return True
    if use.utc is None:
        return False
    span, _, zone = entry.hours.partition(" ")
    local = use.utc.astimezone(ZoneInfo(zone))
    return is_within(local.hour * 60 + local.minute, parse_hours(span))


def _image_name(image: str | None) -> str:
    return (image or "").replace("/", "\\").rpartition("\\")[2].strip('"').lower().removesuffix(".exe")
