"""WMI: calls over DCOM from another host, calls on the same host, the provider host and what it starts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from scenario_writer.actions.logons import explicit_credentials, network_logon, write_logoff
from scenario_writer.actions.network import connect, write_query
from scenario_writer.actions.processes import default_parent, load_module, start_process
from scenario_writer.actions.registry import action
from scenario_writer.machine import Account, Machine, Process, Session, milliseconds
from scenario_writer.scenario import ScenarioError, parse_duration

if TYPE_CHECKING:
    from datetime import datetime

    from scenario_writer.stage import Stage

_IDLE = timedelta(minutes=5)  # an unused provider host ends after some minutes
_PROVIDERS = {
    "CIMWin32": "%systemroot%\\system32\\wbem\\cimwin32.dll",
    "RegProv": "%systemroot%\\system32\\wbem\\stdprov.dll",
    "MS_NT_EVENTLOG_PROVIDER": "%systemroot%\\system32\\wbem\\ntevt.dll",
    "ActiveScriptEventConsumer": "%systemroot%\\system32\\wbem\\scrcons.exe",
    "CommandLineEventConsumer": "%systemroot%\\system32\\wbem\\wbemcons.dll",
}


def provider_host(stage: Stage, machine: Machine, at: datetime, provider: str = "CIMWin32") -> Process:
    """The WMI provider host: the one that runs, or a new one with its records and its provider's load."""
    used = machine.provider_used
    if machine.provider_host is None or used is None or at - used > _IDLE:
        machine.provider_host = start_process(
            stage,
            machine,
            at,
            "wmiprvse",
            machine.sessions["NETWORK SERVICE"],
            machine.processes["dcom"],
            command="C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding",
        )
        _load_provider(
            stage, machine, at + milliseconds(machine.dice.number(30, 60)), machine.provider_host, provider
        )
    machine.provider_used = at
    return machine.provider_host


def _load_provider(stage: Stage, machine: Machine, at: datetime, host: Process, provider: str) -> None:
    path = _PROVIDERS[provider]
    load_module(
        stage, machine, at, host, path.replace("%systemroot%", "C:\\Windows"), description="WMI provider"
    )
    if provider == "CIMWin32":
        framework = "C:\\Windows\\System32\\framedynos.dll"
        load_module(
            stage, machine, at + milliseconds(2), host, framework, description="WMI SDK Provider Framework"
        )
    write_provider(stage, machine, at + milliseconds(5), provider, host)


def write_provider(stage: Stage, machine: Machine, at: datetime, provider: str, host: Process) -> None:
    """Write that a provider was loaded (5857)."""
    stage.write(
        machine,
        "wmi_activity.5857",
        at,
        {
            "ProviderName": provider,
            "Code": 0,
            "HostProcess": host.program.image.rsplit("\\", 1)[1].lower(),
            "ProcessID": host.pid,
            "ProviderPath": _PROVIDERS[provider],
        },
        user_sid=host.session.account.sid,
        logger=machine.processes["winmgmt"].pid,
    )


@action
def provider_loaded(stage: Stage, at: datetime, host: str, provider: str) -> None:
    """The running provider host loads a further provider; one is started when none runs."""
    machine = stage.machine(host)
    running = provider_host(stage, machine, at)
    _load_provider(stage, machine, at + milliseconds(40), running, provider)


@action
def remote_wmi(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    source: str,
    *,
    run: str | None = None,
    command: str | None = None,
    client: str | None = None,
    explicit: bool = False,
    package: str = "Kerberos",
    workstation: str = "-",
    label: str | None = None,
    session_label: str | None = None,
    logons: int = 4,
    lasts: str | None = "95s",
    ends: str | None = None,
    provider: str = "CIMWin32",
) -> None:
    """A WMI call over DCOM from another host, as both ends see it.

    Args:
        stage: where the scenario plays.
        at: when the client asks.
        host: target.
        account: account that is used on the target.
        source: host of the scenario or address.
        run: program that Win32_Process.Create starts; nothing is started when left out, as in a query.
        command: its command line.
        client: label of the client process, when the source is a host of the scenario.
        explicit: the client gave other credentials than its own.
        package: Kerberos or NTLM.
        workstation: name that an NTLM client gives.
        label: name of the started process.
        session_label: name of the session that the process gets.
        logons: how many logons the call makes.
        lasts: how long the logons last.
        ends: how long the started process runs.
        provider: WMI provider that the call needs.
    """
    machine, who = stage.machine(host), stage.account(account)
    opener = client_process(stage, source, client)
    if opener is not None:
        _write_source(
            stage, at, source, machine, opener, who, explicit=explicit, kerberos=package == "Kerberos"
        )
    started = at + milliseconds(60)
    session = dcom_session(
        stage, machine, started, who, source,
        client=opener, package=package, workstation=workstation, logons=logons, lasts=lasts,
    )  # fmt: skip
    if session_label:
        machine.sessions[session_label] = session
    running = provider_host(stage, machine, started + milliseconds(140), provider)
    if run is None:
        return
    start_process(
        stage, machine, started + milliseconds(machine.dice.number(310, 390)), run, session, running,
        command=command, label=label, ends=ends,
    )  # fmt: skip


def client_process(stage: Stage, source: str, client: str | None) -> Process | None:
    """The client's process on the source, None when none is named.

    Raises:
        ScenarioError: the source is no host of the scenario.
    """
    if client is None:
        return None
    _, origin = stage.address(source)
    if origin is None:
        message = f"{source} is not a host of this scenario, so it has no process {client}."
        raise ScenarioError(message)
    return stage.process(origin, client)


def _write_source(
    stage: Stage,
    at: datetime,
    source: str,
    target: Machine,
    client: Process,
    account: Account,
    *,
    explicit: bool,
    kerberos: bool,
) -> None:
    """Traces of the client on its own host: the name query and, with other credentials, three 4648."""
    origin = stage.machine(source)
    write_query(stage, origin, at, client, target.name.lower(), target.ip)
    if not explicit:
        return
    server, user = target.dns_name, client.session
    services = origin.processes["rpcss"]
    entries = ((f"RPCSS/{server}", services), (f"host/{server}", client), (server, client))
    for number, (info, process) in enumerate(entries):
        moment = at + milliseconds(20 + 9 * number)
        explicit_credentials(
            stage, origin, moment, user, account, server, info, process, kerberos=kerberos and number < 2
        )


def dcom_session(
    stage: Stage,
    machine: Machine,
    at: datetime,
    account: Account,
    source: str,
    *,
    client: Process | None = None,
    package: str = "Kerberos",
    workstation: str = "-",
    logons: int = 4,
    lasts: str | None = "95s",
) -> Session:
    """Connections and logons of a DCOM client; the last of the sessions is the one that calls methods."""
    address, _ = stage.address(source)
    activation = connect(stage, at, source, machine, 135)
    calls = connect(stage, at + milliseconds(35), source, machine, machine.wmi_port, client)
    session = None
    for number in range(max(1, logons)):
        port = activation if number == 0 else calls
        moment = at + milliseconds(12 + 31 * number)
        session = network_logon(
            stage, machine, moment, account, address, port,
            package=package, workstation=workstation, identification=number == 1,
        )  # fmt: skip
        if lasts:
            write_logoff(stage, machine, moment + parse_duration(lasts), session)
    if session is None:
        message = "a DCOM call needs at least one logon"
        raise ScenarioError(message)
    return session


@action
def wmic_remote(
    stage: Stage,
    at: datetime,
    host: str,
    session: str,
    target: str,
    account: str,
    *,
    command: str,
    run: str = "cmd",
    parent: str | None = None,
    explicit: bool = False,
    password: str = "Winter2026!",
    label: str | None = None,
    verb: str | None = None,
    node: str | None = None,
    child_label: str | None = None,
    session_label: str | None = None,
    package: str = "Kerberos",
    starts: bool = True,
) -> None:
    """Somebody runs wmic against another host: the client with its command line, and the target's side.

    Args:
        stage: where the scenario plays.
        at: when.
        host: source host.
        session: session of the person on the source.
        target: target host.
        account: account used on the target.
        command: what the target shall run.
        run: program that starts on the target.
        parent: label of the shell that wmic is typed into.
        explicit: with /user and /password.
        password: the password that stands on the command line.
        label: name of the wmic process.
        verb: what follows the switches, instead of `process call create "<command>"`.
        node: how the target is named after /node:.
        child_label: name of the process started on the target.
        session_label: name of the session on the target.
        package: Kerberos or NTLM.
        starts: whether a process starts on the target.
    """
    origin = stage.machine(host)
    user = f' /user:"{stage.account(account).full_name}" /password:"{password}"' if explicit else ""
    text = verb or f'process call create "{command}"'
    opener = start_process(
        stage, origin, at, "wmic", stage.session(origin, session),
        stage.process(origin, parent or default_parent(origin, session)),
        command=f'wmic /node:"{node or target}"{user} {text}', label=label or f"wmic:{target}", ends="2s",
    )  # fmt: skip
    for number, name in enumerate(("wbemprox.dll", "wbemsvc.dll", "fastprox.dll")):
        moment = at + milliseconds(40 + number)
        load_module(stage, origin, moment, opener, f"C:\\Windows\\System32\\wbem\\{name}", description="WMI")
    remote_wmi(
        stage, at + milliseconds(90), target, account, host,
        run=run if starts else None, command=command, client=label or f"wmic:{target}", explicit=explicit,
        label=child_label, session_label=session_label, package=package,
    )  # fmt: skip


@action
def wmi_child(
    stage: Stage,
    at: datetime,
    host: str,
    session: str,
    run: str,
    *,
    command: str | None = None,
    label: str | None = None,
    ends: str | None = None,
) -> None:
    """The provider host starts a program with the token of a session that is already there: a local call."""
    machine = stage.machine(host)
    token = stage.session(machine, session)
    running = provider_host(stage, machine, at)
    start_process(
        stage, machine, at + milliseconds(machine.dice.number(180, 260)), run, token, running,
        command=command, label=label, ends=ends,
    )  # fmt: skip


@action
def wmi_query(stage: Stage, at: datetime, host: str, provider: str = "CIMWin32") -> None:
    """Something on the host queries WMI: the provider host starts when none runs."""
    provider_host(stage, stage.machine(host), at, provider)


@action
def wmi_failure(
    stage: Stage,
    at: datetime,
    host: str,
    machine: str,
    user: str,
    operation: str,
    *,
    code: int = 0x80041003,
    client_pid: int = 4312,
) -> None:
    """A WMI operation fails (5858).

    Args:
        stage: where the scenario plays.
        at: when.
        host: where.
        machine: name of the client's machine.
        user: name of the client's account as recorded.
        operation: operation with its path or query.
        code: result code.
        client_pid: process id of the client on its own machine.
    """
    known = stage.machine(host)
    stage.write(
        known,
        "wmi_activity.5858",
        at,
        {
            "Id": known.dice.guid(),
            "ClientMachine": machine,
            "User": user,
            "ClientProcessId": client_pid,
            "Component": "Unknown",
            "Operation": operation,
            "ResultCode": code,
            "PossibleCause": "Unknown",
        },
        logger=known.processes["winmgmt"].pid,
    )
