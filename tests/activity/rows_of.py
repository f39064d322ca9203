"""Rows of stored events, as short as a test needs them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
HOST = "srv01.corp.example"
_records = count(1)


def row(category, channel, event_id, seconds, host=HOST, **columns):
    """One event row `seconds` after the start of the scene."""
    record = next(_records)
    event = {
        "Timestamp": START + timedelta(seconds=seconds),
        "time_source": "TimeCreated",
        "host": host,
        "Computer": host.upper(),
        "Channel": channel,
        "Provider": "test",
        "EventID": event_id,
        "RecordId": record,
        "category": category,
        "file": "test.evtx",
        "file_sha256": "0" * 64,
        "locator": str(record),
        "raw": "{}",
        **columns,
    }
    event["evidence_id"] = hashlib.sha256(json.dumps(event, default=str).encode()).hexdigest()[:16]
    return event


def sysmon_start(seconds, image, parent, user, logon_id, *, command=None, pid=4000, host=HOST, **columns):
    """Sysmon 1."""
    return row(
        "process_creation",
        "Microsoft-Windows-Sysmon/Operational",
        1,
        seconds,
        host,
        Image=image,
        ParentImage=parent,
        User=user,
        LogonId=logon_id,
        CommandLine=command,
        ProcessId=pid,
        ProcessGuid=f"guid-{host}-{pid}",
        **columns,
    )


def security_start(seconds, image, *, version=2, parent=None, pid=4000, parent_pid=900, host=HOST, **columns):
    """Security 4688; without a target it names only the subject."""
    subject = {"SubjectUserName": "SRV01$", "SubjectLogonId": 0x3E4, "User": "CORP\\SRV01$", "LogonId": 0x3E4}
    return row(
        "process_creation",
        "Security",
        4688,
        seconds,
        host,
        Version=version,
        Image=image,
        ParentImage=parent,
        ProcessId=pid,
        ParentProcessId=parent_pid,
        **{**subject, **columns},
    )


def logon(seconds, user, logon_id, ip, *, type_=3, package="NTLM", host=HOST, **columns):
    """Security 4624."""
    return row(
        "logon",
        "Security",
        4624,
        seconds,
        host,
        User=user,
        TargetUserName=user.split("\\")[-1],
        TargetLogonId=logon_id,
        LogonId=logon_id,
        LogonType=type_,
        SourceIp=ip,
        AuthenticationPackageName=package,
        **columns,
    )


def share_touch(seconds, name, ip, *, host=HOST, user="CORP\\adm"):
    """Security 5145."""
    return row(
        "share_access",
        "Security",
        5145,
        seconds,
        host,
        ShareName="\\\\*\\ADMIN$",
        RelativeTargetName=name,
        SourceIp=ip,
        User=user,
    )
