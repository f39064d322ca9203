"""Logons, at the keyboard and over the network, and the use of explicit credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenario_writer.actions.network import connect
from scenario_writer.actions.processes import start_process, subject
from scenario_writer.actions.registry import action
from scenario_writer.machine import Account, Machine, Process, Session, milliseconds
from scenario_writer.scenario import parse_duration

if TYPE_CHECKING:
    from datetime import datetime

    from scenario_writer.stage import Stage

NOTHING = "{00000000-0000-0000-0000-000000000000}"
_ADMIN_PRIVILEGES = (
    *("SeSecurityPrivilege", "SeTakeOwnershipPrivilege", "SeLoadDriverPrivilege", "SeBackupPrivilege"),
    *("SeRestorePrivilege", "SeDebugPrivilege", "SeSystemEnvironmentPrivilege", "SeImpersonatePrivilege"),
    "SeDelegateSessionUserImpersonatePrivilege",
)
_FAILURES = {"bad password": 0xC000006A, "no such user": 0xC0000064, "logon type not granted": 0xC000015B}
_NOBODY = {"SubjectUserSid": "S-1-0-0", "SubjectUserName": "-", "SubjectDomainName": "-", "SubjectLogonId": 0}


@action
def logon(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    *,
    label: str | None = None,
    kind: int = 2,
    source: str = "127.0.0.1",
    elevated: bool = True,
    shell: bool = True,
    lasts: str | None = None,
) -> None:
    """Somebody signs in: kind 2 at the console, 10 over remote desktop, 4 for a task, 5 for a service.

    Args:
        stage: where the scenario plays.
        at: when.
        host: on which host.
        account: key of the account.
        label: name of the session for later events; the account's key when left out.
        kind: logon type.
        source: host or address, for kind 10.
        elevated: whether programs get the full token of an administrator.
        shell: whether a desktop starts.
        lasts: how long the session lasts; left out, its end is not seen.
    """
    machine = stage.machine(host)
    who = stage.account(account)
    address, _ = stage.address(source)
    session = Session(
        who,
        machine.new_logon_id(),
        machine.dice.guid(),
        kind,
        who.admin and elevated,
        terminal=1 if kind in (2, 10, 11) else 0,
        source_ip=address,
    )
    name = label or account
    machine.sessions[name] = session
    _write_logon(stage, machine, at, session, "Negotiate", "-", machine.sessions["SYSTEM"])
    if shell and kind in (2, 10, 11):
        _start_shell(stage, machine, at, name, session)
    if lasts:
        write_logoff(stage, machine, at + parse_duration(lasts), session)


def _start_shell(stage: Stage, machine: Machine, at: datetime, name: str, session: Session) -> None:
    start_process(
        stage,
        machine,
        at + milliseconds(machine.dice.number(700, 1900)),
        "explorer",
        session,
        machine.processes["winlogon"],
        command="C:\\Windows\\Explorer.EXE",
        label=f"explorer:{name}",
    )


@action
def logoff(stage: Stage, at: datetime, host: str, session: str) -> None:
    """A session ends."""
    machine = stage.machine(host)
    write_logoff(stage, machine, at, stage.session(machine, session))


@action
def remote_logon(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    source: str,
    *,
    package: str = "Kerberos",
    port: int = 445,
    label: str | None = None,
    workstation: str = "-",
    lasts: str | None = None,
    count: int = 1,
) -> None:
    """A network logon (type 3), with the connection that carries it.

    Args:
        stage: where the scenario plays.
        at: when.
        host: the host that is logged on to.
        account: key of the account.
        source: host or address that it comes from.
        package: Kerberos or NTLM.
        port: service port of the connection: 445 for files, 135 for DCOM.
        label: name of the (last) session for later events.
        workstation: name that an NTLM client gives.
        lasts: how long the sessions last.
        count: how many logons in a row, 30 ms apart.
    """
    machine = stage.machine(host)
    who = stage.account(account)
    for number in range(count):
        moment = at + milliseconds(30 * number)
        source_port = connect(stage, moment, source, machine, port)
        session = network_logon(
            stage,
            machine,
            moment + milliseconds(machine.dice.number(4, 11)),
            who,
            stage.address(source)[0],
            source_port,
            package=package,
            workstation=workstation,
        )
        if label:
            machine.sessions[label] = session
        if lasts:
            write_logoff(stage, machine, moment + parse_duration(lasts), session)


def network_logon(
    stage: Stage,
    machine: Machine,
    at: datetime,
    account: Account,
    address: str | None,
    port: int,
    *,
    package: str = "Kerberos",
    workstation: str = "-",
    identification: bool = False,
) -> Session:
    """Write a type 3 logon and return its session. Without an address, as for WinRM, dashes are recorded."""
    session = Session(
        account,
        machine.new_logon_id(),
        machine.dice.guid() if package == "Kerberos" else NOTHING,
        3,
        account.admin,
        source_ip=address,
        source_port=port,
    )
    level = "%%1832" if identification else "%%1833"
    _write_logon(stage, machine, at, session, package, workstation, None, level)
    return session


def write_logoff(stage: Stage, machine: Machine, at: datetime, session: Session) -> None:
    """Write the end of a session."""
    stage.write(
        machine,
        "security.4634",
        at,
        {**target(session), "LogonType": session.logon_type},
        logger=_lsass(machine),
    )


@action
def failed_logon(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    source: str,
    *,
    reason: str = "bad password",
    count: int = 1,
) -> None:
    """Network logons that fail, half a second apart."""
    machine = stage.machine(host)
    who = stage.account(account)
    for number in range(count):
        stage.write(
            machine,
            "security.4625",
            at + milliseconds(500 * number),
            {
                **_NOBODY,
                "TargetUserSid": "S-1-0-0",
                "TargetUserName": who.name,
                "TargetDomainName": who.domain,
                "Status": 0xC000006D,
                "FailureReason": "%%2313",
                "SubStatus": _FAILURES[reason],
                "LogonType": 3,
                "LogonProcessName": "NtLmSsp ",
                "AuthenticationPackageName": "NTLM",
                "WorkstationName": "-",
                "TransmittedServices": "-",
                "LmPackageName": "-",
                "KeyLength": 0,
                "ProcessId": 0,
                "ProcessName": "-",
                "IpAddress": stage.address(source)[0],
                "IpPort": str(machine.new_port()),
            },
            logger=_lsass(machine),
        )


def explicit_credentials(
    stage: Stage,
    machine: Machine,
    at: datetime,
    user: Session,
    used: Account,
    server: str,
    info: str,
    process: Process,
    *,
    kerberos: bool = True,
) -> None:
    """Write the use of other credentials (4648) by a session on this host."""
    stage.write(
        machine,
        "security.4648",
        at,
        {
            **subject(machine, user),
            "LogonGuid": user.logon_guid,
            "TargetUserName": used.name,
            "TargetDomainName": used.domain,
            "TargetLogonGuid": machine.dice.guid() if kerberos else NOTHING,
            "TargetServerName": server,
            "TargetInfo": info,
            "ProcessId": process.pid,
            "ProcessName": process.program.image,
            "IpAddress": "-",
            "IpPort": "-",
        },
        logger=_lsass(machine),
    )


def target(session: Session) -> dict[str, Any]:
    """Target fields of a session."""
    return {
        "TargetUserSid": session.account.sid,
        "TargetUserName": session.account.name,
        "TargetDomainName": session.account.domain,
        "TargetLogonId": session.logon_id,
    }


def _write_logon(
    stage: Stage,
    machine: Machine,
    at: datetime,
    session: Session,
    package: str,
    workstation: str,
    service: Session | None,
    impersonation: str = "%%1833",
) -> None:
    if session.account.admin:
        _write_privileges(stage, machine, at, session)
    ntlm = package == "NTLM"
    asker = subject(machine, service) if service else _NOBODY
    local = service is not None
    stage.write(
        machine,
        "security.4624",
        at + milliseconds(1),
        {
            **asker,
            **target(session),
            "LogonType": session.logon_type,
            "LogonProcessName": "NtLmSsp " if ntlm else ("User32 " if local else "Kerberos"),
            "AuthenticationPackageName": package,
            "WorkstationName": machine.name if local else (workstation if ntlm else "-"),
            "LogonGuid": session.logon_guid,
            "TransmittedServices": "-",
            "LmPackageName": "NTLM V2" if ntlm else "-",
            "KeyLength": 128 if ntlm else 0,
            "ProcessId": machine.processes["winlogon"].pid if local else 0,
            "ProcessName": machine.processes["winlogon"].program.image if local else "-",
            "IpAddress": session.source_ip or "-",
            "IpPort": _port_text(session),
            "ImpersonationLevel": impersonation,
            "RestrictedAdminMode": "-",
            "TargetOutboundUserName": "-",
            "TargetOutboundDomainName": "-",
            "VirtualAccount": "%%1843",
            "TargetLinkedLogonId": 0,
            "ElevatedToken": "%%1842" if session.elevated else "%%1843",
        },
        logger=_lsass(machine),
    )


def _write_privileges(stage: Stage, machine: Machine, at: datetime, session: Session) -> None:
    account = session.account
    stage.write(
        machine,
        "security.4672",
        at,
        {
            "SubjectUserSid": account.sid,
            "SubjectUserName": account.name,
            "SubjectDomainName": account.domain,
            "SubjectLogonId": session.logon_id,
            "PrivilegeList": "\r\n\t\t\t".join(_ADMIN_PRIVILEGES),
        },
        logger=_lsass(machine),
    )


def _port_text(session: Session) -> str:
    if session.source_port:
        return str(session.source_port)
    return "0" if session.source_ip else "-"


def _lsass(machine: Machine) -> int:
    return machine.processes["lsass"].pid if "lsass" in machine.processes else 4
