from __future__ import annotations

import pytest

from magistrate.detections.signals import Level, find_signals, signal_rules
from magistrate.portable_sql import find_dialect
from magistrate.sources.normalise import normalise_raw
from magistrate.store.duckdb import DuckDBStore

HOST = "srv01.corp.example"
SYSMON = "Microsoft-Windows-Sysmon/Operational"
DEFENDER = "Microsoft-Windows-Windows Defender/Operational"
LSASS = "C:\\Windows\\System32\\lsass.exe"


def event(channel, event_id, time, **data):
    return {
        "Channel": channel,
        "EventID": event_id,
        "Computer": HOST,
        "Time": f"2026-03-04T{time}Z",
        "data": data,
    }


def started(time, command, image="C:\\Windows\\System32\\cmd.exe", user="CORP\\user09"):
    return event(
        SYSMON, 1, time, Image=image, CommandLine=command, User=user, LogonId="0x5000", ProcessId="4000"
    )


def failed(second, ip="198.51.100.9"):
    return event(
        "Security", 4625, f"09:00:{second:02d}", TargetUserName="admin", IpAddress=ip, Status="0xc000006d"
    )


def signals_of(*events):
    rows = [normalise_raw({"RecordId": number, **item}) for number, item in enumerate(events, start=1)]
    with DuckDBStore.in_memory(rows) as store:
        return find_signals(store)


def rules_of(*events):
    return {signal.rule for signal in signals_of(*events)}


@pytest.mark.parametrize(
    ("rule", "events"),
    [
        ("failed_logon_burst", [failed(second) for second in range(25)]),
        ("recovery_inhibition_command", [started("09:00:00", "vssadmin delete shadows /all /quiet")]),
        (
            "credential_dump_command",
            [started("09:00:00", "reg save HKLM\\SAM C:\\a.hiv", "C:\\Windows\\System32\\reg.exe")],
        ),
        (
            "defence_tamper_command",
            [started("09:00:00", "wevtutil cl Security", "C:\\Windows\\System32\\wevtutil.exe")],
        ),
        (
            "remote_access_opened",
            [
                started(
                    "09:00:00", "reg add HKLM\\x /v UseLogonCredential /d 1", "C:\\Windows\\System32\\reg.exe"
                )
            ],
        ),
        (
            "malware_detected",
            [event(DEFENDER, 1116, "09:00:00", **{"Threat Name": "HackTool:Win32/Example"})],
        ),
        ("defender_off", [event(DEFENDER, 5001, "09:00:00")]),
        (
            "suspicious_service",
            [
                event(
                    "System", 7045, "09:00:00", ServiceName="PSEXESVC", ImagePath="%SystemRoot%\\PSEXESVC.exe"
                )
            ],
        ),
        (
            "lsass_access",
            [
                event(
                    SYSMON,
                    10,
                    "09:00:00",
                    SourceImage="C:\\Users\\lee\\t.exe",
                    TargetImage=LSASS,
                    GrantedAccess="0x1010",
                    CallTrace="C:\\Windows\\SYSTEM32\\ntdll.dll+1|UNKNOWN(00)",
                )
            ],
        ),
        (
            "account_created",
            [
                event(
                    "Security",
                    4720,
                    "09:00:00",
                    TargetUserName="eve",
                    SubjectUserName="lee",
                    SubjectLogonId="0x5000",
                )
            ],
        ),
        (
            "log_cleared",
            [
                started("08:00:00", "cmd.exe /c ver"),
                event("Security", 1102, "09:00:00", SubjectUserName="lee", SubjectLogonId="0x5000"),
            ],
        ),
        (
            "attack_script",
            [
                event(
                    "Microsoft-Windows-PowerShell/Operational",
                    4104,
                    "09:00:00",
                    ScriptBlockText="Invoke-Mimikatz -DumpCreds",
                    ScriptBlockId="0f8fad5b-d9cb-469f-a165-70867728950e",
                )
            ],
        ),
    ],
)
def test_a_sign_is_found(rule, events):
    assert rule in rules_of(*events)


@pytest.mark.parametrize(
    "events",
    [
        [failed(second) for second in range(5)],
        [started("09:00:00", "vssadmin list shadows")],
        [started("09:00:00", "wevtutil qe Security /c:1", "C:\\Windows\\System32\\wevtutil.exe")],
        [started("09:00:00", "netsh advfirewall show allprofiles", "C:\\Windows\\System32\\netsh.exe")],
        [event(DEFENDER, 2000, "09:00:00")],
        [
            event(
                DEFENDER,
                5007,
                "09:00:00",
                **{"New Value": "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates\\x = 0x1"},
            )
        ],
        [
            event(
                "System",
                7045,
                "09:00:00",
                ServiceName="Agent",
                ImagePath="C:\\Program Files\\Agent\\agent.exe",
            )
        ],
        [
            event(
                SYSMON,
                10,
                "09:00:00",
                SourceImage="C:\\Windows\\System32\\svchost.exe",
                TargetImage=LSASS,
                GrantedAccess="0x1000",
                CallTrace="C:\\Windows\\SYSTEM32\\ntdll.dll+1",
            )
        ],
        [
            event(
                SYSMON,
                10,
                "09:00:00",
                SourceImage="C:\\Tools\\Procmon64.exe",
                TargetImage=LSASS,
                GrantedAccess="0x1410",
                CallTrace="C:\\Windows\\SYSTEM32\\ntdll.dll+1",
            )
        ],
        [event("Security", 1102, "09:00:00", SubjectUserName="lee"), started("09:10:00", "cmd.exe /c ver")],
        [
            started(
                "09:00:00",
                "powershell.exe -File C:\\Scripts\\a.ps1",
                "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            )
        ],
    ],
)
def test_ordinary_records_are_no_sign(events):
    assert rules_of(*events) == set()


def test_records_of_one_burst_are_one_signal_with_a_count():
    (signal,) = signals_of(
        *[started(f"09:{minute:02d}:00", "vssadmin delete shadows /all") for minute in range(5)]
    )

    assert signal.count == 5
    assert len(signal.evidence) == 5


def test_records_after_an_hour_of_silence_are_another_signal():
    found = signals_of(
        started("09:00:00", "vssadmin delete shadows /all"),
        started("11:00:00", "vssadmin delete shadows /all"),
    )

    assert len(found) == 2


def test_a_signal_names_its_keys():
    (signal,) = signals_of(started("09:00:00", "vssadmin delete shadows /all"))

    assert (signal.host, signal.account, signal.logon_id) == (HOST, "CORP\\user09", 0x5000)
    assert signal.level is Level.CRITICAL
    assert signal.is_high


def test_signals_do_not_depend_on_the_order_of_records():
    events = [started(f"09:{minute:02d}:00", "vssadmin delete shadows /all") for minute in range(3)]
    numbered = [{"RecordId": number, **item} for number, item in enumerate(events, start=1)]

    found = []
    for rows in (numbered, numbered[::-1]):
        with DuckDBStore.in_memory([normalise_raw(row) for row in rows]) as store:
            found.append(find_signals(store))

    assert found[0] == found[1]


@pytest.mark.parametrize("rule", signal_rules(), ids=lambda rule: rule.id)
def test_a_query_is_portable(rule):
    assert find_dialect(rule.query) == ()


def test_nothing_is_found_in_an_empty_store():
    assert signals_of() == ()
