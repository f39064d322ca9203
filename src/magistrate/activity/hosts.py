"""Which addresses and names belong to which host of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.images import short_host
from magistrate.activity.queries import rows_of

if TYPE_CHECKING:
    from magistrate.context.model import Context
    from magistrate.store.base import Store

LOOPBACK = frozenset({"127.0.0.1", "::1", "0:0:0:0:0:0:0:1", "0.0.0.0", "::", "localhost", ""})


CLAIMED = "workstation name claimed by the client"
_NAMED_BY = (("machine_logons", "machine-account logon"), ("claimed_names", CLAIMED))


@dataclass(frozen=True, slots=True)
class HostMap:
    """Names and addresses of the case's hosts.

    `hosts` are the keys that have records. `addresses` are a host's own addresses. `owner` gives the one host key
    or name an address belongs to, with the way it was learned.
    """

    hosts: frozenset[str]
    addresses: dict[str, frozenset[str]]
    owner: dict[str, tuple[str, str]]

    def is_own(self, host: str, address: str | None) -> bool:
        """True for loopback and for the host's own addresses."""
        value = (address or "").lower()
        return value in LOOPBACK or value in self.addresses.get(host, frozenset())

    def name_of(self, address: str | None) -> tuple[str, str] | None:
        """Host key (or claimed name) of an address and how it was learned; None when nothing tells."""
        return self.owner.get((address or "").lower())

    def is_proven(self, name: str, address: str | None) -> bool:
        """Whether more than the caller's word ties an address to a name: any client may claim any name."""
        owner = self.name_of(address)
        return owner is not None and owner[1] != CLAIMED and owner[0] == name

    def key_of(self, name: str | None) -> str | None:
        """Host key that a name or address means: exact key, owned address, or the only host with that first label."""
        if not name:
            return None
        value = name.strip().rstrip(".").lower()
        if value in self.hosts:
            return value
        if value in self.owner:
            return self.owner[value][0]
        same = sorted(host for host in self.hosts if short_host(host) == short_host(value))
        return same[0] if len(same) == 1 else None


def map_hosts(store: Store, context: Context) -> HostMap:
    """Learn the addresses of each host from its own connections, the site's assets and machine-account logons."""
    hosts = frozenset(str(row["host"]) for row in rows_of(store, "hosts"))
    addresses: dict[str, set[str]] = {}
    holders: dict[str, set[str]] = {}
    for row in rows_of(store, "own_addresses"):
        address = str(row["address"]).lower()
        if address in LOOPBACK:
            continue
        addresses.setdefault(str(row["host"]), set()).add(address)
        holders.setdefault(address, set()).add(str(row["host"]))
    owner = {a: (min(h), "its own connections") for a, h in holders.items() if len(h) == 1}
    for asset in context.assets:
        for address in asset.addresses:
            owner[address.lower()] = (_host_key(hosts, asset.name), "asset list")
    for query, how in _NAMED_BY:
        named: dict[str, set[str]] = {}
        for row in rows_of(store, query):
            named.setdefault(str(row["address"]).lower(), set()).add(str(row["name"]).rstrip("$").lower())
        for address, names in sorted(named.items()):
            if len(names) == 1 and address not in owner and address not in LOOPBACK:
                owner[address] = (_host_key(hosts, next(iter(names))), how)
    return HostMap(hosts, {host: frozenset(values) for host, values in addresses.items()}, owner)


def _host_key(hosts: frozenset[str], name: str) -> str:
    same = sorted(host for host in hosts if short_host(host) == short_host(name))
    return same[0] if len(same) == 1 else name.lower()
