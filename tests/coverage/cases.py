"""Small cases for the tests of coverage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from magistrate.store.duckdb import DuckDBStore

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
SYSMON = "Microsoft-Windows-Sysmon/Operational"
WMI = "Microsoft-Windows-WMI-Activity/Operational"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
HOST = "pc1.corp.example"

_KINDS = {
    ("Security", 4688): "process_creation", (SYSMON, 1): "process_creation", ("Security", 4624): "logon",
    ("Security", 4672): "special_privilege", (WMI, 5857): "wmi_activity", (WMI, 5858): "wmi_activity",
    (WMI, 5861): "wmi_activity", (SYSMON, 20): "wmi_subscription", ("Security", 4662): "wmi_activity",
    (POWERSHELL, 4104): "ps_script", (POWERSHELL, 4103): "ps_module", ("Security", 5145): "share_access",
    ("Security", 5140): "share_access", ("Security", 5156): "network_connection", (SYSMON, 3): "network_connection",
    ("Security", 1102): "tamper", ("System", 104): "tamper", ("Security", 4719): "tamper",
    ("Security", 4648): "explicit_credential", ("Security", 4769): "kerberos", ("Security", 4768): "kerberos",
    ("System", 7040): "service", (SYSMON, 13): "registry_event", (SYSMON, 11): "file_event",
    ("Security", 4616): "tamper", (SYSMON, 4): "tamper", (SYSMON, 16): "tamper", (SYSMON, 255): "tamper",
}  # fmt: skip


class Case:
    """Collects records of one case; each gets the next record id of its channel."""

    def __init__(self):
        self.rows = []
        self.next_id = {}

    def add(self, channel, event_id, seconds=0.0, **values):
        host = values.get("host", HOST)
        number = self.next_id.get((host, channel), 1)
        self.next_id[host, channel] = number + 1
        row = {
            "evidence_id": f"{len(self.rows):016x}", "Timestamp": T0 + timedelta(seconds=seconds), "host": host,
            "Channel": channel, "EventID": event_id, "RecordId": number, "raw": "<Event/>",
            "category": _KINDS.get((channel, event_id)), "file": f"{channel.rpartition('/')[2]}.evtx",
            "file_sha256": "aa", "locator": str(len(self.rows)),
        }  # fmt: skip
        self.rows.append(row | values)
        return self

    def fill(self, channel, count=150, seconds=0.0, step=1.0, event_id=1, **values):
        """Records of no interest, so that the channel is more than an excerpt."""
        category = {"category": None}
        for number in range(count):
            self.add(channel, event_id, seconds + number * step, **(category | values))
        return self

    def store(self):
        return DuckDBStore.in_memory(self.rows)
