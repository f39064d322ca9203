"""Where a session came from when no logon id joins it: share read-back, time window, flows (triage practice 2.1 B)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.images import image_name
from magistrate.activity.model import Account, Candidate, Confidence, Identity, Join, OriginClass
from magistrate.activity.sessions import (
    NETWORK_AFTER,
    NETWORK_BEFORE,
    Flow,
    Logon,
    Sessions,
    between,
    distinct_sources,
)

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.activity.hosts import HostMap
    from magistrate.activity.processes import Process
    from magistrate.events.evidence import Evidence


MOST_CANDIDATES = 50
"""Candidates kept of a conflict, the latest ones. Origin: our choice; nobody compares more by hand."""


def _candidate(logon: Logon, at: datetime | None) -> Candidate:
    gap = 0 if at is None or logon.utc is None else round((at - logon.utc).total_seconds() * 1000)
    return Candidate(logon.user, logon.ip, logon.package, gap, logon.evidence.evidence_id)


class OriginFinder:
    """Finds the source of a session from what surrounds it."""

    def __init__(self, sessions: Sessions, hosts: HostMap) -> None:
        self._sessions = sessions
        self._hosts = hosts

    def host_name(self, ip: str | None, workstation: str | None = None) -> str | None:
        """Host that an address belongs to, else the one that the client claimed."""
        named = self._hosts.name_of(ip)
        if named:
            return named[0]
        if workstation and self._hosts.key_of(workstation):
            return self._hosts.key_of(workstation)
        return workstation.lower() if workstation else None

    def read_back(self, process: Process, output_name: str | None) -> tuple[str, tuple[Evidence, ...]] | None:
        """The one remote address that reads the output file within 60 s (triage practice 2.1 B3)."""
        if not output_name or process.utc is None:
            return None
        touches = [
            touch
            for touch in between(
                self._sessions.shares.get(process.host, ()),
                process.utc - NETWORK_AFTER,
                process.utc + NETWORK_AFTER,
            )
            if image_name(touch.name) == output_name.lower()
        ]
        remote = sorted({t.ip for t in touches if not self._hosts.is_own(process.host, t.ip)})
        if len(remote) != 1:
            return None
        first_remote = next(t for t in touches if t.ip == remote[0])
        first_local = next((t for t in touches if self._hosts.is_own(process.host, t.ip)), None)
        return remote[0], (first_remote.evidence, *((first_local.evidence,) if first_local else ()))

    def one_flow(self, process: Process, ports: tuple[int, ...]) -> Flow | None:
        """Inbound connection around the process, when only one other address made any."""
        if process.utc is None:
            return None
        flows = [
            flow
            for flow in between(
                self._sessions.flows.get(process.host, ()),
                process.utc - NETWORK_BEFORE,
                process.utc + NETWORK_AFTER,
            )
            if flow.port in ports and not self._hosts.is_own(process.host, flow.peer)
        ]
        peers = {flow.peer for flow in flows}
        return flows[0] if len(peers) == 1 else None

    def without_key(self, process: Process, account: Account | None, output_name: str | None) -> Identity:
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
        back = self.read_back(process, output_name)
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
                self.host_name(back[0]),
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
                self.host_name(logon.ip, logon.workstation),
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
        shown = logons[-MOST_CANDIDATES:]
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
            self.host_name(one_address),
            "4624 in the window" if one_address else None,
            "DCOM",
            admin,
            candidates=tuple(_candidate(logon, process.utc) for logon in shown),
            evidence=(*evidence, *(logon.evidence for logon in shown)),
        )

    def _from_flow(
        self, process: Process, account: Account | None, admin: bool | None, evidence: tuple[Evidence, ...]
    ) -> Identity:
        for ports, transport in (((135,), "DCOM"), ((5985, 5986), "WSMan"), ((445,), "DCOM")):
            flow = self.one_flow(process, ports)
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
                    self.host_name(flow.peer),
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
