"""Which targets a plan must not touch (threat model T-ACT-1 and T-ACT-2).

A target is open only when something the intruder cannot write, the site context, says what it is. Names, tags and
roles that protect stand in `protected.csv`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.context.lookup import (
    account_purpose,
    asset_of,
    is_external_address,
    is_management,
    is_responder,
    parse_address,
    same_host,
)
from magistrate.response.scope import AccountTarget, Guard, HostTarget, Level, Scope, SourceTarget
from magistrate.response.wording import shown

if TYPE_CHECKING:
    from magistrate.context.model import Asset, Context

KINDS = ("host_role", "host_tag", "host_channel", "account_name", "account_rid", "account_purpose")
OWN_MACHINE = "It is the machine on which this plan was made."
NOT_JUDGED = Guard(Level.UNKNOWN, "Nobody judged it yet, so it counts as protected.")
"""Stands in a target until its guard is worked out."""


@dataclass(frozen=True, slots=True)
class ProtectedRow:
    """One thing that protects: a shell pattern over lower-case text, and what it shows."""

    kind: str
    pattern: str
    what: str
    source: str


@cache
def protected_rows() -> tuple[ProtectedRow, ...]:
    """All rows in file order.

    Raises:
        ValueError: a row has an unknown kind or lacks a value.
    """
    text = resources.files(__package__).joinpath("protected.csv").read_text(encoding="utf-8")
    rows = tuple(ProtectedRow(**row) for row in csv.DictReader(text.splitlines()))
    for row in rows:
        if row.kind not in KINDS or not (row.pattern and row.what and row.source):
            raise ValueError(f"protected.csv: the row {row.pattern!r} is not complete")
    return rows


def protects(kind: str, value: str) -> str:
    """What a value of some kind shows to be protected; empty when it shows nothing."""
    found = (
        row.what
        for row in protected_rows()
        if row.kind == kind and fnmatchcase(value.lower(), row.pattern.lower())
    )
    return next(found, "")


def guard_host(context: Context, target: HostTarget, own: str | None = None) -> Guard:
    """Guard of a host; `own` is the name of the machine on which the plan is made."""
    name = target.name
    asset = asset_of(context, name)
    if own and same_host(own, name):
        return Guard(Level.PROTECTED, OWN_MACHINE)
    if is_responder(context, name):
        return Guard(Level.PROTECTED, "The site context lists it as a host of the responders.")
    if target.directory:
        return Guard(Level.PROTECTED, "Domain controller: its own logs show it.")
    what = _protected_asset(context, asset, name)
    if what:
        return Guard(Level.PROTECTED, f"The site context says that it is {what}.")
    doubt = _doubt_about(context, asset, target)
    if doubt:
        return Guard(Level.AMBIGUOUS, doubt)
    if asset is None or asset.role == "unknown":
        return Guard(Level.UNKNOWN, _unknown_host(context, target))
    tier = f", tier {asset.tier}" if asset.tier is not None else ""
    return Guard(Level.OPEN, f"Role in the site context: {asset.role}{tier}.")


def _protected_asset(context: Context, asset: Asset | None, name: str) -> str:
    if is_management(context, name):
        return "a management host"
    if asset is None:
        return ""
    if asset.tier == 0:
        return "a tier 0 host"
    found = [protects("host_role", asset.role), *(protects("host_tag", tag) for tag in asset.tags)]
    return next((what for what in found if what), "")


def _doubt_about(context: Context, asset: Asset | None, target: HostTarget) -> str:
    """Why a host name may mean another machine; empty when nothing speaks for it."""
    if asset is None:
        return ""
    same = [item for item in context.assets if same_host(item.name, target.name)]
    exact = [item for item in same if item.name.lower() == target.name.rstrip(".").lower()]
    if len(same) > 1 and len(exact) != 1:
        return "More than one asset of the site context has this name."
    known = set(map(parse_address, asset.addresses))
    seen = set(map(parse_address, target.addresses))
    if known and seen and not known & seen:
        return "It acted under this name from an address that the site context gives to no such asset."
    return ""


def _unknown_host(context: Context, target: HostTarget) -> str:
    if context.is_empty:
        why = "There is no site context, so nobody said what this host is, and it counts as protected."
    else:
        why = "The site context does not say what this host is, so it counts as protected."
    if not target.examined:
        why += " Its name was given by the other end and its logs are not in the case: confirm it by address."
    return why


def guard_account(
    context: Context, target: AccountTarget, hosts: tuple[HostTarget, ...], own: str | None = None
) -> Guard:
    """Guard of an account; that of a machine or local account follows its host."""
    short = target.name.rpartition("\\")[2]
    what = _protected_account(context, target, short)
    if what:
        return Guard(Level.PROTECTED, f"It is {what}.")
    if target.several_sids:
        return Guard(Level.AMBIGUOUS, "The logs give this name more than one SID: two accounts have it.")
    if target.name.count("\\") > 1 or not short.rstrip("$"):
        return Guard(
            Level.AMBIGUOUS, "No account of Windows has such a name: it is empty or holds two backslashes."
        )
    if target.sid is None and "\\" not in target.name:
        return Guard(Level.AMBIGUOUS, "The logs give neither a SID nor a domain for this name.")
    if target.machine or target.local:
        return _guard_by_host(context, target, short.rstrip("$"), hosts, own)
    if not context.accounts:
        return Guard(
            Level.UNKNOWN,
            "The site context lists no accounts, so a break-glass or synchronisation account cannot be told from "
            "others, and each counts as protected.",
        )
    if target.purpose:
        return Guard(Level.OPEN, f"Purpose in the site context: {shown(target.purpose).rstrip('.')}.")
    return Guard(Level.OPEN, "The site context lists accounts, and this is none with a purpose.")


def _protected_account(context: Context, target: AccountTarget, short: str) -> str:
    if is_responder(context, target.name):
        return "a responder's account, as the site context says"
    purpose = account_purpose(context, target.name, target.sid)
    rid = (target.sid or "").rpartition("-")[2]
    found = [] if target.local else [protects("account_name", short), protects("account_rid", rid)]
    found.append(protects("account_purpose", purpose.purpose if purpose else target.purpose))
    return next((what for what in found if what), "")


def _guard_by_host(
    context: Context, target: AccountTarget, short: str, hosts: tuple[HostTarget, ...], own: str | None
) -> Guard:
    domain = target.name.rpartition("\\")[0]
    if target.machine:
        name = short
    elif domain != ".":
        name = domain
    elif len(target.hosts) == 1:
        name = target.hosts[0]
    else:
        return Guard(Level.AMBIGUOUS, "The logs do not say to which host this local account belongs.")
    guard = _guard_of_name(context, name, hosts, own)
    return Guard(guard.level, f"Its host: {guard.why}")


def guard_source(context: Context, target: SourceTarget, own: str | None = None) -> Guard:
    """Guard of a source address: blocking the address of a protected host cuts that host off."""
    asset = asset_of(context, target.address)
    if is_management(context, target.address):
        return Guard(Level.PROTECTED, "The site context says that it is a management host.")
    if is_responder(context, target.address):
        return Guard(Level.PROTECTED, "The site context lists it as an address of the responders.")
    if asset is not None:
        host = HostTarget(asset.name, NOT_JUDGED, False, False, (target.address,), (), ())
        guard = guard_host(context, host, own)
        return Guard(guard.level, f"It belongs to {shown(asset.name)}. {guard.why}")
    if is_external_address(context, target.address):
        return Guard(Level.OPEN, "It is an address of the internet and of none of the site's own networks.")
    return Guard(
        Level.UNKNOWN,
        "No asset of a site context has this address, so it may be a domain controller or many hosts behind one "
        "address, and counts as protected.",
    )


def _guard_seen(
    context: Context, target: SourceTarget, hosts: tuple[HostTarget, ...], own: str | None
) -> Guard:
    """Guard of a source address that a protected host of the plan was seen acting from.

    A host name in a record may be claimed: where the site context gives the host other addresses, it says nothing.
    """
    guard = guard_source(context, target, own)
    if guard.level is not Level.UNKNOWN:
        return guard
    for host in hosts:
        asset = asset_of(context, host.name)
        elsewhere = asset is not None and bool(asset.addresses)
        if host.guard.level is Level.PROTECTED and target.address in host.addresses and not elsewhere:
            return Guard(Level.PROTECTED, f"{shown(host.name)} acted from it. {host.guard.why}")
    return guard


def guarded(scope: Scope, context: Context, own: str | None = None) -> Scope:
    """The same scope with every guard worked out for a site context and for the machine at hand."""
    hosts = tuple(replace(host, guard=guard_host(context, host, own)) for host in scope.hosts)
    accounts = []
    for account in scope.accounts:
        purpose = account_purpose(context, account.name, account.sid)
        known = replace(account, purpose=purpose.purpose if purpose else "")
        accounts.append(replace(known, guard=guard_account(context, known, hosts, own)))
    return replace(
        scope,
        hosts=hosts,
        accounts=tuple(accounts),
        sources=tuple(replace(item, guard=_guard_seen(context, item, hosts, own)) for item in scope.sources),
        subscriptions=tuple(
            replace(item, guard=_guard_of_name(context, item.host, hosts, own))
            for item in scope.subscriptions
        ),
        management=tuple(sorted(context.management)),
        context=context.source,
    )


def guard_own_machine(scope: Scope, own: str | None) -> Scope:
    """The same scope with the machine at hand protected, wherever it is a target or the host of one."""
    if not own or not any(same_host(host.name, own) for host in scope.hosts):
        return scope
    guard = Guard(Level.PROTECTED, OWN_MACHINE)

    def is_own(account: AccountTarget) -> bool:
        domain, _, short = account.name.rpartition("\\")
        named = (
            same_host(short.rstrip("$"), own) if account.machine else account.local and same_host(domain, own)
        )
        return named or (
            account.local and domain == "." and any(same_host(host, own) for host in account.hosts)
        )

    return replace(
        scope,
        hosts=tuple(
            replace(item, guard=guard) if same_host(item.name, own) else item for item in scope.hosts
        ),
        accounts=tuple(replace(item, guard=guard) if is_own(item) else item for item in scope.accounts),
        sources=tuple(
            replace(item, guard=guard)
            if any(same_host(host.name, own) and item.address in host.addresses for host in scope.hosts)
            else item
            for item in scope.sources
        ),
        subscriptions=tuple(
            replace(item, guard=guard) if same_host(item.host, own) else item for item in scope.subscriptions
        ),
    )


def _guard_of_name(
    context: Context, name: str, hosts: tuple[HostTarget, ...], own: str | None = None
) -> Guard:
    """Guard of a host by its name; one that the plan does not list is judged by the site context alone."""
    known = next((host for host in hosts if host.name == name), None)
    known = known or next((host for host in hosts if same_host(host.name, name)), None)
    return (
        known.guard
        if known
        else guard_host(context, HostTarget(name, NOT_JUDGED, False, False, (), (), ()), own)
    )
