"""Connections, with the records of the filtering platform and of Sysmon at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario_writer.actions.processes import sysmon_process
from scenario_writer.actions.registry import action
from scenario_writer.machine import Machine, Process, milliseconds

if TYPE_CHECKING:
    from datetime import datetime

    from scenario_writer.stage import Stage

_PORT_NAMES = {135: "epmap", 443: "https", 445: "microsoft-ds", 80: "http", 53: "domain"}
_SERVERS = {135: "rpcss", 445: "System", 5985: "System", 5986: "System"}


def connect(
    stage: Stage, at: datetime, source: str, target: Machine, port: int, client: Process | None = None
) -> int:
    """A host of the scenario is connected to. Returns the client's port.

    Args:
        stage: where the scenario plays.
        at: when.
        source: host of the scenario, or an address outside of it.
        target: the host that is connected to.
        port: service port.
        client: process on the source; the one that Windows would show for the port when left out.
    """
    address, origin = stage.address(source)
    source_port = (origin or target).new_port()
    if origin is not None:
        opener = client or origin.processes[_client_of(port)]
        _write_connection(stage, origin, at, opener, (address, source_port), (target.ip, port), outgoing=True)
    server = target.processes[_SERVERS.get(port, "winmgmt")]
    moment = at + milliseconds(1)
    _write_connection(
        stage, target, moment, server, (address, source_port), (target.ip, port), outgoing=False
    )
    return source_port


def _client_of(port: int) -> str:
    return "rpcss" if port == 135 else "System"


@action
def connection(stage: Stage, at: datetime, host: str, process: str, address: str, port: int) -> None:
    """A process of a host connects to an address outside of the scenario."""
    machine = stage.machine(host)
    client = stage.process(machine, process)
    _write_connection(
        stage, machine, at, client, (machine.ip, machine.new_port()), (address, port), outgoing=True
    )


@action
def name_query(stage: Stage, at: datetime, host: str, process: str, name: str, answer: str) -> None:
    """A process asks for a name (Sysmon 22)."""
    machine = stage.machine(host)
    write_query(stage, machine, at, stage.process(machine, process), name, answer)


def write_query(stage: Stage, machine: Machine, at: datetime, asker: Process, name: str, answer: str) -> None:
    """Write a name query that was answered."""
    stage.write_sysmon(
        machine,
        22,
        at,
        {
            **sysmon_process(asker),
            "QueryName": name,
            "QueryStatus": "0",
            "QueryResults": f"::ffff:{answer};",
            "User": asker.session.account.full_name,
        },
    )


def _write_connection(
    stage: Stage,
    machine: Machine,
    at: datetime,
    owner: Process,
    source: tuple[str, int],
    target: tuple[str, int],
    *,
    outgoing: bool,
) -> None:
    path = owner.program.image
    stage.write(
        machine,
        "security.5156",
        at,
        {
            "ProcessID": owner.pid,
            "Application": "System" if path == "System" else "\\device\\harddiskvolume3" + path[2:].lower(),
            "Direction": "%%14593" if outgoing else "%%14592",
            "SourceAddress": source[0],
            "SourcePort": str(source[1]),
            "DestAddress": target[0],
            "DestPort": str(target[1]),
            "Protocol": 6,
            "FilterRTID": 68_512,
            "LayerName": "%%14611" if outgoing else "%%14610",
            "LayerRTID": 48 if outgoing else 44,
            "RemoteUserID": "S-1-0-0",
            "RemoteMachineID": "S-1-0-0",
        },
    )
    stage.write_sysmon(
        machine,
        3,
        at + milliseconds(machine.dice.number(0, 3)),
        {
            **sysmon_process(owner),
            "User": owner.session.account.full_name,
            "Protocol": "tcp",
            "Initiated": int(outgoing),
            "SourceIsIpv6": 0,
            "SourceIp": source[0],
            "SourceHostname": _name(stage, source[0]),
            "SourcePort": source[1],
            "SourcePortName": "-",
            "DestinationIsIpv6": 0,
            "DestinationIp": target[0],
            "DestinationHostname": _name(stage, target[0]),
            "DestinationPort": target[1],
            "DestinationPortName": _PORT_NAMES.get(target[1], "-"),
        },
    )


def _name(stage: Stage, address: str) -> str:
    return next((m.dns_name for m in stage.machines.values() if m.ip == address), "-")
