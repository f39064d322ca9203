"""Processes: start and end, with the record of the audit policy and its Sysmon twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenario_writer.actions.registry import action
from scenario_writer.machine import (
    LOCAL_SERVICE,
    NETWORK_SERVICE,
    SYSTEM,
    Machine,
    Process,
    Program,
    Session,
    find_program,
    milliseconds,
)
from scenario_writer.scenario import parse_duration
from scenario_writer.stage import Stage, sysmon_time

if TYPE_CHECKING:
    from datetime import datetime

_NOBODY = "S-1-0-0"
_LABELS = {"Medium": "S-1-16-8192", "High": "S-1-16-12288", "System": "S-1-16-16384"}
_ADMIN_SPLIT_TOKENS = {2, 10, 11}  # logon types whose administrators get a split token


@action
def process(
    stage: Stage,
    at: datetime,
    host: str,
    run: str,
    *,
    command: str | None = None,
    session: str = "SYSTEM",
    parent: str | None = None,
    label: str | None = None,
    ends: str | None = None,
    console: bool | None = None,
) -> None:
    """A program starts.

    Args:
        stage: where the scenario plays.
        at: when.
        host: on which host.
        run: short name of programs.yml, or a whole path.
        command: command line; the quoted path when left out.
        session: label of the logon session whose token it gets.
        parent: label of the parent; the session's shell or the service controller when left out.
        label: name by which later events call it.
        ends: how long it runs; left out, its end is not seen.
        console: whether a conhost starts with it; programs.yml says it when left out.
    """
    machine = stage.machine(host)
    token = stage.session(machine, session)
    start_process(
        stage,
        machine,
        at,
        run,
        token,
        stage.process(machine, parent or default_parent(machine, session)),
        command=command,
        label=label,
        ends=ends,
        console=console,
    )


def default_parent(machine: Machine, session: str) -> str:
    """Label of the process that starts programs of a session: its shell, else the service controller."""
    shell = f"explorer:{session}"
    return shell if shell in machine.processes else "services"


def start_process(
    stage: Stage,
    machine: Machine,
    at: datetime,
    run: str,
    session: Session,
    parent: Process,
    *,
    command: str | None = None,
    label: str | None = None,
    ends: str | None = None,
    console: bool | None = None,
) -> Process:
    """Start a program and write its records; the process is returned for what comes of it."""
    program = find_program(run)
    started = Process(
        pid=machine.new_pid(),
        guid=machine.process_guid(),
        program=program,
        command=command or f'"{program.image}"',
        session=session,
        parent=parent,
        started=at,
        folder="C:\\Windows\\system32\\" if session.terminal == 0 else f"C:\\Users\\{session.account.name}\\",
    )
    if label:
        machine.processes[label] = started
    _write_creation(stage, machine, at, started)
    wants_console = program.console if console is None else console
    if wants_console and parent.program.image.lower() != find_program("cmd").image.lower():
        _start_console(stage, machine, at, started)
    if ends:
        end_process(stage, machine, at + parse_duration(ends), started)
    return started


def background_process(
    machine: Machine, label: str, run: str, command: str, session: Session, parent: str
) -> Process:
    """A process of the time before the logs begin: known to others, without a record of its own."""
    started = Process(
        machine.new_pid(),
        machine.process_guid(),
        find_program(run),
        command,
        session,
        machine.processes.get(parent),
        machine.booted or stage_start(machine),
    )
    machine.processes[label] = started
    return started


def stage_start(machine: Machine) -> datetime:
    """Time of the host's start.

    Raises:
        LookupError: the scenario has not started the host.
    """
    if machine.booted is None:
        message = f"{machine.name} has not been started; begin with `do: boot`."
        raise LookupError(message)
    return machine.booted


def end_process(stage: Stage, machine: Machine, at: datetime, ended: Process) -> None:
    """Write the end of a process."""
    stage.write(
        machine,
        "security.4689",
        at,
        {
            **subject(machine, ended.session),
            "Status": 0,
            "ProcessId": ended.pid,
            "ProcessName": ended.program.image,
        },
    )
    stage.write_sysmon(machine, 5, at, {**sysmon_process(ended), "User": ended.session.account.full_name})


def subject(machine: Machine, session: Session) -> dict[str, Any]:
    """Subject fields of a session. The services of the host appear under the computer's account."""
    sid, name, domain = session.account.sid, session.account.name, session.account.domain
    if session.logon_id in (SYSTEM, NETWORK_SERVICE):
        name, domain = f"{machine.name}$", machine.domain
    return {
        "SubjectUserSid": sid,
        "SubjectUserName": name,
        "SubjectDomainName": domain,
        "SubjectLogonId": session.logon_id,
    }


def sysmon_process(known: Process) -> dict[str, Any]:
    """The fields with which Sysmon names a process."""
    return {"ProcessGuid": known.guid, "ProcessId": known.pid, "Image": known.program.image}


def _start_console(stage: Stage, machine: Machine, at: datetime, owner: Process) -> None:
    start_process(
        stage,
        machine,
        at + milliseconds(machine.dice.number(6, 19)),
        "conhost",
        owner.session,
        owner,
        command="\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff -ForceV1",
        console=False,
    )


def _write_creation(stage: Stage, machine: Machine, at: datetime, started: Process) -> None:
    layout = machine.logging.process_layout
    stage.write(machine, layout, at, _audit_fields(machine, started, layout))
    program, session, parent = started.program, started.session, started.parent
    fields = {
        **sysmon_process(started),
        "FileVersion": program.version,
        "Description": program.description,
        "Product": program.product,
        "Company": program.company,
        "OriginalFileName": program.original,
        "CommandLine": started.command,
        "CurrentDirectory": started.folder,
        "User": session.account.full_name,
        "LogonGuid": session.logon_guid,
        "LogonId": session.logon_id,
        "TerminalSessionId": session.terminal,
        "IntegrityLevel": started.integrity,
        "Hashes": program.hashes,
    }
    if parent is not None:
        fields |= {
            "ParentProcessGuid": parent.guid,
            "ParentProcessId": parent.pid,
            "ParentImage": parent.program.image,
            "ParentCommandLine": parent.command,
            "ParentUser": parent.session.account.full_name,
        }
    stage.write_sysmon(machine, 1, at + milliseconds(machine.dice.number(1, 6)), fields)


def _audit_fields(machine: Machine, started: Process, layout: str) -> dict[str, Any]:
    parent = started.parent
    creator = parent.session if parent is not None else started.session
    fields: dict[str, Any] = {
        **subject(machine, creator),
        "NewProcessId": started.pid,
        "NewProcessName": started.program.image,
        "TokenElevationType": _token(started),
        "ProcessId": parent.pid if parent else 0,
        "CommandLine": started.command if machine.logging.command_line else "",
    }
    if layout == "security.4688v1":
        return fields
    fields |= _target(machine, started, creator)
    if layout == "security.4688v2_long":
        fields["ParentProcessName"] = parent.program.image if parent else ""
        fields["MandatoryLabel"] = _LABELS[started.integrity]
    return fields


def _target(machine: Machine, started: Process, creator: Session) -> dict[str, Any]:
    """The account of the new process, recorded only when its token is not the creator's."""
    session = started.session
    if session.logon_id == creator.logon_id:
        values = (_NOBODY, "-", "-", 0)
    elif session.logon_type == 3:
        values = (_NOBODY, session.account.name, session.account.domain, session.logon_id)
    elif session.logon_id == LOCAL_SERVICE:
        values = (session.account.sid, "LOCAL SERVICE", "NT AUTHORITY", LOCAL_SERVICE)
    else:
        known = subject(machine, session)
        values = (session.account.sid, known["SubjectUserName"], known["SubjectDomainName"], session.logon_id)
    return dict(
        zip(("TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId"), values, strict=True)
    )


def _token(started: Process) -> str:
    session = started.session
    if (
        session.logon_type in _ADMIN_SPLIT_TOKENS
        and session.account.admin
        and not session.account.sid.endswith("-500")
    ):
        return "%%1937" if session.elevated else "%%1938"
    return "%%1936"


def load_module(
    stage: Stage, machine: Machine, at: datetime, loader: Process, path: str, *, description: str = "-"
) -> None:
    """Write the load of a signed library of the operating system."""
    module = Program(
        path, path.rsplit("\\", 1)[1], description, "Microsoft Corporation", "Microsoft® Windows®", "10.0"
    )
    stage.write_sysmon(
        machine,
        7,
        at,
        {
            **sysmon_process(loader),
            "ImageLoaded": path,
            "FileVersion": module.version,
            "Description": description,
            "Product": module.product,
            "Company": module.company,
            "OriginalFileName": module.original,
            "Hashes": module.hashes,
            "Signed": "true",
            "Signature": "Microsoft Windows",
            "SignatureStatus": "Valid",
            "User": loader.session.account.full_name,
        },
    )


@action
def file_created(stage: Stage, at: datetime, host: str, process: str, path: str) -> None:
    """A process creates a file (Sysmon 11)."""
    machine = stage.machine(host)
    write_file(stage, machine, at, stage.process(machine, process), path)


def write_file(stage: Stage, machine: Machine, at: datetime, writer: Process, path: str) -> None:
    """Write the creation of a file."""
    stage.write_sysmon(
        machine,
        11,
        at,
        {
            **sysmon_process(writer),
            "TargetFilename": path,
            "CreationUtcTime": sysmon_time(at),
            "User": writer.session.account.full_name,
        },
    )


@action
def file_deleted(stage: Stage, at: datetime, host: str, process: str, path: str) -> None:
    """A process deletes a file (Sysmon 23)."""
    machine = stage.machine(host)
    deleter = stage.process(machine, process)
    stage.write_sysmon(
        machine,
        23,
        at,
        {
            **sysmon_process(deleter),
            "User": deleter.session.account.full_name,
            "TargetFilename": path,
            "Hashes": Program(path).hashes,
            "IsExecutable": 0,
            "Archived": "true",
        },
    )


@action
def registry_set(stage: Stage, at: datetime, host: str, process: str, key: str, value: str) -> None:
    """A process sets a registry value (Sysmon 13). The process `provider host` is the running WMI provider host."""
    machine = stage.machine(host)
    writer = machine.provider_host if process == "provider host" else stage.process(machine, process)
    if writer is None:
        message = f"no WMI provider host runs on {host}; let a WMI action come before."
        raise LookupError(message)
    stage.write_sysmon(
        machine,
        13,
        at,
        {
            "EventType": "SetValue",
            "TargetObject": key,
            "Details": value,
            **sysmon_process(writer),
            "User": writer.session.account.full_name,
        },
    )


@action
def process_access(stage: Stage, at: datetime, host: str, process: str, target: str, access: int) -> None:
    """A process opens another one (Sysmon 10)."""
    machine = stage.machine(host)
    source, opened = stage.process(machine, process), stage.process(machine, target)
    stage.write_sysmon(
        machine,
        10,
        at,
        {
            "SourceProcessGUID": source.guid,
            "SourceProcessId": source.pid,
            "SourceImage": source.program.image,
            "TargetProcessGUID": opened.guid,
            "TargetProcessId": opened.pid,
            "TargetImage": opened.program.image,
            "SourceThreadId": source.pid + 4,
            "GrantedAccess": access,
            "CallTrace": "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e",
            "SourceUser": source.session.account.full_name,
            "TargetUser": opened.session.account.full_name,
        },
    )
