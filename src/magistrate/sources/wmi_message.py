"""Reads WMI-Activity 5857 to 5861 from their English message text.

NXLog drops the user data of these events, so the rendered message is all there is (telemetry notes 4.2, trap 6).
The message is `key = value` pairs; 5860 mixes commas and semicolons, 5861 spans lines, and values may hold both.
So a value ends where the next known key begins.
"""

from __future__ import annotations

import re

_KEYS: dict[int, tuple[tuple[str, str], ...]] = {
    5857: (("HostProcess", "HostProcess"), ("ProcessID", "ProcessID"), ("ProviderPath", "ProviderPath")),
    5858: (
        ("Id", "Id"),
        ("ClientMachine", "ClientMachine"),
        ("User", "User"),
        ("ClientProcessId", "ClientProcessId"),
        ("Component", "Component"),
        ("Operation", "Operation"),
        ("ResultCode", "ResultCode"),
        ("PossibleCause", "PossibleCause"),
    ),
    5859: (
        ("Namespace", "NamespaceName"),
        ("NotificationQuery", "Query"),
        ("OwnerName", "User"),
        ("HostProcessID", "Processid"),
        ("Provider", "Provider"),
        ("queryID", "queryid"),
        ("PossibleCause", "PossibleCause"),
    ),
    5860: (
        ("Namespace", "NamespaceName"),
        ("NotificationQuery", "Query"),
        ("UserName", "User"),
        ("ClientProcessID", "Processid"),
        ("ClientMachine", "ClientMachine"),
        ("PossibleCause", "PossibleCause"),
    ),
    5861: (
        ("Namespace", "Namespace"),
        ("Eventfilter", "ESS"),
        ("Consumer", "CONSUMER"),
        ("PossibleCause", "PossibleCause"),
    ),
}
# "CIMWin32 provider started with result code 0x0. HostProcess = wmiprvse.exe; ..."
_PROVIDER = re.compile(r"\s*(.{1,256}?) provider started with result code (0x[0-9A-Fa-f]{1,8}|\d{1,10})\.")
_REFERENCE = re.compile(r"\s*\(refer to its activate eventid:\s*5859\)\s*$")


def values_from_message(event_id: int, message: str) -> dict[str, str | None]:
    """Element values by element name; empty when the message has another form or language.

    Keys are looked for in their order, each behind the one before, so that text in a query cannot pose as a
    later key unless it repeats the whole separator; the last key takes the rest.
    """
    keys = _KEYS.get(event_id)
    if keys is None:
        return {}
    found: dict[str, str | None] = {}
    if event_id == 5857 and (match := _PROVIDER.match(message)):
        found |= {"ProviderName": match.group(1), "Code": match.group(2)}
        message = message[match.end() :]
    starts: list[tuple[str, int, int]] = []
    position = 0
    for label, name in keys:
        pattern = rf"(?:^|[;,]|\A)\s*{label}\s*=\s*"
        if match := re.compile(pattern, re.IGNORECASE).search(message, position):
            starts.append((name, match.start(), match.end()))
            position = match.end()
    for index, (name, _, begin) in enumerate(starts):
        end = starts[index + 1][1] if index + 1 < len(starts) else len(message)
        value = message[begin:end].strip().rstrip(";") if index + 1 < len(starts) else message[begin:].strip()
        found[name] = _REFERENCE.sub("", value) if name == "ESS" else value
    return found
