"""File shares: sessions on a share and the files touched through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario_writer.actions.processes import subject, write_file
from scenario_writer.actions.registry import action
from scenario_writer.machine import Machine, Session, milliseconds

if TYPE_CHECKING:
    from datetime import datetime

    from scenario_writer.stage import Stage

READ, WRITE = 0x120089, 0x120196  # access masks of a read and of a write with truncation
_LOCAL_PATHS = {"ADMIN$": "C:\\Windows", "C$": "C:\\", "IPC$": ""}
_ACCESS = {
    READ: ("%%1538", "%%1541", "%%4416", "%%4419", "%%4423"),
    WRITE: ("%%1538", "%%1541", "%%4417", "%%4418"),
}


@action
def share_access(stage: Stage, at: datetime, host: str, session: str, *, share: str = "ADMIN$") -> None:
    """A session opens a share (5140)."""
    machine = stage.machine(host)
    token = stage.session(machine, session)
    write_share(stage, machine, at, token, share, token.source_ip or "-")


@action
def share_file(
    stage: Stage,
    at: datetime,
    host: str,
    session: str,
    path: str,
    *,
    share: str = "ADMIN$",
    writes: bool = False,
    count: int = 1,
) -> None:
    """A session touches a file below a share (5145); a write also creates the file (Sysmon 11 by System)."""
    machine = stage.machine(host)
    token = stage.session(machine, session)
    for number in range(count):
        moment = at + milliseconds(6 * number)
        write_object(
            stage, machine, moment, token, share, path, token.source_ip or "-", WRITE if writes else READ
        )
    if writes:
        writer = machine.processes["System"]
        root = _LOCAL_PATHS.get(share, f"C:\\{share}").rstrip("\\")
        write_file(stage, machine, at + milliseconds(3), writer, f"{root}\\{path}")


@action
def share_readback(
    stage: Stage,
    at: datetime,
    host: str,
    writer: str,
    reader: str,
    name: str,
    *,
    share: str = "ADMIN$",
    writes: int = 2,
    reads: int = 2,
) -> None:
    """An output file is written through the loopback address and read back from the operator's address.

    Args:
        stage: where the scenario plays.
        at: when the redirection opens the file.
        host: where the file lies.
        writer: label of the session of the process that is redirected.
        reader: label of the operator's file session.
        name: name of the output file.
        share: share of the redirection.
        writes: records from the loopback address.
        reads: records from the operator's address.
    """
    machine = stage.machine(host)
    read_back(
        stage, machine, at, stage.session(machine, writer), stage.session(machine, reader), name,
        share=share, writes=writes, reads=reads,
    )  # fmt: skip


def read_back(
    stage: Stage,
    machine: Machine,
    at: datetime,
    writer: Session,
    reader: Session,
    name: str,
    *,
    share: str = "ADMIN$",
    writes: int = 2,
    reads: int = 2,
) -> None:
    """Write the records of an output file and its read-back."""
    write_share(stage, machine, at, writer, share, "127.0.0.1")
    for number in range(writes):
        moment = at + milliseconds(2 + 5 * number)
        write_object(stage, machine, moment, writer, share, name, "127.0.0.1", WRITE if number == 0 else 0x2)
    write_file(stage, machine, at + milliseconds(4), machine.processes["System"], f"C:\\Windows\\{name}")
    for number in range(reads):
        moment = at + milliseconds(66 + 6 * number)
        write_share(stage, machine, moment, reader, share, reader.source_ip or "-")
        write_object(
            stage, machine, moment + milliseconds(1), reader, share, name, reader.source_ip or "-", READ
        )


def write_share(
    stage: Stage, machine: Machine, at: datetime, session: Session, share: str, address: str
) -> None:
    """Write the opening of a share."""
    stage.write(
        machine,
        "security.5140",
        at,
        {
            **subject(machine, session),
            "ObjectType": "File",
            "IpAddress": address,
            "IpPort": str(session.source_port or 49_700),
            "ShareName": f"\\\\*\\{share}",
            "ShareLocalPath": _local(share),
            "AccessMask": 1,
            "AccessList": "%%4416\r\n\t\t\t\t",
        },
    )


def write_object(
    stage: Stage,
    machine: Machine,
    at: datetime,
    session: Session,
    share: str,
    path: str,
    address: str,
    mask: int,
) -> None:
    """Write the access check of a file below a share."""
    tokens = _ACCESS.get(mask, ("%%4417",))
    stage.write(
        machine,
        "security.5145",
        at,
        {
            **subject(machine, session),
            "ObjectType": "File",
            "IpAddress": address,
            "IpPort": str(session.source_port or 49_700),
            "ShareName": f"\\\\*\\{share}",
            "ShareLocalPath": _local(share),
            "RelativeTargetName": path,
            "AccessMask": mask,
            "AccessList": "\r\n\t\t\t\t".join(tokens) + "\r\n\t\t\t\t",
            "AccessReason": "-",
        },
    )


def _local(share: str) -> str:
    path = _LOCAL_PATHS.get(share, f"C:\\{share}")
    return f"\\??\\{path}" if path else ""
