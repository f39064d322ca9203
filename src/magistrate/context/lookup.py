"""Questions about the site: whose host or address is this, and is it inside."""

from __future__ import annotations

import csv
import ipaddress
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from magistrate.context.model import AccountPurpose, Asset, Context, Ticket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_address(text: str | None) -> Address | None:
    """Read an address; IPv4 written as `::ffff:a.b.c.d` becomes IPv4. None when it is not an address."""
    if not text:
        return None
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_public_address(text: str | None) -> bool:
    """Tell whether this is an address of the internet; False for private, local and reserved ones and for names.

    The documentation ranges count as public: recordings and examples use them in place of internet addresses.
    """
    address = parse_address(text)
    return address is not None and not any(_holds(network, address) for network in _local_networks())


def is_loopback_address(text: str | None) -> bool:
    """Tell whether this is 127.0.0.0/8 or ::1."""
    address = parse_address(text)
    return address is not None and address.is_loopback


def is_own_address(context: Context, text: str | None) -> bool:
    """Tell whether an address lies in the site's own networks or belongs to one of its assets."""
    address = parse_address(text)
    if address is None:
        return False
    networks = [ipaddress.ip_network(network, strict=False) for network in context.own_networks]
    return any(_holds(network, address) for network in networks) or asset_of(context, text) is not None


def is_external_address(context: Context, text: str | None) -> bool:
    """Tell whether an address is public and not the site's own."""
    return is_public_address(text) and not is_own_address(context, text)


def same_host(first: str | None, second: str | None) -> bool:
    """Tell whether two host names may be one host: equal, or one is the other's first label.

    Two different fully qualified names are never one host, even when their first labels agree.
    """
    if not first or not second:
        return False
    one, other = (name.strip().rstrip(".").lower() for name in (first, second))
    if one == other:
        return True
    if parse_address(one) or parse_address(other) or ("." in one) == ("." in other):
        return False
    return one.partition(".")[0] == other.partition(".")[0]


def asset_of(context: Context, host_or_address: str | None) -> Asset | None:
    """Find the asset of a host name or an address; None when the site did not list it."""
    address = parse_address(host_or_address)
    if address is not None:
        return next((item for item in context.assets if address in map(parse_address, item.addresses)), None)
    exact = (
        item for item in context.assets if item.name.lower() == (host_or_address or "").rstrip(".").lower()
    )
    return next(exact, None) or next((a for a in context.assets if same_host(a.name, host_or_address)), None)


def is_management(context: Context, host_or_address: str | None) -> bool:
    """Tell whether a host or address is a management server, jump host or admin workstation (tag MS).

    It is when `management` names it, when its asset has the role `management`, or when `management` names another
    name or address of the same asset.
    """
    asset = asset_of(context, host_or_address)
    if asset is not None and asset.role == "management":
        return True
    names = [host_or_address] if asset is None else [host_or_address, asset.name, *asset.addresses]
    return any(_listed(name, context.management) for name in names)


def is_responder(context: Context, account_or_host: str | None) -> bool:
    """Tell whether an account, host or address belongs to the responders (their rows are labelled, never hidden)."""
    return _listed(account_or_host, context.responders) or any(
        _same_account(account_or_host, item) for item in context.responders
    )


def account_purpose(context: Context, name: str | None, sid: str | None) -> AccountPurpose | None:
    """Find what an account is for: by SID where both sides have one, else by name with its domain."""
    for item in context.accounts:
        if item.sid and sid:
            if item.sid.upper() == sid.upper():
                return item
        elif _same_account(item.name, name):
            return item
    return None


def tickets_at(
    context: Context, *, host: str | None, account: str | None, utc: datetime | None, kind: str | None = None
) -> tuple[Ticket, ...]:
    """Find tickets that name this host and this account and whose window holds the time.

    A ticket proves intent for a host and an hour, not for a command (triage practice 2.8).
    """
    if utc is None:
        return ()
    return tuple(
        ticket
        for ticket in context.tickets
        if ticket.start <= utc <= ticket.end
        and (kind is None or ticket.kind == kind)
        and any(same_host(host, name) or _same_address(host, name) for name in ticket.hosts)
        and any(_same_account(account, name) for name in ticket.accounts)
    )


def zone_of(context: Context, host: str | None) -> str | None:
    """IANA zone of a host: its asset's, else the site's; None when nobody said."""
    asset = asset_of(context, host)
    return (asset.zone if asset else None) or context.zone


def in_business_hours(context: Context, host: str | None, utc: datetime | None) -> bool | None:
    """Tell whether a time falls into the host's business hours; None when the zone or the time is unknown."""
    zone = zone_of(context, host)
    if zone is None or utc is None:
        return None
    local = utc.astimezone(ZoneInfo(zone))
    start, end = context.business_hours
    open_today = local.weekday() in context.business_days and local.date() not in context.holidays
    return open_today and start <= local.hour < end


def matches_source(context: Context, wanted: str, *, address: str | None, host: str | None) -> bool:
    """Tell whether a source fits one item of a register entry: an address, a network, a host name or `tag:<tag>`."""
    if wanted.startswith("tag:"):
        assets = [asset_of(context, address), asset_of(context, host)]
        return any(asset is not None and wanted[4:] in asset.tags for asset in assets)
    if "/" in wanted:
        parsed = parse_address(address)
        return parsed is not None and _holds(ipaddress.ip_network(wanted, strict=False), parsed)
    if parse_address(wanted) is not None:
        return _same_address(wanted, address)
    # A name claimed by the client proves little: the address, where there is one, must belong to that asset.
    asset = asset_of(context, wanted)
    if address is not None and asset is not None and asset.addresses:
        return any(_same_address(address, item) for item in asset.addresses)
    return same_host(wanted, host)


def _same_account(first: str | None, second: str | None) -> bool:
    """Equal with their domains, or by the name alone when one side has no domain."""
    if not first or not second:
        return False
    one, other = first.lower(), second.lower()
    if ("\\" in one) == ("\\" in other):
        return one == other
    return one.rpartition("\\")[2] == other.rpartition("\\")[2]


def _same_address(first: str | None, second: str | None) -> bool:
    one = parse_address(first)
    return one is not None and one == parse_address(second)


def _listed(name: str | None, listed: Iterable[str]) -> bool:
    return any(same_host(name, item) or _same_address(name, item) for item in listed)


def _holds(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network


@cache
def _local_networks() -> tuple[Network, ...]:
    text = resources.files("magistrate.context").joinpath("address_ranges.csv").read_text(encoding="utf-8")
    return tuple(ipaddress.ip_network(row["network"]) for row in csv.DictReader(text.splitlines()))
