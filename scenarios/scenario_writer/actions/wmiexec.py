"""A shell over WMI that reads its output back through a file on a share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario_writer.actions.logons import network_logon, write_logoff
from scenario_writer.actions.network import connect
from scenario_writer.actions.processes import start_process
from scenario_writer.actions.registry import action
from scenario_writer.actions.shares import read_back, write_share
from scenario_writer.actions.wmi import client_process, dcom_session, provider_host
from scenario_writer.machine import Machine, Session, known_program, milliseconds
from scenario_writer.scenario import parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scenario_writer.stage import Stage


@action
def wmiexec(
    stage: Stage,
    at: datetime,
    host: str,
    account: str,
    source: str,
    commands: Sequence[str],
    *,
    epoch: str | None = None,
    package: str = "NTLM",
    workstation: str = "-",
    share: str = "ADMIN$",
    pause: str = "4s",
    opening: bool = True,
    read_counts: Sequence[int] = (2, 3),
    label: str = "wmiexec",
    client: str | None = None,
) -> None:
    """A semi-interactive shell over WMI whose output goes through a file on a share.

    Args:
        stage: where the scenario plays.
        at: when the tool connects.
        host: target.
        account: account that is used.
        source: host or address of the operator.
        commands: what is typed after the opening.
        epoch: seconds and fraction in the name of the output file, by the operator's clock; one second before the tool
            connects when left out.
        package: NTLM or Kerberos.
        workstation: name that an NTLM client gives.
        share: share of the redirection.
        pause: time between commands.
        opening: whether the tool's own two directory changes come first.
        read_counts: records of the read-back, in turn.
        label: the sessions are named `<label>` and `<label>:files`.
        client: label of the tool's process, when the source is a host of the scenario.
    """
    machine, who = stage.machine(host), stage.account(account)
    address, _ = stage.address(source)
    opener = client_process(stage, source, client)
    port = connect(stage, at, source, machine, 445, opener)
    files = network_logon(
        stage, machine, at + milliseconds(8), who, address, port, package=package, workstation=workstation
    )
    write_share(stage, machine, at + milliseconds(15), files, "IPC$", address)
    began = at + milliseconds(210)
    session = dcom_session(
        stage,
        machine,
        began,
        who,
        source,
        client=opener,
        package=package,
        workstation=workstation,
        logons=5,
        lasts=None,
    )
    machine.sessions[label], machine.sessions[f"{label}:files"] = session, files
    name = f"__{epoch or f'{int(at.timestamp()) - 1}.4127653'}"
    moment = began + milliseconds(420)
    typed = (["cd \\", "cd "] if opening else []) + list(commands)
    for number, text in enumerate(typed):
        _shell_command(stage, machine, moment, session, text, f"\\\\127.0.0.1\\{share}\\{name}")
        reads = read_counts[number % len(read_counts)]
        read_back(stage, machine, moment + milliseconds(45), session, files, name, share=share, reads=reads)
        moment += milliseconds(1150) if number == 0 and opening else parse_duration(pause)
    for known in (session, files):
        write_logoff(stage, machine, moment + parse_duration("12s"), known)


def _shell_command(
    stage: Stage, machine: Machine, at: datetime, session: Session, text: str, output: str
) -> None:
    running = provider_host(stage, machine, at - milliseconds(130))
    shell = start_process(
        stage, machine, at, "cmd", session, running,
        command=f"cmd.exe /Q /c {text} 1> {output} 2>&1", ends="1s",
    )  # fmt: skip
    program = text.split(" ")[0].removesuffix(".exe")
    if known_program(program):
        start_process(
            stage,
            machine,
            at + milliseconds(38),
            program,
            session,
            shell,
            command=text,
            ends="600ms",
            console=False,
        )
