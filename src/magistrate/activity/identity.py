"""Actor, session and origin of a process under a WMI host (triage practice 2.1 A to E)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.images import SERVICE_LOGON_IDS
from magistrate.activity.model import Account, Confidence, Identity, Join, OriginClass
from magistrate.activity.origins import OriginFinder

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.activity.hosts import HostMap
    from magistrate.activity.processes import Process
    from magistrate.activity.sessions import (
        Logon,
        Sessions,
    )
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


class IdentityResolver:
    """Resolves actors with the sessions and hosts of one case."""

    def __init__(self, sessions: Sessions, hosts: HostMap) -> None:
        self._sessions = sessions
        self._hosts = hosts
        self._origins = OriginFinder(sessions, hosts)

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
        return self._origins.without_key(process, account, output_name)

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
            self._origins.host_name(logon.ip, logon.workstation),
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
            flow = self._origins.one_flow(process, (5985, 5986))
            if flow is not None:
                ip, how, evidence = (
                    flow.peer,
                    f"inbound connection to port {flow.port}",
                    (*evidence, flow.evidence),
                )
            else:
                confidence, reason = Confidence.MODERATE, "logon id joins to a 4624 that hides the address"
        if ip is None:
            touch = self._origins.read_back(process, output_name)
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
            self._origins.host_name(ip, logon.workstation),
            how if ip else None,
            transport,
            admin,
            evidence=evidence,
        )
