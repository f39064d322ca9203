"""Event values are read from rendered messages in English and Japanese."""

from __future__ import annotations

import dataclasses
import json
import zipfile

import pytest

from magistrate.sources.base import RawRecord
from magistrate.sources.json_dialects import record_from_object
from magistrate.sources.mapping import load_mappings
from magistrate.sources.message_values import values_from_message
from magistrate.sources.normalise import normalise

PROCESS_CREATED = """A new process has been created.\r
\r
Creator Subject:\r
\tSecurity ID:\t\tNETWORK SERVICE\r
\tAccount Name:\t\tSRV02$\r
\tAccount Domain:\t\tCORP\r
\tLogon ID:\t\t0x3E4\r
\r
Target Subject:\r
\tSecurity ID:\t\tCORP\\user05\r
\tAccount Name:\t\tuser05\r
\tAccount Domain:\t\tCORP\r
\tLogon ID:\t\t0x7A2F1\r
\r
Process Information:\r
\tNew Process ID:\t\t0x1a2c\r
\tNew Process Name:\tC:\\Windows\\System32\\cmd.exe\r
\tToken Elevation Type:\tTokenElevationTypeDefault (1)\r
\tMandatory Label:\t\tMandatory Label\\High Mandatory Level\r
\tCreator Process ID:\t0x9f0\r
\tCreator Process Name:\tC:\\Windows\\System32\\wbem\\WmiPrvSE.exe\r
\tProcess Command Line:\tcmd.exe /c echo one\r
two: three\r
\r
Token Elevation Type indicates the type of token that was assigned.\r
"""
SERVICE_JA = "サービスがシステムにインストールされました。\n\nサービス名:  example\nサービス ファイル名:  C:\\Tools\\a.exe -x\nサービスの種類:  ユーザー モード サービス\nサービス開始の種類:  自動的な開始\nサービス アカウント:  LocalSystem"
LOGON_JA = """アカウントが正常にログオンしました。

サブジェクト:
\tセキュリティ ID:\t\tNULL SID
\tアカウント名:\t\t-
\tアカウント ドメイン:\t\t-
\tログオン ID:\t\t0x0

ログオン タイプ:\t\t\t3

新しいログオン:
\tセキュリティ ID:\t\tCORP\\user05
\tアカウント名:\t\tuser05
\tアカウント ドメイン:\t\tCORP
\tログオン ID:\t\t0x7a2f1

ネットワーク情報:
\tソース ネットワーク アドレス:\t192.0.2.15
\tソース ポート:\t\t49731
"""
SCRIPT = "Creating Scriptblock text (1 of 2):\nGet-Date\n\nScriptBlock ID: not-this\n\nScriptBlock ID: d50ebb81-9e0f-4b69-ba35-c200ca9024d3\nPath: C:\\Tools\\a.ps1"
SYSMON = "Process Create:\nRuleName: -\nUtcTime: 2026-03-03 12:00:01.120\nProcessId: 4711\nImage: C:\\Windows\\System32\\cmd.exe\nCommandLine: cmd.exe /c echo a\nb\nUser: CORP\\user05\nLogonId: 0x7A2F1\nParentImage: C:\\Windows\\explorer.exe"


def row_of(channel: str, provider: str, event_id: int, message: str) -> dict[str, object]:
    record = RawRecord(
        channel=channel,
        provider=provider,
        event_id=event_id,
        computer="SRV02",
        record_id=1,
        times={"TimeCreated": "2026-03-03T12:00:01Z"},
        data={},
        raw=message,
        locator="test",
        message=message,
    )
    row = normalise(record).row
    return {**row, "notes": record.notes}


def security(event_id: int, message: str) -> dict[str, object]:
    return row_of("Security", "Microsoft-Windows-Security-Auditing", event_id, message)


def test_a_label_is_told_apart_by_its_heading():
    row = security(4688, PROCESS_CREATED)

    assert (row["SubjectUserName"], row["TargetUserName"], row["User"]) == (
        "SRV02$",
        "user05",
        "CORP\\user05",
    )


def test_rendered_values_become_what_the_log_records():
    row = security(4688, PROCESS_CREATED)

    assert (row["SubjectUserSid"], row["TokenElevationType"], row["IntegrityLevel"], row["LogonId"]) == (
        "S-1-5-20",
        "%%1936",
        "High",
        0x7A2F1,
    )


def test_a_name_in_the_place_of_a_sid_is_no_sid():
    assert "TargetUserSid" not in security(4688, PROCESS_CREATED)


def test_a_value_goes_on_over_lines_that_are_no_labels():
    assert security(4688, PROCESS_CREATED)["CommandLine"] == "cmd.exe /c echo one\ntwo: three"


def test_a_japanese_message_gives_the_same_fields():
    row = security(4624, LOGON_JA)

    assert (
        row["TargetUserName"],
        row["LogonId"],
        row["LogonType"],
        row["SourceIp"],
        row["SubjectUserSid"],
    ) == (
        "user05",
        0x7A2F1,
        3,
        "192.0.2.15",
        "S-1-0-0",
    )


def test_a_japanese_service_message_gives_the_image_path():
    row = row_of("System", "Service Control Manager", 7045, SERVICE_JA)

    assert (row["ServiceName"], row["ImagePath"], row["AccountName"]) == (
        "example",
        "C:\\Tools\\a.exe -x",
        "LocalSystem",
    )


def test_a_script_that_holds_the_end_mark_is_not_cut_there():
    row = row_of("Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell", 4104, SCRIPT)

    assert (row["ScriptBlockText"], row["MessageTotal"], row["Path"]) == (
        "Get-Date\n\nScriptBlock ID: not-this",
        2,
        "C:\\Tools\\a.ps1",
    )


def test_sysmon_lines_are_read_by_their_names():
    row = row_of("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1, SYSMON)

    assert (row["CommandLine"], row["User"], row["time_source"], row["LogonId"]) == (
        "cmd.exe /c echo a\nb",
        "CORP\\user05",
        "UtcTime",
        0x7A2F1,
    )


def test_a_label_that_stands_twice_is_told_and_the_first_speaks():
    forged = SYSMON + "\nUser: CORP\\adm01"
    row = row_of("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1, forged)

    assert row["User"] == "CORP\\user05"
    assert row["notes"] == ("the message names User more than once; the first value is used",)


def test_what_the_message_gave_is_in_the_event_data():
    assert json.loads(str(security(4624, LOGON_JA)["event_data"]))["IpPort"] == "49731"


def test_a_message_in_an_unknown_language_gives_nothing():
    target, _ = load_mappings().route("Security", "Microsoft-Windows-Security-Auditing", 4624)

    assert (
        values_from_message(target.event.message, "Ein Konto wurde angemeldet.\n\tKontoname:\tuser05") == {}
    )


@pytest.mark.corpus
def test_messages_give_the_columns_that_the_recorded_fields_give(corpus):
    wrong: dict[tuple[int, str], int] = {}
    seen: dict[int, int] = {}
    for path in sorted((corpus / "security-datasets").rglob("*.zip"))[:12]:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".json") and "__MACOSX" not in name:
                    with archive.open(name) as lines:
                        _compare(lines, seen, wrong)

    assert sum(seen.values()) > 1000
    # 7040 does not name the service's key; one export wrote its recorded fields with HTML escapes.
    assert {key for key in wrong if key[0] != 7040} == set()


def _compare(lines, seen, wrong):
    for line in lines:
        record = record_from_object(json.loads(line), "", "", (), 2000)
        if not isinstance(record, RawRecord) or not record.message or seen.get(record.event_id, 0) >= 60:
            continue
        target, _ = load_mappings().route(record.channel, record.provider, record.event_id)
        if target is None or target.event.message is None or not set(target.by_field) & set(record.data):
            continue
        seen[record.event_id] = seen.get(record.event_id, 0) + 1
        recorded = normalise(record).row
        read = normalise(dataclasses.replace(record, data={})).row
        for column, value in recorded.items():
            known = column in ("evidence_id", "event_data", "Timestamp", "time_source", "Message")
            if known or value is None or "&lt;" in str(value):
                continue
            if _plain(value) != _plain(read.get(column)):
                wrong[record.event_id, column] = wrong.get((record.event_id, column), 0) + 1


def _plain(value: object) -> object:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
