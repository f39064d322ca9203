"""Processes started under a WMI host: execution on this host (telemetry notes 2.1 and 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.build import process_activity
from magistrate.activity.command_line import command_features
from magistrate.activity.images import SERVICE_LOGON_IDS, image_name
from magistrate.activity.model import Activity, Kind, OriginClass
from magistrate.activity.processes import PROCESS_COLUMNS, Process, processes_from

if TYPE_CHECKING:
    from magistrate.activity.features import Features
    from magistrate.activity.identity import IdentityResolver
    from magistrate.store.base import Store

WMI_HOSTS = ("wmiprvse.exe", "scrcons.exe")

_CHILD_COLUMNS = ", ".join("c." + name.strip() for name in PROCESS_COLUMNS.split(","))

_BY_NAME = f"""
SELECT {PROCESS_COLUMNS} FROM process_creation
WHERE LOWER(ParentImage) LIKE '%wmiprvse.exe%' OR LOWER(ParentImage) LIKE '%scrcons.exe%'
"""  # noqa: S608 - constants of this module

# 4688 v0, v1 and short v2 name no parent: its id is joined to the last start of that id on the host. A recycled id
# is ruled out by the provider's own end, and by the token: what a provider starts has the provider's session as
# its creator (telemetry notes 1.2; a public log recycles a provider's id for another program).
_BY_ID = f"""
SELECT {_CHILD_COLUMNS}, p.Image AS ResolvedParent
FROM process_creation AS c
JOIN process_creation AS p ON p.host = c.host AND p.ProcessId = c.ParentProcessId
WHERE c.EventID = 4688 AND c.ParentImage IS NULL AND p.Timestamp <= c.Timestamp
  AND (LOWER(p.Image) LIKE '%wmiprvse.exe' OR LOWER(p.Image) LIKE '%scrcons.exe')
  AND (p.LogonId IS NULL OR c.SubjectLogonId IS NULL OR p.EventID <> 4688 OR p.LogonId = c.SubjectLogonId)
  AND NOT EXISTS (SELECT 1 FROM process_creation AS q WHERE q.host = c.host AND q.ProcessId = c.ParentProcessId
                  AND q.Timestamp > p.Timestamp AND q.Timestamp <= c.Timestamp
                  AND LOWER(q.Image) NOT LIKE '%wmiprvse.exe' AND LOWER(q.Image) NOT LIKE '%scrcons.exe')
  AND NOT EXISTS (SELECT 1 FROM process_end AS e WHERE e.host = c.host AND e.ProcessId = c.ParentProcessId
                  AND e.Timestamp > p.Timestamp AND e.Timestamp < c.Timestamp)
  AND NOT EXISTS (SELECT 1 FROM system_state AS b WHERE b.host = c.host AND b.EventID IN (12, 4608, 6005, 6009)
                  AND b.Timestamp > p.Timestamp AND b.Timestamp < c.Timestamp)
"""  # noqa: S608 - constants of this module

# The provider's start may be older than the log: its id is then known from 5857 alone.
_BY_PROVIDER = f"""
SELECT {_CHILD_COLUMNS}, w.HostProcess AS ResolvedParent
FROM process_creation AS c
JOIN wmi_activity AS w ON w.host = c.host AND w.EventID = 5857 AND w.ProcessId = c.ParentProcessId
WHERE c.EventID = 4688 AND c.ParentImage IS NULL AND w.Timestamp <= c.Timestamp AND c.SubjectLogonId = 996
  AND NOT EXISTS (SELECT 1 FROM process_creation AS q WHERE q.host = c.host AND q.ProcessId = c.ParentProcessId
                  AND q.Timestamp > w.Timestamp AND q.Timestamp <= c.Timestamp)
"""  # noqa: S608 - constants of this module


def find_child_processes(store: Store) -> tuple[Process, ...]:
    """Processes whose parent is a WMI provider host or the script consumer, each told once."""
    rows = [
        *store.query(_BY_NAME, name="children by parent name"),
        *store.query(_BY_ID, name="children by parent id"),
        *store.query(_BY_PROVIDER, name="children by provider id"),
    ]
    return tuple(p for p in processes_from(rows) if p.parent_name in WMI_HOSTS)


def child_activity(process: Process, features: Features, resolver: IdentityResolver) -> Activity:
    """Activity of one child, with the class of act that its token tells (telemetry notes 2.3)."""
    output = features.fact("command.output_name")
    identity = resolver.of_child(process, output)
    extra = {"child.token": identity.origin.value, "child.parent_name": process.parent_name}
    methods = set(features.methods)
    if process.parent_name == "scrcons.exe" or _is_consumer(process):
        extra["child.consumer"] = "true"
        methods.add("wmi-consumer-run")
        return process_activity(
            Kind.CHILD,
            process,
            features,
            identity,
            extra=extra,
            methods=frozenset(methods),
            operation="subscription",
        )
    if identity.origin is OriginClass.REMOTE or identity.origin is OriginClass.UNKNOWN:
        methods.add("wmi-process-create-remote")
    elif identity.origin in (OriginClass.NETWORK_SERVICE, OriginClass.LOCAL_SERVICE):
        methods.add("wmi-provider-code")
    else:
        methods.add("wmi-process-create-local")
    return process_activity(
        Kind.CHILD,
        process,
        features,
        identity,
        extra=extra,
        methods=frozenset(methods),
        operation="process_create",
    )


def _is_consumer(process: Process) -> bool:
    """A system child of a provider host that runs without -secured is a command-line consumer at work."""
    service = SERVICE_LOGON_IDS.get(process.logon_id or 0)
    command = (process.parent_command or "").lower()
    return (
        service == "SYSTEM"
        and image_name(process.parent_image) == "wmiprvse.exe"
        and command != ""
        and "-secured" not in command
    )


def features_of(process: Process) -> Features:
    """Features of the child's own command line."""
    return command_features(process.image, process.original, process.command)
