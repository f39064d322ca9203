"""Which host names may mean one machine, and which one name several (threat model T-ID-1). Nothing is merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import sql
from magistrate.coverage.model import HostCandidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from magistrate.store.base import Row, Store, Value

_LISTED = 6
_LEAST_PROCESSES = 2
"""Processes whose keys agree before their digits are taken for a machine's id. Origin: our choice."""
_MOST_ADDRESSES = 8
"""A host that opened connections from more addresses is a gateway. Origin: our choice."""
_MOST_HOSTS = 3
"""An address of more hosts is given out from a pool. Origin: our choice."""
_MOST_MACHINES = 3
"""A host with more of them has keys that some other tool made up. Origin: our choice."""
_KINDS = (
    "spelling",
    "short_name",
    "renamed",
    "same_machine",
    "same_address",
    "several_machines",
    "collector",
)


def find_candidates(store: Store) -> tuple[HostCandidate, ...]:
    """Show what speaks for two names being one machine, and for one name being several.

    Returns:
        Candidates by kind and name; empty when every name stands alone. Stages keep names apart as recorded, apart
        from letter case and a trailing dot, which DNS itself ignores.
    """
    found = [
        *_spellings(store),
        *_short_names(store),
        *_renamed(store),
        *_machines(store),
        *_addresses(store),
        *_collectors(store),
    ]
    order = {kind: number for number, kind in enumerate(_KINDS)}
    return tuple(sorted(found, key=lambda item: (order[item.kind], item.hosts, item.statement)))


def _spellings(store: Store) -> Iterable[HostCandidate]:
    """One key, several spellings: the only forms that are taken for one host, so they are shown."""
    for host, rows in _by(store, "host_spellings", "host"):
        forms = [str(row["computer"]) for row in rows]
        if len(forms) > 1:
            yield HostCandidate(
                "spelling",
                (host,),
                f"Written as {_listing(forms)}: taken for one host, because DNS ignores letter case and a final dot.",
                _ids(rows),
            )


def _short_names(store: Store) -> Iterable[HostCandidate]:
    by_label: dict[str, list[str]] = {}
    for row in store.query(sql("host_names"), name="coverage.host_names"):
        host = str(row["host"])
        by_label.setdefault(host.partition(".")[0], []).append(host)
    for label, hosts in sorted(by_label.items()):
        if len(hosts) > 1:
            yield HostCandidate(
                "short_name",
                tuple(sorted(hosts)),
                f"{_listing(sorted(hosts))} share the name {label}: they may be one host, and are kept apart.",
            )


def _renamed(store: Store) -> Iterable[HostCandidate]:
    """The record ids of a channel go on under another name: logs are not renumbered when a host is renamed."""
    for key, rows in _pairs(store, "renamed_hosts"):
        channels = [str(row["channel"]) for row in rows]
        sure = "in several channels" if len(channels) > 1 else f"in {channels[0]}"
        yield HostCandidate(
            "renamed",
            key,
            f"The record ids of {key[0]} go on as {key[1]} {sure}: the host was probably renamed.",
            _ids(rows),
        )


def _machines(store: Store) -> Iterable[HostCandidate]:
    """Sysmon begins every process key with digits of the machine's own id."""
    by_machine: dict[str, list[Row]] = {}
    by_host: dict[str, list[Row]] = {}
    limits: dict[str, Value] = {"least": _LEAST_PROCESSES, "most": _MOST_MACHINES}
    for row in store.query(sql("sysmon_machines"), limits, name="coverage.sysmon_machines"):
        by_machine.setdefault(str(row["machine"]), []).append(row)
        by_host.setdefault(str(row["host"]), []).append(row)
    for rows in (rows for _, rows in sorted(by_machine.items()) if len(rows) > 1):
        hosts = tuple(sorted(str(row["host"]) for row in rows))
        yield HostCandidate(
            "same_machine",
            hosts,
            f"{_listing(hosts)} have Sysmon process keys of one machine: renamed, or cloned from one image.",
            _ids(rows),
        )
    for host, rows in sorted(by_host.items()):
        if len(rows) > 1:
            yield HostCandidate(
                "several_machines",
                (host,),
                f"{host} has Sysmon process keys of {len(rows)} machines: reinstalled, or two machines of one name.",
                _ids(rows),
            )


def _addresses(store: Store) -> Iterable[HostCandidate]:
    limits: dict[str, Value] = {"most_addresses": _MOST_ADDRESSES, "most_hosts": _MOST_HOSTS}
    for key, rows in _pairs(store, "shared_addresses", limits):
        addresses = [str(row["address"]) for row in rows]
        yield HostCandidate(
            "same_address",
            key,
            f"{key[0]} and {key[1]} both used {_listing(addresses)}: one machine, or an address given out again.",
            _ids(rows),
        )


def _collectors(store: Store) -> Iterable[HostCandidate]:
    for row in store.query(sql("collector_files"), name="coverage.collector_files"):
        hosts = cast("int", row["hosts"])
        yield HostCandidate(
            "collector",
            (),
            f"{row['file']} holds records of {hosts} hosts: a collector or an export wrote it, so what is missing of "
            "a host may be missing from the forwarding only.",
        )


def _by(store: Store, name: str, column: str) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = {}
    for row in store.query(sql(name), name=f"coverage.{name}"):
        groups.setdefault(str(row[column]), []).append(row)
    return sorted(groups.items())


def _pairs(
    store: Store, name: str, limits: Mapping[str, Value] | None = None
) -> list[tuple[tuple[str, str], list[Row]]]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in store.query(sql(name), limits, name=f"coverage.{name}"):
        groups.setdefault((str(row["first_host"]), str(row["second_host"])), []).append(row)
    return sorted(groups.items())


def _ids(rows: Iterable[Row]) -> tuple[str, ...]:
    ids = [str(row[name]) for row in rows for name in ("evidence_id", "second_evidence_id") if row.get(name)]
    return tuple(dict.fromkeys(ids))[:_LISTED]


def _listing(values: Iterable[str]) -> str:
    names = list(values)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
