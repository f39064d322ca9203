"""What a well-formed context file still leaves open: said by `magistrate context check`, never an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.context.lookup import asset_of, is_management, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from magistrate.context.model import Context, KnownGood

SOON_DAYS = 30


def advise(context: Context, today: date) -> tuple[str, ...]:
    """Say what is missing or about to lapse, most useful first.

    Args:
        context: a file that was read without problems.
        today: the day by which expiry is judged.
    """
    return (
        *_gaps(context),
        *(line for entry in context.register for line in _entry_advice(context, entry, today)),
        *_management_advice(context),
    )


def _gaps(context: Context) -> Iterator[str]:
    if context.zone is None and not any(asset.zone for asset in context.assets):
        yield "zone is not set: activity outside working hours (W2) is not judged."
    if not context.register:
        yield "register is empty: Q1 can be answered YES only by tickets, purposes and history."
    if not context.management:
        yield "management is empty: no source counts as a management server (M2), and any hop may look new."
    if not context.own_networks:
        yield "own_networks is empty: only private addresses count as inside."
    if not any(asset.role == "dc" or asset.tier == 0 for asset in context.assets):
        yield "no asset is a domain controller or tier 0: severity and deadlines assume ordinary hosts."
    if not context.responders:
        yield "responders is empty: your own queries during an incident are counted as somebody's activity."


def _entry_advice(context: Context, entry: KnownGood, today: date) -> Iterator[str]:
    left = (entry.expires - today).days
    if left < 0:
        yield f"{entry.location}: {entry.id} expired {-left} days ago: it excuses nothing later than {entry.expires}."
    elif left <= SOON_DAYS:
        yield f"{entry.location}: {entry.id} expires in {left} days; {entry.owner} must have it approved again."
    if entry.approved is None:
        yield f"{entry.location}: {entry.id} has no `approved` date: how old the approval is cannot be shown."
    for source in entry.sources:
        if source.startswith("tag:") or "/" in source or parse_address(source):
            continue
        asset = asset_of(context, source)
        if asset is None or not asset.addresses:
            yield f"{entry.location}: {entry.id} names the source {source} without a known address: a client can claim any name."
    if entry.target_role and not any(asset.role == entry.target_role for asset in context.assets):
        yield f"{entry.location}: {entry.id} is for the role {entry.target_role}, which no asset has: it never applies."


def _management_advice(context: Context) -> Iterator[str]:
    for asset in context.assets:
        if asset.tier == 0 and is_management(context, asset.name):
            yield f"{asset.name} is tier 0 and a management server: whoever holds it may look legitimate everywhere."
