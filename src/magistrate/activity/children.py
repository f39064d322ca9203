"""Processes started under a WMI host: execution on this host (telemetry notes 2.1 and 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.build import process_activity
from magistrate.activity.command_line import command_features
from magistrate.activity.images import SERVICE_LOGON_IDS, image_name
from magistrate.activity.model import Activity, Kind, OriginClass
from magistrate.activity.processes import Process, processes_from
from magistrate.activity.queries import rows_of

if TYPE_CHECKING:
    from magistrate.activity.features import Features
    from magistrate.activity.identity import IdentityResolver
    from magistrate.store.base import Store

WMI_HOSTS = ("wmiprvse.exe", "scrcons.exe")


def find_child_processes(store: Store) -> tuple[Process, ...]:
    """Processes whose parent is a WMI provider host or the script consumer, each told once."""
    rows = [
        *rows_of(store, "children_by_parent_name"),
        *rows_of(store, "children_by_parent_id"),
        *rows_of(store, "children_by_provider_id"),
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
    return command_features(process.image, process.original, process.command, host=process.host)
