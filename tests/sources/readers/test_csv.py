"""CSV exports of Windows events: what the generic reader test does not show."""

from __future__ import annotations

import io
import os

import pytest

from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import RawRecord, ReadNote
from magistrate.sources.readers.csv import READER

VIEWER = "Level,Date and Time,Source,Event ID,Task Category\r\n"
ROW = 'Information,{time},Sysmon,1,Process Create,"Process Create:\nUtcTime: 2026-03-03 12:00:01.120\nImage: a.exe"\r\n'


def read(text: str | bytes) -> list[RawRecord | ReadIssue | ReadNote]:
    content = text.encode() if isinstance(text, str) else text
    return list(READER.read(io.BytesIO(content), "x.csv"))


def notes(text: str | bytes) -> list[str]:
    return [item.text for item in read(text) if isinstance(item, ReadNote)]


def records(text: str | bytes) -> list[RawRecord]:
    return [item for item in read(text) if isinstance(item, RawRecord)]


def test_t_csv_1_the_dialect_is_stated():
    assert notes(VIEWER + ROW)[0] == "Event Viewer CSV (English), cells separated by commas."


def test_a_computer_that_is_not_in_the_export_is_not_invented():
    (record,) = records(VIEWER + ROW.format(time="3/13/2026 1:00:01 PM"))

    assert record.computer == "unknown host (x.csv)"


def test_the_account_of_the_computer_names_it():
    message = "Subject:\n\tSecurity ID:\tSYSTEM\n\tAccount Name:\tSRV02$\n\tAccount Domain:\tCORP\n\tLogon ID:\t0x3E7\n"
    text = VIEWER + f'Information,3/13/2026 1:00:01 PM,Security-Auditing,4672,Logon,"{message}"\r\n'

    assert records(text)[0].computer == "SRV02"


def test_t_time_1_dates_whose_order_is_unknown_are_no_times():
    (record,) = records(VIEWER + ROW.format(time="03/04/2026 13:00:01"))

    assert record.times == {"TimeCreated": "03/04/2026 13:00:01"}
    assert any("no time" in note for note in notes(VIEWER + ROW.format(time="03/04/2026 13:00:01")))


def test_t_csv_1_a_header_that_comes_again_is_no_record():
    text = VIEWER + ROW.format(time="3/13/2026 1:00:01 PM")

    assert len(records(text + text)) == 2
    assert "The header stands in the file 2 times." in notes(text + text)


def test_a_row_with_neither_id_nor_time_is_an_issue():
    issues = [item for item in read(VIEWER + "some,,text,behind,it\r\n") if isinstance(item, ReadIssue)]

    assert [issue.reason[:28] for issue in issues] == ["no event id and no time: not"]


def test_t_out_2_the_guard_of_a_spreadsheet_is_taken_off_numbers_alone():
    text = "EventID,Channel,Computer,Status,CommandLine\r\n1,System,SRV02,'-2147024891,'=cmd\r\n"
    (record,) = records(text)

    assert (record.data["Status"], record.data["CommandLine"]) == ("-2147024891", "'=cmd")


def test_a_table_of_another_kind_is_not_taken():
    assert not READER.recognises(b"name,price\r\nexample,1\r\n")


@pytest.mark.hostile
def test_t_csv_1_two_good_records_and_the_tail_reported(hostile):
    content = (hostile / "text" / "events.csv").read_bytes()
    issues = [item.reason for item in read(content) if isinstance(item, ReadIssue)]

    assert [record.data["CommandLine"] for record in records(content)] == ["a;b", "multi\r\nline"]
    assert len(issues) == 1
    assert "the last 2 lines are inside it" in issues[0]


@pytest.mark.corpus
def test_event_viewer_exports_of_japanese_hosts_lose_no_row(corpus):
    folder = corpus / "jpcert-log-analysis-training"
    count = {
        os.path.relpath(path, folder): len(records(path.read_bytes()))
        for path in sorted(folder.rglob("*.csv"))
    }

    assert count == {
        "Handson1/Powershell.csv": 20,
        "Handson1/Sysmon.csv": 476,
        "Handson1/TaskScheduler.csv": 83,
        "Handson2/Security.csv": 12,
        "Handson2/TaskScheduler.csv": 64,
    }
