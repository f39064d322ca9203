"""Actor, session and origin of a process under a WMI host (triage practice 2.1 A to E)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.images import SERVICE_LOGON_IDS, image_name
from magistrate.activity.model import Account, Candidate, Confidence, Identity, Join, OriginClass
from magistrate.activity.sessions import (
    NETWORK_AFTER,
    NETWORK_BEFORE,
    Flow,
    Logon,
    Sessions,
    distinct_sources,
)

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.activity.hosts import HostMap
    from magistrate.activity.processes import Process
    from magistrate.events.evidence import Evidence

_TYPE_ORIGIN = {
    2: OriginClass.LOCAL,
    7: OriginClass.LOCAL,
    9: OriginClass.LOCAL,
    10: OriginClass.LOCAL,
    11: OriginClass.LOCAL,
    12: OriginClass.LOCAL,
    3: OriginClass.REMOTE,
    8: OriginClass.REMOTE,
    4: OriginClass.BATCH,
    5: OriginClass.SERVICE,
}
_SERVICE_ORIGIN = {
    "SYSTEM": OriginClass.SYSTEM,
    "NETSVC": OriginClass.NETWORK_SERVICE,
    "LOCALSVC": OriginClass.LOCAL_SERVICE,
}


def service_origin(logon_id: int | None) -> OriginClass | None:
    """Origin class of one of the three service tokens, None for any other session."""
    name = SERVICE_LOGON_IDS.get(logon_id) if logon_id is not None else None
    return _SERVICE_ORIGIN[name] if name else None


def _candidate(logon: Logon, at: datetime | None) -> Candidate:
    gap = 0 if at is None or logon.utc is None else round((at - logon.utc).total_seconds() * 1000)
    return Candidate(logon.user, logon.ip, logon.package, gap, logon.evidence.evidence_id)


class IdentityResolver:
    """Resolves actors with the sessions and hosts of one case."""

    def __init__(self, sessions: Sessions, hosts: HostMap) -> None:
        self._sessions = sessions
        self._hosts = hosts

    def of_child(self, process: Process, output_name: str | None) -> Identity:
        """Identity of a process whose parent is a WMI host.

        Args:
            process: the child.
            output_name: file name its output is redirected to, for the share read-back key.
        """
        account = Account(process.user, process.sid, process.logon_id) if process.user else None
        service = service_origin(process.logon_id)
        if service is not None and account is not None:
            return Identity(
                account,
                service,
                Join.RECORDED,
                Confidence.HIGH,
                "the token is a service account's",
                evidence=process.evidence,
            )
        logon = self._sessions.exact(process.host, process.logon_id, process.utc)
        if logon is not None:
            return self._from_exact(process, account, logon, output_name)
        return self._without_key(process, account, output_name)

    def of_client(self, process: Process) -> Identity:
        """Identity of a WMI client program on its own host."""
        if process.user is None:
            return Identity(
                None,
                OriginClass.UNKNOWN,
                Join.NONE,
                Confidence.LOW,
                "the record does not name the token's owner",
                evidence=process.evidence,
            )
        account = Account(process.user, process.sid, process.logon_id)
        return self.of_session(process.host, account, process.utc, process.evidence)

    def of_session(
        self, host: str, account: Account, at: datetime | None, evidence: tuple[Evidence, ...]
    ) -> Identity:
        """Identity of someone acting on a host under a known account."""
        service = service_origin(account.logon_id)
        admin, privilege = self._sessions.admin(host, account.logon_id)
        extra = (privilege,) if privilege else ()
        if service is not None:
            return Identity(
                account,
                service,
                Join.RECORDED,
                Confidence.HIGH,
                "the token is a service account's",
                evidence=evidence,
            )
        logon = self._sessions.exact(host, account.logon_id, at)
        if logon is None:
            return Identity(
                account,
                OriginClass.LOCAL,
                Join.RECORDED,
                Confidence.MODERATE,
                "the record names the user; the logon that opened the session is not in the data",
                transport="local",
                admin=admin,
                evidence=evidence + extra,
            )
        return Identity(
            account,
            _TYPE_ORIGIN.get(logon.type or 0, OriginClass.UNKNOWN),
            Join.EXACT,
            Confidence.HIGH,
            f"logon id joins to a 4624 of type {logon.type}",
            logon.type,
            logon.package,
            source_ip=logon.ip if not self._hosts.is_own(host, logon.ip) else None,
            transport="local",
            admin=admin,
            evidence=(*evidence, logon.evidence, *extra),
        )

    def of_creator(
        self, host: str, account: Account, at: datetime | None, evidence: tuple[Evidence, ...]
    ) -> Identity:
        """Identity of who made a subscription: recorded for remote and local creation alike.

        A network logon of the same account just before, from one other address, makes it remote; without one the
        origin stays open (telemetry notes 1.4 and 1.6).
        """
        logons = [
            logon
            for logon in self._sessions.candidates(host, at, user=account.name, sid=account.sid)
            if logon.ip and not self._hosts.is_own(host, logon.ip)
        ]
        if len({logon.ip for logon in logons}) != 1:
            return Identity(
                account,
                OriginClass.UNKNOWN,
                Join.RECORDED,
                Confidence.MODERATE,
                "the subscription record names its creator; whether it was made remotely is not in the record",
                evidence=evidence,
            )
        logon = logons[-1]
        admin, privilege = self._sessions.admin(host, logon.logon_id)
        return Identity(
            Account(account.name, account.sid or logon.sid, None),
            OriginClass.REMOTE,
            Join.WINDOW,
            Confidence.MODERATE,
            "the subscription record names its creator, who logged on over the network just before",
            logon.type,
            logon.package,
            logon.ip,
            self._host_name(logon.ip, logon.workstation),
            "4624 in the window",
            "DCOM",
            admin,
            evidence=(*evidence, logon.evidence, *((privilege,) if privilege else ())),
        )

    def _from_exact(
        self, process: Process, account: Account | None, logon: Logon, output_name: str | None
    ) -> Identity:
        admin, privilege = self._sessions.admin(process.host, process.logon_id)
        who = account or Account(logon.user, logon.sid, logon.logon_id)
        if who.sid is None and logon.sid:
            who = Account(who.name, logon.sid, who.logon_id)
        origin = _TYPE_ORIGIN.get(logon.type or 0, OriginClass.UNKNOWN)
        evidence = (*process.evidence, logon.evidence, *((privilege,) if privilege else ()))
        if logon.is_local_check:
            return Identity(
                who,
                OriginClass.LOCAL,
                Join.EXACT,
                Confidence.MODERATE,
                "the 4624 of type 3 is a local access check of the WMI service, not a network logon",
                logon.type,
                logon.package,
                transport="local",
                admin=admin,
                evidence=evidence,
            )
        if origin is not OriginClass.REMOTE:
            return Identity(
                who,
                origin,
                Join.EXACT,
                Confidence.HIGH,
                f"logon id joins to a 4624 of type {logon.type}",
                logon.type,
                logon.package,
                transport="local",
                admin=admin,
                evidence=evidence,
            )
        if logon.ip is not None and self._hosts.is_own(process.host, logon.ip):
            return Identity(
                who,
                OriginClass.LOCAL,
                Join.EXACT,
                Confidence.HIGH,
                "logon id joins to a 4624 of type 3 from the host's own address",
                logon.type,
                logon.package,
                transport="local",
                admin=admin,
                evidence=evidence,
            )
        return self._remote(process, who, logon, output_name, admin, evidence)

    def _remote(
        self,
        process: Process,
        who: Account,
        logon: Logon,
        output_name: str | None,
        admin: bool | None,
        evidence: tuple[Evidence, ...],
    ) -> Identity:
        ip, how, transport = logon.ip, "4624 by logon id", "DCOM"
        confidence = Confidence.HIGH
        reason = "logon id joins to one 4624 of type 3"
        if ip is None:
            transport = "WSMan"
            flow = self._one_flow(process, (5985, 5986))
            if flow is not None:
                ip, how, evidence = (
                    flow.peer,
                    f"inbound connection to port {flow.port}",
                    (*evidence, flow.evidence),
                )
            else:
                confidence, reason = Confidence.MODERATE, "logon id joins to a 4624 that hides the address"
        if ip is None:
            touch = self._read_back(process, output_name)
            if touch is not None:
                ip, how, transport = touch[0], "share read-back of the output file", "DCOM"
                evidence = (*evidence, *touch[1])
        return Identity(
            who,
            OriginClass.REMOTE,
            Join.EXACT,
            confidence,
            reason,
            logon.type,
            logon.package,
            ip,
            self._host_name(ip, logon.workstation),
            how if ip else None,
            transport,
            admin,
            evidence=evidence,
        )

    def _host_name(self, ip: str | None, workstation: str | None = None) -> str | None:
        named = self._hosts.name_of(ip)
        if named:
            return named[0]
        if workstation and self._hosts.key_of(workstation):
            return self._hosts.key_of(workstation)
        return workstation.lower() if workstation else None

    def _read_back(
        self, process: Process, output_name: str | None
    ) -> tuple[str, tuple[Evidence, ...]] | None:
        """The one remote address that reads the output file within 60 s (triage practice 2.1 B3)."""
        if not output_name or process.utc is None:
            return None
        touches = [
            touch
            for touch in self._sessions.shares.get(process.host, ())
            if image_name(touch.name) == output_name.lower()
            and touch.utc is not None
            and abs((touch.utc - process.utc).total_seconds()) <= NETWORK_AFTER.total_seconds()
        ]
        remote = sorted({t.ip for t in touches if not self._hosts.is_own(process.host, t.ip)})
        if len(remote) != 1:
            return None
        first_remote = next(t for t in touches if t.ip == remote[0])
        first_local = next((t for t in touches if self._hosts.is_own(process.host, t.ip)), None)
        return remote[0], (first_remote.evidence, *((first_local.evidence,) if first_local else ()))

    def _one_flow(self, process: Process, ports: tuple[int, ...]) -> Flow | None:
        if process.utc is None:
            return None
        flows = [
            flow
            for flow in self._sessions.flows.get(process.host, ())
            if flow.port in ports
            and flow.utc is not None
            and process.utc - NETWORK_BEFORE <= flow.utc <= process.utc + NETWORK_AFTER
            and not self._hosts.is_own(process.host, flow.peer)
        ]
        peers = {flow.peer for flow in flows}
        return flows[0] if len(peers) == 1 else None

    def _without_key(self, process: Process, account: Account | None, output_name: str | None) -> Identity:
        """No 4624 by id: read-back first (it settles conflicts), then the window, then flows."""
        admin, privilege = self._sessions.admin(process.host, process.logon_id)
        evidence = (*process.evidence, *((privilege,) if privilege else ()))
        logons = [
            logon
            for logon in self._sessions.candidates(
                process.host, process.utc, user=account.name if account else None
            )
            if not self._hosts.is_own(process.host, logon.ip) and logon.ip
        ]
        back = self._read_back(process, output_name)
        if back is not None:
            same = [logon for logon in logons if logon.ip == back[0]]
            who = account or (
                Account(same[0].user, same[0].sid, None) if len(distinct_sources(same)) == 1 else None
            )
            return Identity(
                who,
                OriginClass.REMOTE,
                Join.SHARE,
                Confidence.HIGH,
                "one remote address reads the output file that the command writes",
                3,
                same[-1].package if same else None,
                back[0],
                self._host_name(back[0]),
                "share read-back of the output file",
                "DCOM",
                admin,
                evidence=(*evidence, *back[1], *((same[-1].evidence,) if same else ())),
            )
        pairs = distinct_sources(logons)
        if len(pairs) == 1:
            logon = logons[-1]
            who = account or Account(logon.user, logon.sid, None)
            return Identity(
                who,
                OriginClass.REMOTE,
                Join.WINDOW,
                Confidence.MODERATE,
                "one network logon fits the time window; no logon id joins it",
                3,
                logon.package,
                logon.ip,
                self._host_name(logon.ip, logon.workstation),
                "4624 in the window",
                "DCOM",
                admin,
                evidence=(*evidence, logon.evidence),
            )
        if len(pairs) > 1:
            return self._conflict(process, account, logons, admin, evidence)
        return self._from_flow(process, account, admin, evidence)

    def _conflict(
        self,
        process: Process,
        account: Account | None,
        logons: list[Logon],
        admin: bool | None,
        evidence: tuple[Evidence, ...],
    ) -> Identity:
        addresses = {logon.ip for logon in logons}
        one_address = next(iter(addresses)) if len(addresses) == 1 else None
        return Identity(
            account,
            OriginClass.REMOTE,
            Join.AMBIGUOUS,
            Confidence.LOW,
            f"{len(distinct_sources(logons))} network logons fit the time window and no key decides",
            3,
            None,
            one_address,
            self._host_name(one_address),
            "4624 in the window" if one_address else None,
            "DCOM",
            admin,
            candidates=tuple(_candidate(logon, process.utc) for logon in logons),
            evidence=(*evidence, *(logon.evidence for logon in logons)),
        )

    def _from_flow(
        self, process: Process, account: Account | None, admin: bool | None, evidence: tuple[Evidence, ...]
    ) -> Identity:
        for ports, transport in (((135,), "DCOM"), ((5985, 5986), "WSMan"), ((445,), "DCOM")):
            flow = self._one_flow(process, ports)
            if flow is not None:
                return Identity(
                    account,
                    OriginClass.REMOTE,
                    Join.FALLBACK,
                    Confidence.LOW,
                    f"no logon record; one address connects to port {flow.port} around the time",
                    None,
                    None,
                    flow.peer,
                    self._host_name(flow.peer),
                    f"inbound connection to port {flow.port}",
                    transport,
                    admin,
                    evidence=(*evidence, flow.evidence),
                )
        if account is None:
            return Identity(
                None,
                OriginClass.UNKNOWN,
                Join.NONE,
                Confidence.LOW,
                "the record names only the WMI service and no network logon fits",
                admin=admin,
                evidence=evidence,
            )
        return Identity(
            account,
            OriginClass.UNKNOWN,
            Join.RECORDED,
            Confidence.MODERATE,
            "the record names the token's owner; where the session came from is not in the data",
            admin=admin,
            evidence=evidence,
        )
