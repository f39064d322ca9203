"""Site knowledge, reviewed like code. Empty is a normal first day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003 - part of the runtime type of a field


@dataclass(frozen=True, slots=True)
class KnownGood:
    """One entry of the known-good register (triage practice 2.14)."""

    id: str
    purpose: str
    account_sid: str
    sources: tuple[str, ...]
    shape: str
    owner: str
    approved_by: str
    expires: date
    account_name: str | None = None
    target_role: str | None = None
    targets: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    parent: str | None = None
    hours: str | None = None
    excuses: tuple[str, ...] = ()
    ticket: str | None = None
    approved: date | None = None
    location: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """A host of the site. `role` is workstation, server, dc, backup, pki or management; `tier` 0, 1 or 2."""

    name: str
    addresses: tuple[str, ...] = ()
    role: str = "unknown"
    tier: int | None = None
    tags: tuple[str, ...] = ()
    zone: str | None = None  # IANA time zone


@dataclass(frozen=True, slots=True)
class AccountPurpose:
    """What an account is for, and where it may act."""

    name: str
    sid: str | None = None
    purpose: str = ""
    tier: int | None = None
    targets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A change or exercise ticket. `kind` is change or exercise; exercise needs `approved_by`."""

    id: str
    hosts: tuple[str, ...]
    accounts: tuple[str, ...]
    start: datetime
    end: datetime
    kind: str = "change"
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the site told us. `source` is the file it came from, None when there is none.

    `remarks` say what of its files was left out: calendar events that name no hosts or no accounts.
    """

    source: str | None = None
    register: tuple[KnownGood, ...] = ()
    management: tuple[str, ...] = ()  # host names or addresses tagged MS
    assets: tuple[Asset, ...] = ()
    accounts: tuple[AccountPurpose, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    own_networks: tuple[str, ...] = ()  # CIDR
    usual_destinations: tuple[str, ...] = ()  # domains, addresses or CIDR that hosts call at regular times
    responders: tuple[str, ...] = ()  # accounts, hosts or addresses
    zone: str | None = None  # IANA zone of the site; None means hours are not scored
    business_hours: tuple[int, int] = (7, 19)
    business_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[date, ...] = field(default=())
    cold_start_waiver: str | None = None  # lead's approval to close without history (R8)
    remarks: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when no file was given."""
        return self.source is None
