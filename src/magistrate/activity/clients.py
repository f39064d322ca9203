"""WMI clients: programs and scripts that call WMI, on the host where they run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.background import background_of
from magistrate.activity.build import activity_id, crosses_hosts, process_activity
from magistrate.activity.command_line import command_features, script_features
from magistrate.activity.images import image_name
from magistrate.activity.model import Account, Activity, Kind
from magistrate.activity.processes import Process, processes_from
from magistrate.activity.queries import rows_of
from magistrate.activity.rows import evidence_of, moment, number, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.features import Features
    from magistrate.activity.identity import IdentityResolver
    from magistrate.store.base import Row, Store


def find_client_processes(store: Store) -> tuple[tuple[Process, Features], ...]:
    """Processes whose program or command line calls WMI. A shell that only wraps a client it started is left out."""
    found: list[tuple[Process, Features]] = []
    for process in processes_from(rows_of(store, "client_candidates")):
        features = command_features(process.image, process.original, process.command, host=process.host)
        if features.is_wmi_client:
            found.append((process, features))
    started: dict[tuple[str, int], list[tuple[Process, Features]]] = {}
    for process, features in found:
        if process.parent_pid is not None:
            started.setdefault((process.host, process.parent_pid), []).append((process, features))
    return tuple(
        (p, f)
        for p, f in found
        if p.name not in _WRAPPERS or p.pid is None or not _is_told(p, f, started.get((p.host, p.pid), ()))
    )


_WRAPPERS = ("cmd.exe", "winrshost.exe")
_WRAPPED_WITHIN = timedelta(minutes=10)
"""How long after a shell a client with its process id as parent is still its child, where no key says so.
Origin: our choice; a shell that wraps one command ends with it, and Windows uses a process id again later."""


def _is_told(shell: Process, says: Features, started: Sequence[tuple[Process, Features]]) -> bool:
    """Whether the clients that a shell started tell everything that its command line says of WMI.

    A line of several commands stays an activity of its own when one of them has no process record.
    """
    own = [features for process, features in started if _is_child(shell, process)]
    operations = {features.operation for features in own}
    targets = {target for features in own for target in features.targets}
    return bool(own) and says.operation in operations and set(says.targets) <= targets


def _is_child(shell: Process, process: Process) -> bool:
    if shell.guid and process.parent_guid:
        return shell.guid == process.parent_guid
    if shell.utc is None or process.utc is None:
        return True
    return abs(process.utc - shell.utc) <= _WRAPPED_WITHIN


def client_activity(process: Process, features: Features, resolver: IdentityResolver) -> Activity:
    """Activity of one WMI client process."""
    return process_activity(Kind.CLIENT, process, features, resolver.of_client(process))


def find_scripts(store: Store) -> tuple[tuple[Row, str, tuple[Row, ...]], ...]:
    """PowerShell texts that speak of WMI: (first row, whole text, all rows), split script blocks rebuilt."""
    words = rows_of(store, "script_blocks")
    store.register(
        "activity_block",
        (("host", "text"), ("block", "text")),
        [
            {"host": h, "block": b}
            for h, b in sorted({(str(r["host"]), text(r, "ScriptBlockId") or "") for r in words})
        ],
    )
    blocks: dict[tuple[str, str], list[Row]] = {}
    for row in [*rows_of(store, "script_parts"), *words]:
        block = text(row, "ScriptBlockId") or text(row, "evidence_id") or ""
        blocks.setdefault((str(row["host"]), block), []).append(row)
    found = [_rebuilt(rows) for _, rows in sorted(blocks.items())]
    for row in rows_of(store, "pipeline_calls"):
        found.append((row, str(row["Payload"]), (row,)))
    return tuple(found)


def _rebuilt(rows: list[Row]) -> tuple[Row, str, tuple[Row, ...]]:
    parts: dict[int, Row] = {}
    for row in sorted(rows, key=lambda r: (number(r, "MessageNumber") or 0, text(r, "evidence_id") or "")):
        parts.setdefault(number(row, "MessageNumber") or 0, row)
    ordered = tuple(parts[i] for i in sorted(parts))
    return ordered[0], "".join(str(row["ScriptBlockText"] or "") for row in ordered), ordered


def script_activity(
    row: Row, whole: str, rows: tuple[Row, ...], resolver: IdentityResolver
) -> Activity | None:
    """Activity of a script or pipeline text that calls WMI; None when it only speaks of it."""
    features = script_features(whole, host=text(row, "host"))
    if not features.is_wmi_client or features.fact("ps.call") == "possible":
        return None
    host = text(row, "host") or ""
    user = text(row, "User")
    evidence = tuple(evidence_of(r, *_quoted(r)) for r in rows[:8])
    account = Account(
        user or text(row, "logger_sid") or "", text(row, "UserSid") or text(row, "logger_sid"), None
    )
    identity = resolver.of_session(host, account, moment(row), evidence)
    background = background_of(
        Kind.SCRIPT.value,
        {
            "operation": features.operation,
            "remote": "true" if crosses_hosts(features) else "false",
            "indirect": features.fact("ps.indirect") or "",
            "user": user or "",
        },
    )
    return Activity(
        id=activity_id(evidence),
        kind=Kind.SCRIPT,
        host=host,
        utc=moment(row),
        operation=features.operation,
        methods=tuple(sorted(features.methods)),
        identity=identity,
        image=image_name(text(row, "HostApplication")) or "powershell",
        command=whole if len(whole) <= 4000 else whole[:2000] + "\n[...]\n" + whole[-2000:],
        decoded=features.decoded,
        process_id=number(row, "logger_pid"),
        targets=features.targets,
        facts=features.facts,
        background=background,
        evidence=evidence,
    )


def _quoted(row: Row) -> tuple[str, ...]:
    return ("Payload",) if row.get("Payload") is not None else ("ScriptBlockText", "Path")
