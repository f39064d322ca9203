"""What role a host has, as its own records or the site's asset list show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.context.lookup import asset_of
from magistrate.coverage.rules import role_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.context.model import Context
    from magistrate.store.base import Store

DOMAIN_CONTROLLER = "domain_controller"
MEMBER = "member"
_ASSET_TITLES = {DOMAIN_CONTROLLER: "domain controller", MEMBER: "member or stand-alone host"}


@dataclass(frozen=True, slots=True)
class HostRole:
    """The role of one host and what shows it."""

    name: str  # domain_controller or member
    title: str
    shown_by: str
    evidence_ids: tuple[str, ...] = ()


def find_roles(store: Store, hosts: Iterable[str], context: Context | None) -> dict[str, HostRole]:
    """Find the role of each host; a host of which nothing tells is left out.

    What the records show goes before what the asset list says: a list grows old.
    """
    found: dict[str, HostRole] = {}
    for rule in role_table():
        for row in store.query(rule.query, name=f"coverage.role_{rule.name}"):
            role = HostRole(rule.name, rule.title, rule.shown_by, (str(row["evidence_id"]),))
            found.setdefault(str(row["host"]), role)
    for host in hosts:
        asset = asset_of(context, host) if context is not None and host not in found else None
        if asset is not None and asset.role != "unknown":
            name = DOMAIN_CONTROLLER if asset.role == "dc" else MEMBER
            found[host] = HostRole(name, _ASSET_TITLES[name], f"the asset list calls it {asset.role}")
    return found
