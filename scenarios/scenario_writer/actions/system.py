"""Life of a host: start, updates, installations, services, background work, and single records as they stand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scenario_writer.actions.network import connection
from scenario_writer.actions.processes import background_process, start_process, subject
from scenario_writer.actions.registry import action
from scenario_writer.binxml import ValueKind
from scenario_writer.layouts import LayoutError, load_layouts
from scenario_writer.machine import Machine, Process, Program, find_program, milliseconds
from scenario_writer.scenario import parse_duration
from scenario_writer.stage import sysmon_time

if TYPE_CHECKING:
    from scenario_writer.stage import Stage

_SERVICES = (
    ("rpcss", "-k RPCSS -p", "NETWORK SERVICE"),
    ("dcom", "-k DcomLaunch -p", "SYSTEM"),
    ("winmgmt", "-k netsvcs -p -s Winmgmt", "SYSTEM"),
    ("schedule", "-k netsvcs -p -s Schedule", "SYSTEM"),
    ("wuauserv", "-k netsvcs -p -s wuauserv", "SYSTEM"),
)
_ROUTINE = (
    ("taskhostw", "taskhostw.exe SYSTEM", "schedule"),
    (
        "backgroundtaskhost",
        '"C:\\Windows\\system32\\backgroundTaskHost.exe" -ServerName:App.AppXmtcan0h2tfbfy7',
        "dcom",
    ),
    ("sppsvc", "C:\\Windows\\system32\\sppsvc.exe", "services"),
    (
        "searchprotocolhost",
        '"C:\\Windows\\system32\\SearchProtocolHost.exe" Global\\UsGthrFltPipeMssGthrPipe1_',
        "services",
    ),
    ("svchost", "C:\\Windows\\system32\\svchost.exe -k wsappx -p -s ClipSVC", "services"),
    ("svchost", "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s gpsvc", "services"),
)


@action
def boot(stage: Stage, at: datetime, host: str) -> None:
    """A host starts; its services are there afterwards. Every host needs this first."""
    machine = stage.machine(host)
    machine.booted = at
    system = machine.sessions["SYSTEM"]
    machine.processes["System"] = Process(
        4, machine.process_guid(), Program("System"), "System", system, None, at
    )
    background_process(
        machine, "services", "services", "C:\\Windows\\system32\\services.exe", system, "System"
    )
    background_process(machine, "lsass", "lsass", "C:\\Windows\\system32\\lsass.exe", system, "System")
    background_process(machine, "winlogon", "winlogon", "winlogon.exe", system, "System")
    for label, options, account in _SERVICES:
        command = f"C:\\Windows\\system32\\svchost.exe {options}"
        background_process(machine, label, "svchost", command, machine.sessions[account], "services")
    background_process(machine, "sysmon", "sysmon", "C:\\Windows\\Sysmon64.exe", system, "services")
    stage.write(
        machine,
        "system_kernel.12",
        at,
        {
            "MajorVersion": 10,
            "MinorVersion": 0,
            "BuildVersion": machine.build,
            "QfeVersion": 3803,
            "ServiceVersion": 0,
            "BootMode": 0,
            "StartTime": at,
        },
        user_sid="S-1-5-18",
    )
    stage.write(machine, "system_eventlog_classic.6005", at + milliseconds(4200), {"Binary": bytes(16)})
    stage.write(
        machine,
        "sysmon.4",
        at + milliseconds(5100),
        {
            "UtcTime": sysmon_time(at + milliseconds(5100)),
            "State": "Started",
            "Version": "15.15",
            "SchemaVersion": "4.90",
        },
    )


@action
def shutdown(stage: Stage, at: datetime, host: str) -> None:
    """A host stops."""
    machine = stage.machine(host)
    stage.write(machine, "system_eventlog_classic.6006", at, {"Binary": bytes(8)})
    stage.write(machine, "system_kernel.13", at + milliseconds(900), {"StopTime": at})


@action
def record(
    stage: Stage,
    at: datetime,
    host: str,
    layout: str,
    *,
    fields: dict[str, Any] | None = None,
    session: str | None = None,
    process: str | None = None,
) -> None:
    """One record as it stands, for what has no action of its own.

    Args:
        stage: where the scenario plays.
        at: when.
        host: on which host.
        layout: name of the layout, written as `event:` in a scenario.
        fields: content by field name; numbers may be written as hex text.
        session: fills the Subject fields that the layout has from this session.
        process: fills the process fields of a Sysmon layout from this process.
    """
    machine = stage.machine(host)
    known = load_layouts().get(layout)
    if known is None:
        message = f"no layout {layout}. Layouts: {', '.join(sorted(load_layouts()))}."
        raise LayoutError(message)
    names = dict(known.fields)
    unknown = sorted(set(fields or {}) - set(names))
    if unknown:
        message = f"{layout} has no field {', '.join(unknown)}. Its fields: {', '.join(names)}."
        raise LayoutError(message)
    content: dict[str, Any] = {}
    if session:
        content |= {k: v for k, v in subject(machine, stage.session(machine, session)).items() if k in names}
    if process:
        owner = stage.process(machine, process)
        own = {"ProcessGuid": owner.guid, "ProcessId": owner.pid, "Image": owner.program.image}
        own["User"] = owner.session.account.full_name
        content |= {k: v for k, v in own.items() if k in names}
    content |= {name: _typed(names.get(name), value) for name, value in (fields or {}).items()}
    sid = stage.session(machine, session).account.sid if session else None
    if layout.startswith("sysmon."):
        stage.write_sysmon(machine, known.event_id, at, content)
    else:
        stage.write(machine, layout, at, content, user_sid=sid)


def _typed(kind: ValueKind | None, value: Any) -> Any:
    if kind in (ValueKind.STRING, None):
        return value if value is None else str(value)
    if kind is ValueKind.FILETIME and isinstance(value, datetime):
        return value.astimezone(UTC)
    if kind is ValueKind.BINARY:
        return bytes.fromhex(value)
    if isinstance(value, str) and value.startswith("0x"):
        return int(value, 16)
    return value


@action
def routine(
    stage: Stage, at: datetime, host: str, *, every: str = "10m", lasts: str = "8h", network: bool = True
) -> None:
    """The quiet work of a host: short-lived system programs, service logons, connections to update servers."""
    machine = stage.machine(host)
    step, end = parse_duration(every), at + parse_duration(lasts)
    moment = at
    while moment < end:
        run, command, parent = _ROUTINE[machine.dice.number(0, len(_ROUTINE) - 1)]
        offset = milliseconds(machine.dice.number(0, max(1, int(step.total_seconds() * 700))))
        _routine_turn(stage, machine, moment + offset, (run, command, parent), network=network)
        moment += step


def _routine_turn(
    stage: Stage, machine: Machine, at: datetime, work: tuple[str, str, str], *, network: bool
) -> None:
    run, command, parent = work
    system = machine.sessions["SYSTEM"]
    start_process(
        stage, machine, at, run, system, machine.processes[parent], command=command, ends="45s", console=False
    )
    if network and machine.dice.number(0, 2) == 0:
        address = f"203.0.113.{machine.dice.number(10, 60)}"
        connection(stage, at + milliseconds(300), machine.name, "wuauserv", address, 443)
    if machine.dice.number(0, 3) == 0:
        _service_logon(stage, machine, at - milliseconds(20))


def _service_logon(stage: Stage, machine: Machine, at: datetime) -> None:
    system = machine.sessions["SYSTEM"]
    services = machine.processes["services"]
    stage.write(
        machine,
        "security.4624",
        at,
        {
            **subject(machine, system),
            "TargetUserSid": "S-1-5-18",
            "TargetUserName": "SYSTEM",
            "TargetDomainName": "NT AUTHORITY",
            "TargetLogonId": system.logon_id,
            "LogonType": 5,
            "LogonProcessName": "Advapi  ",
            "AuthenticationPackageName": "Negotiate",
            "WorkstationName": "-",
            "TransmittedServices": "-",
            "LogonGuid": system.logon_guid,
            "LmPackageName": "-",
            "KeyLength": 0,
            "ProcessId": services.pid,
            "ProcessName": services.program.image,
            "IpAddress": "-",
            "IpPort": "-",
            "ImpersonationLevel": "%%1833",
            "RestrictedAdminMode": "-",
            "TargetOutboundUserName": "-",
            "TargetOutboundDomainName": "-",
            "VirtualAccount": "%%1843",
            "TargetLinkedLogonId": 0,
            "ElevatedToken": "%%1842",
        },
        logger=machine.processes["lsass"].pid,
    )


@action
def service_installed(
    stage: Stage, at: datetime, host: str, name: str, path: str, *, session: str = "SYSTEM"
) -> None:
    """A service is installed (System 7045, Security 4697)."""
    machine = stage.machine(host)
    token = stage.session(machine, session)
    stage.write(
        machine,
        "system.7045",
        at,
        {
            "ServiceName": name,
            "ImagePath": path,
            "ServiceType": "user mode service",
            "StartType": "demand start",
            "AccountName": "LocalSystem",
        },
        user_sid=token.account.sid,
        logger=machine.processes["services"].pid,
    )
    stage.write(
        machine,
        "security.4697",
        at + milliseconds(2),
        {
            **subject(machine, token),
            "ServiceName": name,
            "ServiceFileName": path,
            "ServiceType": 0x10,
            "ServiceStartType": 3,
            "ServiceAccount": "LocalSystem",
        },
    )


@action
def update_installed(stage: Stage, at: datetime, host: str, title: str) -> None:
    """Windows Update downloads and installs an update (System 44, 43, 19) with the installer's processes."""
    machine = stage.machine(host)
    guid = machine.dice.guid()
    fields = {"updateTitle": title, "updateGuid": guid, "updateRevisionNumber": 1}
    system = machine.sessions["SYSTEM"]
    stage.write(machine, "windows_update.44", at, fields)
    stage.write(machine, "windows_update.43", at + milliseconds(41_000), fields)
    installer = start_process(
        stage, machine, at + milliseconds(42_000), "trustedinstaller", system, machine.processes["services"],
        command="C:\\Windows\\servicing\\TrustedInstaller.exe", ends="6m",
    )  # fmt: skip
    start_process(
        stage, machine, at + milliseconds(43_500), "tiworker", system, machine.processes["dcom"],
        command=f"{_tiworker()} -Embedding", ends="6m",
    )  # fmt: skip
    start_process(
        stage, machine, at + milliseconds(61_000), "mofcomp", system, installer,
        command="C:\\Windows\\System32\\wbem\\mofcomp.exe C:\\Windows\\System32\\wbem\\cimwin32.mof", ends="2s",
        console=False,
    )  # fmt: skip
    stage.write(machine, "windows_update.19", at + milliseconds(180_000), fields)


def _tiworker() -> str:
    return find_program("tiworker").image


@action
def package_installed(
    stage: Stage, at: datetime, host: str, name: str, version: str, vendor: str, *, path: str
) -> None:
    """Windows Installer installs a package (Application 1040, 1033, 1042)."""
    machine = stage.machine(host)
    pid = str(machine.new_pid())
    bounds = [path, pid, "(NULL)", "(NULL)", "(NULL)", "(NULL)", ""]
    stage.write(machine, "msi_installer.1040", at, {"Data": bounds}, user_sid="S-1-5-18")
    stage.write(
        machine,
        "msi_installer.1033",
        at + milliseconds(17_000),
        {"Data": [name, version, "1033", "0", vendor, "(NULL)", ""], "Binary": b"\x00"},
        user_sid="S-1-5-18",
    )
    stage.write(
        machine, "msi_installer.1042", at + milliseconds(17_400), {"Data": bounds}, user_sid="S-1-5-18"
    )


@action
def log_cleared(stage: Stage, at: datetime, host: str, session: str, *, channel: str = "Security") -> None:
    """A log is cleared: everything older is gone from the channel (Security 1102, otherwise System 104)."""
    machine = stage.machine(host)
    token = stage.session(machine, session)
    layouts = load_layouts()
    stage.records[:] = [
        known
        for known in stage.records
        if not (known.machine == host and layouts[known.layout].channel == channel and known.created < at)
    ]
    if channel == "Security":
        stage.write(machine, "security_eventlog.1102", at, subject(machine, token))
        return
    account = token.account
    names = {
        "SubjectUserName": account.name,
        "SubjectDomainName": account.domain,
        "Channel": channel,
        "BackupPath": "",
    }
    stage.write(machine, "system_eventlog.104", at, names, user_sid=account.sid)
