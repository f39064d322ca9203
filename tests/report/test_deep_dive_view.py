"""The actions of T2 as sheets."""

from __future__ import annotations

from changes.find_cases import found
from deep_dive.story_cases import SUBJECT, at
from magistrate.changes.model import Changes
from magistrate.report.deep_dive_view import LISTED, changes_sheet, deep_dive_sheets


def test_a_case_that_was_not_looked_into_has_no_sheet() -> None:
    assert deep_dive_sheets(None) == ()


def test_changes_without_a_window_are_not_assessed() -> None:
    assert changes_sheet(Changes()).summary.startswith("Not assessed:")


def test_a_change_is_shown_with_its_record() -> None:
    changes = found(
        {"Channel": "Security", "EventID": 4697, "ServiceName": "upd", "Time": at(minutes=1), **SUBJECT}
    )
    sheet = changes_sheet(changes)

    assert sheet.rows[0][:1] + sheet.rows[0][4:5] == ("linked", "upd")
    assert sheet.records == ((changes.changes[0].evidence.evidence_id,),)


def test_rows_that_are_not_listed_are_counted() -> None:
    names = [f"upd{number:03}" for number in range(LISTED + 3)]
    events = [
        {"Channel": "Security", "EventID": 4697, "ServiceName": name, "Time": at(minutes=1), **SUBJECT}
        for name in names
    ]

    assert "3 more are not listed." in changes_sheet(found(*events)).summary
