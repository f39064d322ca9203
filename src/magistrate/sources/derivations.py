"""Values that a record holds inside a text: consumer bindings, PowerShell contexts, WMI operations."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from magistrate.sources.mapping import Derivation, load_mappings
from magistrate.sources.mof import parse_instances, sid_from_bytes
from magistrate.sources.named_event_values import NAMED_STEPS
from magistrate.sources.values import is_null

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Row = dict[str, Any]

# "Start IWbemServices::ExecQuery - root\cimv2 : select * from Win32_Process"
_OPERATION = re.compile(r"IWbemServices::(\w+) - ([^:]{1,256}?)\s*:\s*(.*)", re.DOTALL)
# "resourceUri (CORP\user02 clientIP: 192.0.2.7)" on newer builds
_SHELL_USER = re.compile(r"\(([^()]{1,256}?)\s+clientIP:\s*([0-9A-Fa-f:.]{2,45})\)")
# The message form of 5861 adds a remark to the name of the filter.
_REFERENCE = re.compile(r"\s*\(refer to its activate eventid:\s*5859\)\s*$")

# The labels of 4103's ContextInfo are localised, their order is not (telemetry notes 1.7).
_HOST_APPLICATION_LINE = 4
_USER_LINE = 13
_FULL_CONTEXT_LINES = 16


def derive(kind: Derivation, row: Row, data: Mapping[str, str | None]) -> None:
    """Add the values that the named step reads from the row's texts or the event data; values already there stay."""
    step = _STEPS.get(kind)
    for column, value in (step(row) if step else NAMED_STEPS[kind](row, data)).items():
        if not is_null(value):
            row.setdefault(column, value)


def _client_operation(row: Row) -> Mapping[str, str | None]:
    match = _OPERATION.search(row.get("Operation") or "")
    if not match:
        return {}
    method, namespace, text = match.groups()
    return {"NamespaceName": namespace, "Query": text if "Query" in method else None}


def _consumer_binding(row: Row) -> Mapping[str, str | None]:
    if isinstance(name := row.get("Filter"), str):
        row["Filter"] = _REFERENCE.sub("", name)
    tables = load_mappings().values
    found: dict[str, str | None] = {}
    for instance in parse_instances(row.get("PossibleCause") or ""):
        properties = instance.properties
        creator = sid_from_bytes(properties.get("CreatorSID", ""))
        if instance.class_name == "__EventFilter":
            found.setdefault("Query", properties.get("Query"))
            found.setdefault("EventNamespace", properties.get("EventNamespace"))
            found.setdefault("UserSid", creator)
        else:
            found["ConsumerType"] = tables.consumer_types.get(instance.class_name, instance.class_name)
            found["Name"] = properties.get("Name")
            found["UserSid"] = creator or found.get("UserSid")
            payloads = tables.consumer_payloads.get(instance.class_name, ())
            found["Destination"] = next((properties[key] for key in payloads if properties.get(key)), None)
    return found


def _sysmon_subscription(row: Row) -> Mapping[str, str | None]:
    # Sysmon writes these values as ` "c:\\Windows\\..."`; some exports escape them for HTML as well.
    for column in ("Name", "Destination", "Query", "EventNamespace", "Consumer", "Filter"):
        if isinstance(text := row.get(column), str):
            row[column] = _unquote(text)
    return {}


def _unquote(text: str) -> str:
    plain = html.unescape(text).strip() if "&" in text else text.strip()
    if len(plain) > 1 and plain[0] == plain[-1] == '"':
        plain = plain[1:-1]
    return plain.removeprefix('"').replace("\\\\", "\\").replace('\\"', '"')


def _module_context(row: Row) -> Mapping[str, str | None]:
    lines = [line for line in (row.get("ContextInfo") or "").splitlines() if "=" in line]
    labels = {
        label.strip(): value.strip() for label, _, value in (line.partition("=") for line in reversed(lines))
    }
    by_order = len(lines) >= _FULL_CONTEXT_LINES
    application = labels.get("Host Application")
    user = labels.get("User")
    if application is None and by_order:
        application = lines[_HOST_APPLICATION_LINE].partition("=")[2].strip()
    if user is None and by_order:
        user = lines[_USER_LINE].partition("=")[2].strip()
    return {"HostApplication": application, "User": user}


def _classic_context(row: Row) -> Mapping[str, str | None]:
    # UserId stands in front of HostApplication, which may run over lines and end in text that looks like labels.
    lines = (row.get("ContextInfo") or "").splitlines()
    found: dict[str, str | None] = {}
    for number, line in enumerate(lines):
        label, mark, value = line.strip().partition("=")
        if mark and label == "UserId":
            found.setdefault("User", value)
        elif mark and label == "HostApplication":
            found["HostApplication"] = _to_next_label(value, lines[number + 1 :])
            break
    return found


def _to_next_label(value: str, following: list[str]) -> str:
    """A value with the lines that belong to it; the engine version always follows the host application."""
    for number, line in enumerate(following):
        if line.strip().startswith("EngineVersion="):
            return "\n".join([value, *following[:number]])
    return value


def _shell_user(row: Row) -> Mapping[str, str | None]:
    match = _SHELL_USER.search(row.get("ResourceUri") or "")
    return {"User": match.group(1), "SourceIp": match.group(2)} if match else {}


_STEPS: dict[Derivation, Callable[[Row], Mapping[str, str | None]]] = {
    "client_operation": _client_operation,
    "consumer_binding": _consumer_binding,
    "sysmon_subscription": _sysmon_subscription,
    "module_context": _module_context,
    "classic_context": _classic_context,
    "shell_user": _shell_user,
}
