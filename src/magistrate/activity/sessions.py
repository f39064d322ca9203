"""Logon sessions around the activities: exact joins, candidates, privilege (triage practice 2.1 B and E)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from magistrate.activity.images import account_name, image_name, is_machine_account, may_be_one_account
from magistrate.activity.queries import rows_of
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.activity.rows import sid as read_sid
from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from magistrate.store.base import Row, Store

EXACT_AFTER = timedelta(seconds=5)
"""How much later than the process the 4624 may be stamped: 1 s by the specification, 5 s because exports that keep
only the arrival time re-order Security after Sysmon by up to 2 s (telemetry notes 4.2 trap 7)."""
WINDOW_BEFORE = timedelta(seconds=5)
SAME_USER_BEFORE = timedelta(seconds=30)
WINDOW_AFTER = timedelta(seconds=1)
CLUSTER = timedelta(seconds=2)
NETWORK_BEFORE = timedelta(seconds=20)
NETWORK_AFTER = timedelta(seconds=60)
_NO_TIME = datetime.max.replace(tzinfo=UTC)
WMI_PORTS = (135, 445, 5985, 5986)


@dataclass(frozen=True, slots=True)
class Logon:
    """One 4624."""

    host: str
    utc: datetime | None
    user: str
    sid: str | None
    logon_id: int | None
    type: int | None
    ip: str | None
    port: int | None
    package: str | None
    workstation: str | None
    is_local_check: bool
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Flow:
    """An inbound connection on a WMI-related port, as the serving host saw it."""

    host: str
    utc: datetime | None
    peer: str
    port: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ShareTouch:
    """One 5145 on a file."""

    host: str
    utc: datetime | None
    name: str
    share: str
    ip: str
    user: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point in time on a host whose session is wanted."""

    host: str
    utc: datetime | None
    logon_id: int | None


@dataclass(slots=True)
class Sessions:
    """Everything about sessions that the activities of a case need, already fetched; lists in order of time."""

    by_id: dict[tuple[str, int], list[Logon]] = field(default_factory=dict)
    network: dict[str, list[Logon]] = field(default_factory=dict)
    boots: dict[str, list[datetime]] = field(default_factory=dict)
    privileged: dict[tuple[str, int], Evidence] = field(default_factory=dict)
    special_logon_hosts: frozenset[str] = frozenset()
    flows: dict[str, list[Flow]] = field(default_factory=dict)
    shares: dict[str, list[ShareTouch]] = field(default_factory=dict)

    def boot_before(self, host: str, at: datetime | None) -> datetime | None:
        """Latest boot of the host at or before a time; logon ids restart there."""
        if at is None:
            return None
        return max((boot for boot in self.boots.get(host, ()) if boot <= at), default=None)

    def exact(self, host: str, logon_id: int | None, at: datetime | None) -> Logon | None:
        """The 4624 that opened a session, the latest one of the same boot."""
        if logon_id is None:
            return None
        boot = self.boot_before(host, at)
        fitting = [
            logon
            for logon in self.by_id.get((host, logon_id), ())
            if logon.utc is None
            or at is None
            or (logon.utc <= at + EXACT_AFTER and (boot is None or logon.utc >= boot))
        ]
        return fitting[-1] if fitting else None

    def candidates(
        self, host: str, at: datetime | None, *, user: str | None = None, sid: str | None = None
    ) -> list[Logon]:
        """Network logons just before a time: 5 s for anyone, 30 s for a named user (grade B)."""
        if at is None:
            return []
        before = SAME_USER_BEFORE if user or sid else WINDOW_BEFORE
        return [
            logon
            for logon in between(self.network.get(host, ()), at - before, at + WINDOW_AFTER)
            if not (user or sid)
            or (sid is not None and logon.sid == sid)
            or may_be_one_account(logon.user, user)
        ]

    def cluster(self, logon: Logon) -> list[Logon]:
        """Sibling 4624s of one operation: same address and user within 2 s."""
        if logon.utc is None or logon.ip is None:
            return [logon]
        return [
            other
            for other in between(self.network.get(logon.host, ()), logon.utc - CLUSTER, logon.utc + CLUSTER)
            if other.ip == logon.ip and may_be_one_account(other.user, logon.user)
        ] or [logon]

    def admin(self, host: str, logon_id: int | None) -> tuple[bool | None, Evidence | None]:
        """Whether the session had an admin-equivalent token, with the 4672 when it had."""
        if logon_id is None:
            return None, None
        found = self.privileged.get((host, logon_id))
        if found is not None:
            return True, found
        return (False, None) if host in self.special_logon_hosts else (None, None)


def _logon(row: Row) -> Logon:
    process = image_name(text(row, "Image"))
    local_check = (text(row, "LogonProcessName") or "").strip().lower() == "authz" or (
        text(row, "SubjectUserSid") == "S-1-5-18" and process in ("svchost.exe", "scrcons.exe")
    )
    return Logon(
        host=text(row, "host") or "",
        utc=moment(row),
        user=text(row, "User") or "",
        sid=read_sid(row, "UserSid"),
        logon_id=number(row, "TargetLogonId"),
        type=number(row, "LogonType"),
        ip=text(row, "SourceIp"),
        port=number(row, "SourcePort"),
        package=text(row, "AuthenticationPackageName"),
        workstation=text(row, "WorkstationName"),
        is_local_check=local_check and number(row, "LogonType") == 3,
        evidence=evidence_of(
            row, "User", "TargetLogonId", "LogonType", "SourceIp", "SourcePort", "AuthenticationPackageName"
        ),
    )


Timed = TypeVar("Timed", Logon, Flow, ShareTouch)


def between(items: Sequence[Timed], first: datetime, last: datetime) -> Sequence[Timed]:
    """The items of a time, from a list in order of time; a busy host has too many to look at each."""
    return items[bisect_left(items, first, key=_time) : bisect_right(items, last, key=_time)]


def _time(item: Logon | Flow | ShareTouch) -> datetime:
    return item.utc or _NO_TIME


def _register_anchors(store: Store, anchors: Sequence[Anchor]) -> None:
    """Register the wanted sessions and the windows around the acts, windows that touch as one."""
    ids = sorted({(a.host, a.logon_id) for a in anchors if a.logon_id is not None})
    rows: list[Row] = [{"host": host, "LogonId": logon_id} for host, logon_id in ids]
    for host, first, last in _windows(anchors):
        rows.append({"host": host, "from_time": first, "to_time": last})
    store.register(
        "activity_anchor",
        (("host", "text"), ("LogonId", "bigint"), ("from_time", "timestamp"), ("to_time", "timestamp")),
        rows,
    )


def _windows(anchors: Sequence[Anchor]) -> list[tuple[str, datetime, datetime]]:
    """Windows around the anchors of each host, merged where they touch, in order."""
    merged: list[tuple[str, datetime, datetime]] = []
    for host, at in sorted({(a.host, a.utc) for a in anchors if a.utc is not None}):
        first, last = at - NETWORK_AFTER, at + NETWORK_AFTER
        if merged and merged[-1][0] == host and first <= merged[-1][2]:
            first = merged.pop()[1]
        merged.append((host, first, last))
    return merged


def fetch_sessions(store: Store, anchors: Sequence[Anchor]) -> Sessions:
    """Fetch the logons, privileges, boots, inbound flows and share touches near the anchors."""
    _register_anchors(store, anchors)
    sessions = Sessions()
    for logon in map(_logon, rows_of(store, "exact_logons")):
        if logon.logon_id is not None:
            sessions.by_id.setdefault((logon.host, logon.logon_id), []).append(logon)
    for logon in map(_logon, rows_of(store, "network_logons")):
        if not logon.is_local_check and not is_machine_account(logon.user):
            sessions.network.setdefault(logon.host, []).append(logon)
    _fetch_boots(store, sessions)
    _fetch_privileges(store, sessions)
    _fetch_flows(store, sessions)
    _fetch_shares(store, sessions)
    return sessions


def _fetch_boots(store: Store, sessions: Sessions) -> None:
    for row in rows_of(store, "boots"):
        at = moment(row)
        if at is not None:
            sessions.boots.setdefault(str(row["host"]), []).append(at)


def _fetch_privileges(store: Store, sessions: Sessions) -> None:
    for row in rows_of(store, "special_privileges"):
        logon_id = number(row, "SubjectLogonId")
        if logon_id is not None and _is_admin_set(text(row, "PrivilegeList")):
            sessions.privileged[(str(row["host"]), logon_id)] = evidence_of(
                row, "SubjectLogonId", "PrivilegeList"
            )
    hosts = rows_of(store, "special_logon_hosts")
    sessions.special_logon_hosts = frozenset(str(row["host"]) for row in hosts)


ADMIN_PRIVILEGES = (
    "SeDebugPrivilege",
    "SeTakeOwnershipPrivilege",
    "SeLoadDriverPrivilege",
    "SeSecurityPrivilege",
    "SeTcbPrivilege",
)
"""Any of these in a 4672 marks an admin-equivalent token; Backup and Restore or Impersonate alone do not
(telemetry notes 6.1)."""


def _is_admin_set(privileges: str | None) -> bool:
    return privileges is None or any(name in privileges for name in ADMIN_PRIVILEGES)


def _fetch_flows(store: Store, sessions: Sessions) -> None:
    """Inbound connections; the side that holds the known service port is the server (telemetry notes 1.6)."""
    for row in rows_of(store, "inbound_flows"):
        destination = number(row, "DestinationPort")
        serves_destination = destination in WMI_PORTS
        peer = text(row, "SourceIp") if serves_destination else text(row, "DestinationIp")
        port = destination if serves_destination else number(row, "SourcePort")
        if peer is None or port is None:
            continue
        flow = Flow(
            str(row["host"]),
            moment(row),
            peer.lower(),
            port,
            evidence_of(row, "SourceIp", "SourcePort", "DestinationIp", "DestinationPort"),
        )
        sessions.flows.setdefault(flow.host, []).append(flow)


def _fetch_shares(store: Store, sessions: Sessions) -> None:
    for row in rows_of(store, "share_touches"):
        touch = ShareTouch(
            host=str(row["host"]),
            utc=moment(row),
            name=str(row["RelativeTargetName"]),
            share=text(row, "ShareName") or "",
            ip=str(row["SourceIp"]).lower(),
            user=text(row, "User"),
            evidence=evidence_of(row, "ShareName", "RelativeTargetName", "SourceIp", "User"),
        )
        sessions.shares.setdefault(touch.host, []).append(touch)


def distinct_sources(logons: Iterable[Logon]) -> list[tuple[str, str | None]]:
    """Distinct (account, address) pairs in sorted order."""
    return sorted(
        {(account_name(logon.user), logon.ip) for logon in logons}, key=lambda pair: (pair[0], pair[1] or "")
    )
