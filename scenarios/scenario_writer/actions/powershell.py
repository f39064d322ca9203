"""PowerShell: the engine's start in the older channel, script blocks and module calls in the newer one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario_writer.actions.processes import default_parent, start_process
from scenario_writer.actions.registry import action
from scenario_writer.dice import guid_of
from scenario_writer.machine import Machine, Process, milliseconds
from scenario_writer.scenario import parse_duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from scenario_writer.stage import Stage

_PROVIDERS = ("Registry", "Alias", "Environment", "FileSystem", "Function", "Variable")
_PART_LENGTH = 8000  # characters of a script block in one record; the rest follows in further records


@action
def powershell(
    stage: Stage,
    at: datetime,
    host: str,
    session: str,
    label: str,
    *,
    command: str = "powershell.exe",
    parent: str | None = None,
    blocks: Sequence[str] = (),
    ends: str | None = None,
    warning: bool = False,
) -> None:
    """PowerShell starts: process, engine records and the script blocks that run at once.

    Args:
        stage: where the scenario plays.
        at: when.
        host: where.
        session: session of the person.
        label: name of the process.
        command: command line.
        parent: label of the parent process.
        blocks: script texts.
        ends: how long it runs.
        warning: script blocks are on the built-in list of suspicious ones and are recorded without a policy.
    """
    machine = stage.machine(host)
    token = stage.session(machine, session)
    shell = start_process(
        stage, machine, at, "powershell", token, stage.process(machine, parent or default_parent(machine, session)),
        command=command, label=label, ends=ends,
    )  # fmt: skip
    write_engine(stage, machine, at + milliseconds(210), shell)
    for number, text in enumerate(blocks):
        write_block(stage, machine, at + milliseconds(380 + 90 * number), shell, text, warning=warning)
    if ends:
        stopped = at + parse_duration(ends) - milliseconds(5)
        stage.write(machine, "powershell_classic.403", stopped, _engine(shell, "Stopped", "Available", 15))


def write_engine(stage: Stage, machine: Machine, at: datetime, shell: Process) -> None:
    """Write the engine's start: one 600 for each provider, then 400."""
    for number, provider in enumerate(_PROVIDERS):
        context = f"\tProviderName={provider}\r\n\tNewProviderState=Started\r\n" + _context(
            shell, 2 * number + 1
        )
        fields = {"Data": [provider, "Started", context]}
        stage.write(machine, "powershell_classic.600", at + milliseconds(number), fields)
    stage.write(
        machine, "powershell_classic.400", at + milliseconds(10), _engine(shell, "Available", "None", 13)
    )


def _engine(shell: Process, state: str, before: str, number: int) -> dict[str, list[str]]:
    context = f"\tNewEngineState={state}\r\n\tPreviousEngineState={before}\r\n" + _context(shell, number)
    return {"Data": [state, before, context]}


def _context(shell: Process, number: int) -> str:
    lines = (
        f"SequenceNumber={number}",
        "HostName=ConsoleHost",
        "HostVersion=5.1.19041.3803",
        f"HostId={guid_of(shell.guid, 'host').strip('{}').lower()}",
        f"HostApplication={shell.command}",
        "EngineVersion=5.1.19041.3803",
        f"RunspaceId={guid_of(shell.guid, 'runspace').strip('{}').lower()}",
        *("PipelineId=", "CommandName=", "CommandType=", "ScriptName=", "CommandPath=", "CommandLine="),
    )
    return "\r\n" + "".join(f"\t{line}\r\n" for line in lines)


@action
def script_block(
    stage: Stage, at: datetime, host: str, process: str, text: str, *, path: str = "", warning: bool = False
) -> None:
    """A running PowerShell runs a script block (4104); a long one is split over several records."""
    machine = stage.machine(host)
    write_block(stage, machine, at, stage.process(machine, process), text, path=path, warning=warning)


def write_block(
    stage: Stage,
    machine: Machine,
    at: datetime,
    shell: Process,
    text: str,
    *,
    path: str = "",
    warning: bool = False,
) -> None:
    """Write a script block."""
    layout = "powershell.4104_warning" if warning else "powershell.4104"
    parts = [text[start : start + _PART_LENGTH] for start in range(0, max(1, len(text)), _PART_LENGTH)]
    block_id = machine.dice.guid().strip("{}").lower()
    for number, part in enumerate(parts, 1):
        stage.write(
            machine,
            layout,
            at + milliseconds(number - 1),
            {
                "MessageNumber": number,
                "MessageTotal": len(parts),
                "ScriptBlockText": part,
                "ScriptBlockId": block_id,
                "Path": path,
            },
            user_sid=shell.session.account.sid,
            logger=shell.pid,
        )


@action
def module_call(
    stage: Stage,
    at: datetime,
    host: str,
    process: str,
    command: str,
    parameters: dict[str, str] | None = None,
) -> None:
    """A cmdlet runs in a PowerShell with module logging (4103 and 800)."""
    machine = stage.machine(host)
    shell = stage.process(machine, process)
    lines = [f'CommandInvocation({command}): "{command}"']
    lines += [f'ParameterBinding({command}): name="{k}"; value="{v}"' for k, v in (parameters or {}).items()]
    payload = "".join(f"{line}\r\n" for line in lines)
    user = shell.session.account.full_name
    context = (
        f"        Severity = Informational\r\n        Host Name = ConsoleHost\r\n        Host Version = 5.1.19041.3803\r\n"
        f"        Host Application = {shell.command}\r\n        Engine Version = 5.1.19041.3803\r\n"
        f"        Command Name = {command}\r\n        Command Type = Cmdlet\r\n        User = {user}\r\n"
    )
    stage.write(
        machine,
        "powershell.4103",
        at,
        {"ContextInfo": context, "UserData": "", "Payload": payload},
        user_sid=shell.session.account.sid,
        logger=shell.pid,
    )
    detail = "\tDetailSequence=1\r\n\tDetailTotal=1\r\n\r\n" + f"\tUserId={user}\r\n" + _context(shell, 21)
    stage.write(machine, "powershell_classic.800", at + milliseconds(2), {"Data": [command, detail, payload]})
