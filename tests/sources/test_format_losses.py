"""What the formats that lose something by nature lose, exactly."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from magistrate.sources.base import RawRecord
from magistrate.sources.normalise import normalise
from magistrate.sources.readers.csv import READER
from sources.export_writers import records_of, to_csv, to_evtxecmd
from sources.test_message_values import PROCESS_CREATED

if TYPE_CHECKING:
    from collections.abc import Iterable

LOG = Path(__file__).parent / "samples" / "evtx" / "mixed.evtx"
# What says where and in which form a record came, and nothing about the event.
PLACE = frozenset({"evidence_id", "event_data", "locator", "raw"})


def read(text: str) -> list[RawRecord]:
    return [item for item in READER.read(io.BytesIO(text.encode()), "x.csv") if isinstance(item, RawRecord)]


def differing(first: RawRecord, second: RawRecord) -> set[str]:
    one, two = normalise(first).row, normalise(second).row
    return {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)} - PLACE


def columns_that_differ(expected: Iterable[RawRecord], found: Iterable[RawRecord]) -> dict[int, set[str]]:
    result: dict[int, set[str]] = {}
    for first, second in zip(expected, found, strict=True):
        result.setdefault(first.event_id, set()).update(differing(first, second))
    return {event_id: names for event_id, names in result.items() if names}


def test_evtxecmd_csv_loses_the_layout_version_and_joins_values_without_names():
    records = records_of(LOG)
    lost = columns_that_differ(records, read(to_evtxecmd(records)))
    joined = {"Version", "CommandLine", "ContextInfo", "HostApplication", "Payload", "User", "param1"}

    assert {name for event_id, names in lost.items() if event_id != 800 for name in names} == {"Version"}
    assert lost[800] - joined == set()


def test_get_winevent_csv_loses_sids_that_are_shown_as_names_and_the_zone():
    recorded = RawRecord(
        channel="Security",
        provider="Microsoft-Windows-Security-Auditing",
        event_id=4688,
        computer="SRV02",
        record_id=5,
        times={"TimeCreated": "2026-03-13T13:00:02Z"},
        data={
            "SubjectUserSid": "S-1-5-20",
            "SubjectUserName": "SRV02$",
            "SubjectDomainName": "CORP",
            "SubjectLogonId": "0x3e4",
            "NewProcessId": "0x1a2c",
            "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
            "TokenElevationType": "%%1936",
            "ProcessId": "0x9f0",
            "CommandLine": "cmd.exe /c echo one\ntwo: three",
            "TargetUserSid": "S-1-5-21-1004336348-1177238915-682003330-1105",
            "TargetUserName": "user05",
            "TargetDomainName": "CORP",
            "TargetLogonId": "0x7a2f1",
            "ParentProcessName": "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
            "MandatoryLabel": "S-1-16-12288",
        },
        raw="",
        locator="",
        version=2,
    )
    row = {
        "Message": PROCESS_CREATED,
        "Id": 4688,
        "Version": 2,
        "RecordId": 5,
        "ProviderName": recorded.provider,
        "LogName": "Security",
        "MachineName": "SRV02",
        "TimeCreated": "3/13/2026 1:00:02 PM",
    }
    (read_back,) = read(to_csv(list(row), [row]))

    assert differing(recorded, read_back) == {"Message", "TargetUserSid", "UserSid", "time_zone_assumed"}
