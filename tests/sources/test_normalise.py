"""Rows: whose account, which time, what is null, and which id."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.sources.base import RawRecord
from magistrate.sources.mapping import load_mappings
from magistrate.sources.normalise import Normalised, normalise, normalise_raw
from magistrate.sources.values import is_null, to_address, to_number, to_result_code

SYSMON = "Microsoft-Windows-Sysmon/Operational"
WMI = "Microsoft-Windows-WMI-Activity/Operational"
SID = "S-1-5-21-1004336348-1177238915-682003330-1104"


def row(channel: str, event_id: int, **data: object) -> dict:
    example = {
        "Channel": channel,
        "EventID": event_id,
        "Computer": "WS07.Corp.Example.",
        "Time": "2026-03-03T12:00:00Z",
    }
    return normalise_raw({**example, "data": data})


def process(**data: object) -> dict:
    subject = {"SubjectUserName": "WS07$", "SubjectDomainName": "CORP", "SubjectLogonId": "0x3e4"}
    return row("Security", 4688, **subject, **data)


def test_the_user_of_a_4688_is_the_target_where_it_is_filled():
    found = process(TargetUserName="user02", TargetDomainName="CORP", TargetLogonId="0xC93745")

    assert (found["User"], found["LogonId"]) == ("CORP\\user02", 0xC93745)


@pytest.mark.parametrize("name", ["-", "", None])
def test_the_user_of_a_4688_is_the_subject_where_the_target_is_empty(name):
    found = process(TargetUserName=name, TargetDomainName="-", TargetLogonId="0x0")

    assert (found["User"], found["LogonId"]) == ("CORP\\WS07$", 0x3E4)


def test_the_subject_stays_beside_the_target():
    found = process(TargetUserName="user02", TargetLogonId="0xC93745")

    assert (found["SubjectUserName"], found["SubjectLogonId"]) == ("WS07$", 0x3E4)


def test_the_creator_of_a_4688_is_the_parent():
    found = process(NewProcessId="0x1a2c", ProcessId="0x9f0")

    assert (found["ProcessId"], found["ParentProcessId"]) == (0x1A2C, 0x9F0)


def test_the_host_is_folded_and_the_computer_kept():
    found = process()

    assert (found["host"], found["Computer"]) == ("ws07.corp.example", "WS07.Corp.Example.")


@pytest.mark.parametrize("text", ["-", "", " ", "null", None, "  -  "])
def test_what_logs_write_for_nothing_is_null(text):
    assert is_null(text)


@pytest.mark.parametrize("text", ["0", "--", "none", "a", " " * 30 + "x"])
def test_a_value_is_not_null(text):
    assert not is_null(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0x0c93745", 0xC93745),
        ("13186885", 13186885),
        ("x", None),
        ("1.5", None),
        (str(1 << 63), None),
        ("１", None),
    ],
)
def test_numbers_are_read_in_hex_and_decimal(text, expected):
    assert to_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("::1", "::1"), ("[2001:DB8::1]", "2001:db8::1"), ("LOCAL", "LOCAL")],
)
def test_addresses_lose_the_mapped_form(text, expected):
    assert to_address(text) == expected


@pytest.mark.parametrize("text", ["0x8004100e", "-2147217394", "2147749902"])
def test_result_codes_are_eight_hex_digits(text):
    assert to_result_code(text) == "0x8004100E"


def test_a_gone_parent_is_null():
    assert "ParentImage" not in row(SYSMON, 1, ParentImage="?")


def test_guids_are_lower_case_without_braces():
    assert row(SYSMON, 1, ProcessGuid="{6A910B9D-498A}")["ProcessGuid"] == "6a910b9d-498a"


@pytest.mark.parametrize(("text", "expected"), [("True", True), ("false", False), ("perhaps", None)])
def test_initiated_is_a_truth(text, expected):
    assert row(SYSMON, 3, Initiated=text).get("Initiated") is expected


@pytest.mark.parametrize(("direction", "expected"), [("%%14593", True), ("%%14592", False)])
def test_the_direction_of_a_5156_tells_who_opened_the_connection(direction, expected):
    assert row("Security", 5156, Direction=direction)["Initiated"] is expected


def test_sysmon_time_is_its_own():
    found = row(SYSMON, 1, UtcTime="2026-03-03 11:59:58.125")

    assert (found["Timestamp"], found["time_source"]) == (
        datetime(2026, 3, 3, 11, 59, 58, 125_000, tzinfo=UTC),
        "UtcTime",
    )


def test_a_4662_on_wmi_is_wmi_activity_and_any_other_object_access():
    assert row("Security", 4662, ObjectServer="wmi")["category"] == "wmi_activity"
    assert row("Security", 4662, ObjectServer="DS")["category"] == "object_access"


def test_a_sid_written_as_user_moves_to_its_column():
    found = row(WMI, 5859, User=SID)

    assert (found["UserSid"], found.get("User")) == (SID, None)


def test_a_name_written_as_sid_moves_to_user():
    found = row("Security", 4634, TargetUserSid="CORP\\user02")

    assert (found["UserSid"], found["User"]) == (None, "CORP\\user02")


def test_a_localised_context_is_read_by_the_order_of_its_lines():
    labels = [f"Feld {number}" for number in range(16)]
    values = [f"Wert {number}" for number in range(16)]
    values[4], values[13] = "powershell.exe -Datei a.ps1", "CORP\\user02"
    context = "\r\n".join(f"        {label} = {value}" for label, value in zip(labels, values, strict=True))
    found = row("Microsoft-Windows-PowerShell/Operational", 4103, ContextInfo=context)

    assert (found["HostApplication"], found["User"]) == ("powershell.exe -Datei a.ps1", "CORP\\user02")


def test_html_escapes_and_doubled_backslashes_of_sysmon_consumers_are_undone():
    found = row(SYSMON, 20, Destination=" &quot;cmd.exe /c dir C:\\\\ &gt; x&quot;")

    assert found["Destination"] == "cmd.exe /c dir C:\\ > x"


def test_a_host_application_may_run_over_lines():
    context = "\tUserId=CORP\\user02\r\n\tHostApplication=powershell a\r\nUserId=CORP\\user08\r\n\tEngineVersion=5.1"
    found = row("Windows PowerShell", 800, param2=context)

    assert (found["HostApplication"], found["User"]) == ("powershell a\nUserId=CORP\\user08", "CORP\\user02")


@pytest.mark.parametrize("blank", ["\n", " ", "\t\n", ";\n"])
def test_blanks_by_the_thousand_cost_no_time(blank):
    text = blank * 60_000
    message = f"Namespace = x; NotificationQuery ={text}"
    record = RawRecord(
        WMI, "Microsoft-Windows-WMI-Activity", 5860, "a", 1, {}, {}, "", "here", message=message
    )

    assert normalise(record).row["NamespaceName"] == "x"
    assert row("Windows PowerShell", 800, param2=f"HostApplication={text}")["category"] == "ps_module"
    assert row(WMI, 5861, PossibleCause=f"instance of X {{{text} A = {text}")["category"] == "wmi_activity"


def test_the_winrm_shell_names_user_and_address():
    found = row(
        "Microsoft-Windows-WinRM/Operational",
        91,
        resourceUri="http://x/cmd (CORP\\user02 clientIP: 192.0.2.7)",
    )

    assert (found["User"], found["SourceIp"]) == ("CORP\\user02", "192.0.2.7")


def test_look_alike_letters_reach_no_known_column():
    assert "CommandLine" not in row(SYSMON, 1, **{"СommandLine": "x", "Comm\u200bandLine": "y"})


def test_a_field_in_another_case_is_taken_when_the_exact_name_is_missing():
    assert row(WMI, 5859, processid="68")["ProcessId"] == 68


def test_the_exact_name_beats_another_case():
    assert row(SYSMON, 1, commandline="second", CommandLine="first")["CommandLine"] == "first"


def test_an_unmapped_event_is_only_counted():
    assert "category" not in row("Security", 4658)


def test_the_id_depends_on_the_content():
    assert row(SYSMON, 1, Image="a")["evidence_id"] != row(SYSMON, 1, Image="b")["evidence_id"]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_values_give_a_row(data):
    source = data.draw(st.sampled_from(load_mappings().sources))
    event_id = data.draw(st.sampled_from(sorted(source.events)))
    event = source.events[event_id]
    names = st.sampled_from([*event.columns, *event.same, *source.same, "Message", "param1", "x"])
    record = RawRecord(
        channel=data.draw(st.sampled_from([*source.channels, "", "other"])),
        provider=source.providers[0],
        event_id=event_id,
        computer=data.draw(st.text(max_size=20)),
        record_id=data.draw(st.none() | st.integers(-(1 << 70), 1 << 70)),
        times=data.draw(
            st.dictionaries(st.sampled_from(["TimeCreated", "EventTime", "@timestamp"]), st.text())
        ),
        data=data.draw(st.dictionaries(names, st.none() | st.text(max_size=60))),
        raw=data.draw(st.text(max_size=20)),
        locator="here",
        message=data.draw(st.none() | st.text(max_size=200)),
    )

    assert len(normalise(record).row["evidence_id"]) == 16


def test_every_recorded_field_stays_with_its_name_and_text():
    found = process(TargetUserName="-", Unheard=None, CommandLine='cmd /c "é"')
    data = json.loads(found["event_data"])

    assert {"TargetUserName": "-", "Unheard": None, "CommandLine": 'cmd /c "é"'}.items() <= data.items()


def unmapped(**options: bool) -> Normalised:
    record = RawRecord("Nowhere/../x", "Nobody", 1, "WS07", 5, {}, {"Field": "value"}, "{}", "line 1")
    return normalise(record, **options)


def test_an_event_that_no_mapping_knows_is_only_counted():
    assert unmapped().bucket is None


def test_an_event_that_no_mapping_knows_is_kept_on_request_under_a_name_of_ours():
    found = unmapped(keep_all=True)

    assert (found.bucket, found.row["category"]) == ("other/unmapped", "other")
    assert json.loads(found.row["event_data"]) == {"Field": "value"}
