from __future__ import annotations

import json
import random

import pytest

from magistrate.activity.run import examine
from magistrate.context.load import parse_context
from magistrate.context.model import Context
from magistrate.detections.finding import Tier
from magistrate.detections.queries import query_names, sql
from magistrate.detections.run import detect, log_source
from magistrate.playbooks.load import load_playbook
from magistrate.portable_sql import find_dialect
from magistrate.sources.normalise import normalise_raw
from magistrate.store.duckdb import DuckDBStore

PLAYBOOK = load_playbook("t1047")
HOST = "srv01.corp.example"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
PROVIDER = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"
WMIC = "C:\\Windows\\System32\\wbem\\WMIC.exe"
SID = "S-1-5-21-1000000001-1000000002-1000000003-2210"
SCOPED = "wmic shadowcopy where \"ID='{0f8fad5b-d9cb-469f-a165-70867728950e}'\" delete"


def started(second, command, image=CMD, parent=PROVIDER, pid=4000, ppid=900, user="CORP\\adm01"):
    data = {
        "Image": image,
        "CommandLine": command,
        "ParentImage": parent,
        "User": user,
        "LogonId": "0x5a1f0",
        "ProcessId": str(pid),
        "ParentProcessId": str(ppid),
    }
    return {
        "Channel": SYSMON,
        "EventID": 1,
        "Computer": HOST,
        "Time": f"2026-03-04T09:00:{second:02d}Z",
        "data": data,
    }


def logon(user="adm01"):
    data = {
        "TargetUserSid": SID,
        "TargetUserName": user,
        "TargetDomainName": "CORP",
        "TargetLogonId": "0x5a1f0",
        "LogonType": "3",
        "AuthenticationPackageName": "NTLM",
        "IpAddress": "10.20.0.77",
    }
    return {
        "Channel": "Security",
        "EventID": 4624,
        "Computer": HOST,
        "Time": "2026-03-04T09:00:00Z",
        "data": data,
    }


def shell(second, command, pid):
    return started(second, f"cmd.exe /Q /c {command} 1> \\\\127.0.0.1\\ADMIN$\\__1772614800.12 2>&1", pid=pid)


SHELL = [logon(), shell(1, "cd \\", 4001), shell(2, "cd ", 4002), shell(3, "whoami", 4003)]


def register(**entry):
    known = {
        "id": "KG-1",
        "purpose": "backup",
        "account_sid": SID,
        "account_name": "CORP\\adm01",
        "sources": [HOST],
        "shape": "wmic shadowcopy where \"id='<guid>'\" delete",
        "excuses": ["D2-scoped"],
        "owner": "backup team",
        "approved_by": "lead",
        "approved": "2026-01-05",
        "expires": "2026-12-31",
    }
    return parse_context(json.dumps({"register": [{**known, **entry}]}), "example.yml")


def findings_of(events, context=None, *, order=None):
    numbered = [{"RecordId": number, **event} for number, event in enumerate(events, start=1)]
    rows = [normalise_raw(event) for event in (order(numbered) if order else numbered)]
    with DuckDBStore.in_memory(rows) as store:
        site = context or Context()
        return detect(store, PLAYBOOK, examine(store, site), site)


def finding(code, events, context=None):
    return next(item for item in findings_of(events, context) if item.code == code)


def test_repeats_in_one_story_are_one_finding_with_a_count():
    found = [item for item in findings_of(SHELL) if item.code == "D1"]

    assert [item.count for item in found] == [3]


def test_a_finding_is_linked_to_its_story_and_activities():
    found = finding("D1", SHELL)

    assert found.story_id is not None
    assert len(found.activity_ids) == 3
    assert found.account == "CORP\\adm01"


def test_findings_do_not_depend_on_the_order_of_records():
    shuffled = findings_of(SHELL, order=lambda items: random.Random(7).sample(items, len(items)))

    assert shuffled == findings_of(SHELL)


def test_decisive_findings_come_first():
    tiers = [list(Tier).index(item.tier) for item in findings_of(SHELL)]

    assert tiers == sorted(tiers)


def test_no_activity_gives_no_finding():
    assert findings_of([logon()]) == ()


def test_evidence_quotes_the_field_that_speaks():
    quoted = dict(finding("D1", SHELL).evidence[0].quoted)

    assert "__1772614800.12" in quoted["CommandLine"]


def test_attacker_braces_in_a_command_are_not_filled():
    found = finding(
        "S4", [logon(), started(1, "rundll32.exe C:\\a.dll,{account}", "C:\\Windows\\System32\\rundll32.exe")]
    )

    assert "{account}" in found.statement


def test_a_scoped_deletion_is_said_to_be_scoped():
    found = finding("D2", [started(1, SCOPED, WMIC, CMD)])

    assert found.scoped
    assert found.waivable


def test_one_unscoped_deletion_makes_the_finding_unscoped():
    found = finding(
        "D2", [started(1, SCOPED, WMIC, CMD), started(2, "wmic shadowcopy delete", WMIC, CMD, pid=4001)]
    )

    assert not found.scoped
    assert not found.waivable


def test_a_register_entry_that_names_the_finding_excuses_it():
    assert finding("D2", [started(1, SCOPED, WMIC, CMD)], register()).excused_by == "KG-1"


@pytest.mark.parametrize(
    "entry",
    [
        {"excuses": []},
        {"account_name": "CORP\\adm03"},
        {"sources": ["srv09.corp.example"]},
        {"shape": "wmic shadowcopy list <any>"},
        {"expires": "2026-02-01"},
    ],
    ids=["other finding", "other account", "other source", "other shape", "expired"],
)
def test_a_register_entry_that_does_not_fit_excuses_nothing(entry):
    assert finding("D2", [started(1, SCOPED, WMIC, CMD)], register(**entry)).excused_by is None


def test_an_unscoped_deletion_is_never_excused():
    context = register(shape="wmic shadowcopy delete /nointeractive")

    assert (
        finding("D2", [started(1, "wmic shadowcopy delete /nointeractive", WMIC, CMD)], context).excused_by
        is None
    )


def test_a_null_sid_does_not_hide_the_account_from_the_register():
    context = register(
        sources=["10.20.0.77"],
        shape="sc config remoteregistry start= demand",
        account_name=None,
        excuses=["W2"],
    )
    child = started(1, "sc config RemoteRegistry start= demand", "C:\\Windows\\System32\\sc.exe")

    assert "M1" in {item.code for item in findings_of([logon(), child], context)}


@pytest.mark.parametrize("name", query_names())
def test_a_query_is_portable(name):
    assert find_dialect(sql(name)) == ()


@pytest.mark.parametrize(
    ("channel", "source"),
    [
        (SYSMON, "Sysmon"),
        ("Security", "Security"),
        ("Microsoft-Windows-PowerShell/Operational", "PowerShell"),
        ("Windows PowerShell", "PowerShell"),
        ("Microsoft-Windows-WMI-Activity/Operational", "WMI-Activity"),
    ],
)
def test_channels_of_one_recorder_are_one_log_source(channel, source):
    assert log_source(channel) == source
