"""WMI calls that a network sensor saw: who made a host do something, where its own logs may say nothing.

Bodies are encrypted, the interface and the number of the call are not. A call of ExecMethod runs a method, so it shows
remote WMI use between two addresses; what ran is not in it (grade C of telemetry notes 5).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.build import activity_id
from magistrate.activity.model import Account, Activity, Confidence, Identity, Join, Kind, OriginClass
from magistrate.activity.queries import rows_of
from magistrate.activity.rows import evidence_of, moment, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magistrate.activity.hosts import HostMap
    from magistrate.store.base import Row, Store

CALL_GAP = timedelta(seconds=60)
"""Silence that ends one series of calls between two hosts; a remote command made its calls within 0.5 s (telemetry
notes 2), commands of a live shell follow each other within half a minute."""
_CITED = 4
_METHODS = {
    "ExecMethod": ("method", "wmi-rpc-method"),
    "PutInstance": ("other", "wmi-rpc-write"),
    # Zeek's table prints DeleteClass for the number of DeleteInstance.
    "DeleteInstance": ("delete", "wmi-rpc-delete"),
    "DeleteClass": ("delete", "wmi-rpc-delete"),
}
_ORDER = ("method", "delete", "other")


def rpc_activities(store: Store, hosts: HostMap) -> list[Activity]:
    """One activity for each series of calls between two addresses.

    Empty without Zeek's dce_rpc log, which is not the same as no call. A call inside one host is left out: it says
    nothing of another.
    """
    return [_activity(rows, hosts) for rows in _series(rows_of(store, "wmi_rpc_calls"))]


def _series(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows of one client and server, in order, cut where they fall silent."""
    held: list[Row] = []
    for row in rows:
        if text(row, "SourceIp") == text(row, "DestinationIp"):
            continue
        if held and not _follows(held[-1], row):
            yield held
            held = []
        held.append(row)
    if held:
        yield held


def _follows(earlier: Row, later: Row) -> bool:
    if any(text(earlier, side) != text(later, side) for side in ("SourceIp", "DestinationIp")):
        return False
    before, after = moment(earlier), moment(later)
    return before is None or after is None or after - before <= CALL_GAP


def _activity(rows: Sequence[Row], hosts: HostMap) -> Activity:
    first = rows[0]
    client, server = (text(first, "SourceIp") or "").lower(), (text(first, "DestinationIp") or "").lower()
    columns = ("RpcInterface", "Operation", "SourceIp", "SourcePort", "DestinationIp", "DestinationPort")
    evidence = tuple(evidence_of(row, *columns) for row in rows[:_CITED])
    kinds = {_METHODS[(text(row, "Operation") or "").removesuffix("Async")] for row in rows}
    names = list(dict.fromkeys(text(row, "Operation") or "" for row in rows))
    user = next((row for row in rows if text(row, "TargetUserName")), None)
    known = hosts.name_of(client)
    identity = Identity(
        _account(user),
        OriginClass.REMOTE,
        Join.RECORDED,
        Confidence.LOW,
        "a network sensor saw the calls; the account is the one that authenticated their connection"
        if user
        else "a network sensor saw the calls; their account is not in its logs",
        source_ip=client,
        source_host=known[0] if known else None,
        source_how="Zeek dce_rpc",
        package=text(user, "AuthenticationPackageName") if user else None,
        transport="DCOM",
        evidence=evidence,
    )
    called = ", ".join(f"IWbemServices::{name}" for name in names)
    return Activity(
        id=activity_id(evidence),
        kind=Kind.NETWORK,
        host=hosts.key_of(server) or server,
        utc=moment(first),
        operation=min((operation for operation, _ in kinds), key=_ORDER.index),
        methods=tuple(sorted(method for _, method in kinds)),
        identity=identity,
        command=f"{called} from {client} ({len(rows)} calls on the wire)",
        facts=(("rpc.calls", str(len(rows))), ("rpc.operations", " ".join(names))),
        evidence=evidence,
    )


def _account(row: Row | None) -> Account | None:
    if row is None:
        return None
    name, domain = text(row, "TargetUserName") or "", text(row, "TargetDomainName")
    if not domain and "/" in name:
        # Kerberos: client is account/REALM
        name, _, domain = name.partition("/")
    return Account(f"{domain}\\{name}" if domain else name)
