"""WMI over WinRM, and PowerShell remoting beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario_writer.actions.logons import explicit_credentials, network_logon, write_logoff
from scenario_writer.actions.network import connect
from scenario_writer.actions.processes import start_process
from scenario_writer.actions.registry import action
from scenario_writer.actions.wmi import provider_host
from scenario_writer.machine import Machine, Process, milliseconds
from scenario_writer.scenario import parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scenario_writer.stage import Stage

_CIM = "http://schemas.microsoft.com/wbem/wsman/1/wmi/root/cimv2"


@action
def wsman_method(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    source: str,
    client: str,
    *,
    run: str | None = None,
    command: str | None = None,
    wmi_class: str = "Win32_Process",
    explicit: bool = False,
    label: str | None = None,
    session_label: str | None = None,
    lasts: str = "80s",
    ends: str | None = None,
) -> None:
    """A CIM call over WinRM as both ends see it; the target's logon has no address.

    Args:
        stage: where the scenario plays.
        at: when.
        host: target.
        account: account on the target.
        source: source host.
        client: label of the client process.
        run: program that is started; none for a query.
        command: its command line.
        wmi_class: class of the call.
        explicit: other credentials than the client's own.
        label: name of the started process.
        session_label: name of the session on the target.
        lasts: how long the logon lasts.
        ends: how long the started process runs.
    """
    machine = stage.machine(host)
    _open_client(stage, at, source, machine, client, explicit_account=account if explicit else None)
    origin = stage.machine(source)
    operation = "Invoke" if run else "Enumeration"
    stage.write(
        origin,
        "winrm.145",
        at + milliseconds(30),
        {"operationName": operation, "resourceUri": f"{_CIM}/{wmi_class}"},
        user_sid=stage.process(origin, client).session.account.sid,
        logger=stage.process(origin, client).pid,
    )
    connect(stage, at + milliseconds(40), source, machine, 5985, stage.process(origin, client))
    session = network_logon(stage, machine, at + milliseconds(70), stage.account(account), None, 0)
    if session_label:
        machine.sessions[session_label] = session
    write_logoff(stage, machine, at + parse_duration(lasts), session)
    running = provider_host(stage, machine, at + milliseconds(150))
    if run:
        start_process(
            stage,
            machine,
            at + milliseconds(320),
            run,
            session,
            running,
            command=command,
            label=label,
            ends=ends,
        )


@action
def psremoting(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    source: str,
    client: str,
    *,
    commands: Sequence[dict[str, str]] = (),
    label: str = "psremoting",
) -> None:
    """PowerShell remoting: a shell on the target that is not WMI. `commands` are entries of run and command."""
    machine = stage.machine(host)
    who = stage.account(account)
    _open_client(stage, at, source, machine, client, explicit_account=account)
    origin = stage.machine(source)
    connect(stage, at + milliseconds(40), source, machine, 5985, stage.process(origin, client))
    session = network_logon(stage, machine, at + milliseconds(70), who, None, 0)
    machine.sessions[label] = session
    stage.write(
        machine,
        "winrm.91",
        at + milliseconds(110),
        {
            "resourceUri": f"http://schemas.microsoft.com/powershell/Microsoft.PowerShell ({who.full_name} clientIP: {origin.ip})",
            "shellId": machine.dice.guid(),
        },
        user_sid=who.sid,
        logger=machine.processes["winmgmt"].pid,
    )
    shell = start_process(
        stage,
        machine,
        at + milliseconds(240),
        "wsmprovhost",
        session,
        machine.processes["dcom"],
        command="C:\\Windows\\system32\\wsmprovhost.exe -Embedding",
        label=label,
    )
    for number, entry in enumerate(commands):
        moment = at + milliseconds(1500 + 3000 * number)
        start_process(
            stage, machine, moment, entry["run"], session, shell, command=entry["command"], ends="1s"
        )
    write_logoff(stage, machine, at + parse_duration("90s"), session)


def _open_client(
    stage: Stage, at: datetime, source: str, target: Machine, client: str, *, explicit_account: str | None
) -> None:
    origin = stage.machine(source)
    opener: Process = stage.process(origin, client)
    stage.write(
        origin,
        "winrm.6",
        at + milliseconds(12),
        {"connection": f"{target.name}/wsman?PSVersion=5.1.19041.1"},
        user_sid=opener.session.account.sid,
        logger=opener.pid,
    )
    if explicit_account:
        explicit_credentials(
            stage, origin, at + milliseconds(20), opener.session, stage.account(explicit_account),
            target.dns_name, f"HTTP/{target.dns_name}", opener,
        )  # fmt: skip
