"""The logical tables that events are stored in: what readers fill and queries read."""

from __future__ import annotations

CATEGORIES: tuple[str, ...] = (
    "process_creation",  # Sysmon 1, Security 4688
    "process_end",  # Sysmon 5, Security 4689
    "network_connection",  # Sysmon 3, Security 5156 and 5157
    "dns_query",  # Sysmon 22
    "file_event",  # Sysmon 11, 15, 23, 26
    "registry_event",  # Sysmon 12, 13, 14, Security 4657
    "image_load",  # Sysmon 7
    "driver_load",  # Sysmon 6
    "code_integrity",  # CodeIntegrity 3033, 3076, 3077
    "device",  # Security 6416
    "pipe",  # Sysmon 17, 18
    "process_access",  # Sysmon 8, 10
    "wmi_subscription",  # Sysmon 19, 20, 21
    "wmi_activity",  # WMI-Activity 5857 to 5861 and Trace 11, 22, 23; Security 4662 on WMI
    "ps_script",  # PowerShell 4104
    "ps_module",  # PowerShell 4103 and classic 800
    "ps_engine",  # classic 400, 403, 600
    "logon",  # Security 4624
    "logon_failure",  # Security 4625, 4771, 4776
    "logoff",  # Security 4634
    "explicit_credential",  # Security 4648
    "special_privilege",  # Security 4672
    "group_membership",  # Security 4627
    "kerberos",  # Security 4768, 4769
    "share_access",  # Security 5140, 5145
    "share_change",  # Security 5142
    "account_change",  # Security 4720, 4722, 4724, 4728, 4732, 4738, 4756, 4798, 4799
    "directory_change",  # Security 5136, 5137, 5141
    "policy_applied",  # GroupPolicy 4016, 5312, 8000, 8001, 8004, 8005
    "object_access",  # Security 4656, 4663, 4662 other than WMI
    "service",  # System 7045, 7036, 7040, Security 4697
    "scheduled_task",  # Security 4698 to 4702, TaskScheduler 106, 129, 140, 141, 200, 201
    "tamper",  # 1102, 104, 4719, 4616, Sysmon 4, 16, 255
    "defence",  # Defender 1116, 1117, 1119, 1121, 1122, 5001, 5007, 5010, 5012, 5013
    "firewall",  # Firewall 2004 to 2006, Security 4946 to 4950
    "winrm",  # WinRM 6, 91, 142, 145, 161, 162, 169, 193
    "system_state",  # System 6005, 6006, 6008, 6009, 6013, Kernel-General 12, 13, Security 4608
    "update",  # WindowsUpdateClient 19, 43, 44, MsiInstaller 1033 to 1042 and 11707, Setup 1 to 4
    "alert",  # verdicts of other tools: Hayabusa, Chainsaw, Zircolite, EDR and SIEM alerts; never coverage
    "zeek_conn",  # Zeek conn: seen by a sensor, so host is the sensor and both ends are addresses
    "zeek_dce_rpc",  # Zeek dce_rpc
    "zeek_dns",  # Zeek dns
    "zeek_auth",  # Zeek ntlm and kerberos
    "zeek_smb",  # Zeek smb_files and smb_mapping
    "zeek_http",  # Zeek http
    "zeek_ssl",  # Zeek ssl
    "app_usage",  # SRUM: bytes of each program an hour
    "transfer",  # BITS 59 and 60
    "other",  # events that no mapping knows, kept only on request: pointer columns and event_data
)
