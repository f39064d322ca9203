"""What the site's context says about one host, address or account, as the stages read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.context import lookup
from magistrate.context.register import entry_failures, is_in_term

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from magistrate.context.model import Context, KnownGood, Ticket
    from magistrate.context.register import Use


def explain_subject(context: Context, subject: str, at: datetime | None) -> tuple[str, ...]:
    r"""Say all that the context knows about a host name, an address or an account.

    Args:
        context: the site's knowledge.
        subject: host name, address, `DOMAIN\name` or SID.
        at: the time to judge hours, tickets and terms by; None leaves these out.

    Returns:
        Sentences; the last ones say what is not known and which key would say it.
    """
    return (
        *_host_lines(context, subject, at),
        *_account_lines(context, subject),
        *_shared_lines(context, subject, at),
    ) or (
        f"The context says nothing about {subject}. Add it under assets, accounts, management or own_networks.",
    )


def explain_use(context: Context, use: Use) -> tuple[str, ...]:
    """Say for each register entry whether it applies to a command, and which of its conditions fail."""
    if not context.register:
        return ("The register is empty.",)
    lines: list[str] = []
    for entry in context.register:
        failed = entry_failures(context, entry, use)
        excuses = ", ".join(entry.excuses) or "nothing"
        lines.append(
            f"{entry.id} ({entry.location}) does not apply: {', '.join(failed)}."
            if failed
            else f"{entry.id} ({entry.location}) applies; it excuses {excuses}."
        )
    return tuple(lines)


def _host_lines(context: Context, subject: str, at: datetime | None) -> Iterator[str]:
    asset = lookup.asset_of(context, subject)
    if asset is not None:
        tier = "not set" if asset.tier is None else str(asset.tier)
        yield f"{subject} is the asset {asset.name}: role {asset.role}, tier {tier}."
        if asset.addresses:
            yield f"Its addresses: {', '.join(asset.addresses)}."
        if asset.tags:
            yield f"Its tags: {', '.join(asset.tags)}."
        yield from _hours(context, asset.name, at)
    if lookup.parse_address(subject) is not None:
        inside = lookup.is_own_address(context, subject)
        public = lookup.is_public_address(subject)
        where = "in your own networks" if inside else "public and not yours" if public else "private"
        yield f"{subject} is {where}."
    if lookup.is_management(context, subject):
        yield f"{subject} is a management server (M2)."


def _hours(context: Context, host: str, at: datetime | None) -> Iterator[str]:
    zone = lookup.zone_of(context, host)
    if zone is None:
        yield "Its time zone is not set: working hours are not judged. Add `zone`."
        return
    if at is None:
        yield f"Its time zone is {zone}."
        return
    open_now = lookup.in_business_hours(context, host, at)
    yield f"At {at:%Y-%m-%d %H:%M} UTC it is {'inside' if open_now else 'outside'} working hours in {zone}."


def _account_lines(context: Context, subject: str) -> Iterator[str]:
    is_sid = subject.upper().startswith("S-1-")
    found = lookup.account_purpose(context, None if is_sid else subject, subject if is_sid else None)
    if found is None:
        return
    yield f"{subject} is the account {found.name}{f' ({found.sid})' if found.sid else ''}: {found.purpose}."
    for word, names in (("from", found.sources), ("on", found.targets)):
        if names:
            yield f"It may act {word} {', '.join(names)}."


def _shared_lines(context: Context, subject: str, at: datetime | None) -> Iterator[str]:
    if lookup.is_responder(context, subject):
        yield f"{subject} belongs to the responders: what it does is labelled, not hidden."
    for ticket in context.tickets:
        if _names_subject(ticket, subject) and (at is None or ticket.start <= at <= ticket.end):
            yield (
                f"The {ticket.kind} ticket {ticket.id} names it from {ticket.start:%Y-%m-%d %H:%M} to"
                f" {ticket.end:%Y-%m-%d %H:%M} UTC."
            )
    for entry in context.register:
        if _entry_names(context, entry, subject):
            term = "" if at is None or is_in_term(entry, at) else ", expired by then"
            yield f"The register entry {entry.id} ({entry.location}) names it: {entry.purpose}{term}."


def _names_subject(ticket: Ticket, subject: str) -> bool:
    plain = subject.lower().rpartition("\\")[2]
    return any(lookup.same_host(name, subject) for name in ticket.hosts) or any(
        name.lower() == subject.lower() or name.lower().rpartition("\\")[2] == plain
        for name in ticket.accounts
    )


def _entry_names(context: Context, entry: KnownGood, subject: str) -> bool:
    if subject.upper() == entry.account_sid.upper() or subject.lower() == (entry.account_name or "").lower():
        return True
    if any(lookup.same_host(name, subject) for name in entry.targets):
        return True
    address = subject if lookup.parse_address(subject) else None
    host = None if address else subject
    return any(lookup.matches_source(context, item, address=address, host=host) for item in entry.sources)
