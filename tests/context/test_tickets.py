"""Claims about tickets and holidays from lists and calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.context.load import load_context
from magistrate.context.model import Ticket
from magistrate.context.tickets import holidays_from_calendar, tickets_from_calendar, tickets_from_csv
from magistrate.errors import PlaybookError

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//corp.example//changes//EN
BEGIN:VEVENT
UID:1@corp.example
SUMMARY:CHG0031187 patch window
DTSTART:20260302T180000Z
DTEND:20260302T220000Z
DESCRIPTION:hosts: srv01\\, srv02\\naccounts: CORP\\\\adm_change
END:VEVENT
BEGIN:VEVENT
UID:2@corp.example
SUMMARY:Team lunch
DTSTART:20260303T110000Z
DTEND:20260303T120000Z
END:VEVENT
{more}END:VCALENDAR
"""

WEEKLY = """BEGIN:VEVENT
UID:3@corp.example
SUMMARY:Weekly job
DTSTART;TZID=Europe/Berlin:20260322T220000
DTEND;TZID=Europe/Berlin:20260322T230000
RRULE:FREQ=WEEKLY;COUNT=2
DESCRIPTION:hosts: srv01\\naccounts: NT AUTHORITY\\\\SYSTEM
END:VEVENT
"""


def calendar(more: str = "") -> bytes:
    return CALENDAR.replace("{more}", more).replace("\n", "\r\n").encode()


def test_a_list_gives_its_tickets_in_order():
    found = tickets_from_csv(
        "id;hosts;accounts;start;end\nCHG1;srv01|srv02;CORP\\adm;2026-03-02T08:00+01:00;2026-03-02T09:00Z\n",
        "c.csv",
    )

    assert found.tickets == (
        Ticket(
            "CHG1",
            ("srv01", "srv02"),
            ("CORP\\adm",),
            datetime(2026, 3, 2, 7, tzinfo=UTC),
            datetime(2026, 3, 2, 9, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",srv01,adm,2026-03-02T08:00Z,2026-03-02T09:00Z", "id must not be empty"),
        ("C1,*,adm,2026-03-02T08:00Z,2026-03-02T09:00Z", "without wildcards"),
        ("C1,srv01,adm,2026-03-02 08:00,2026-03-02T09:00Z", "needs its zone"),
        ("C1,srv01,adm,tomorrow,2026-03-02T09:00Z", "is not a time"),
        ("C1,srv01,adm,2026-03-02T09:00Z,2026-03-02T08:00Z", "end must lie after"),
    ],
)
def test_a_row_that_is_wrong_is_named_with_its_line(row, problem):
    found = tickets_from_csv(f"id,hosts,accounts,start,end\n{row}\n", "c.csv")

    assert found.tickets == ()
    assert found.problems[0].startswith("c.csv:2: ")
    assert problem in found.problems[0]


def test_a_list_without_its_columns_is_refused():
    assert tickets_from_csv("number,host\n1,2\n", "c.csv").problems == (
        "c.csv:1: the heading lacks id, hosts, accounts, start, end",
    )


def test_an_exercise_needs_its_approval():
    head = "id,hosts,accounts,start,end,kind,approved_by\n"
    row = "X1,srv01,adm,2026-03-02T08:00Z,2026-03-02T09:00Z,exercise,"

    assert "needs approved_by" in tickets_from_csv(f"{head}{row}\n", "c.csv").problems[0]
    assert tickets_from_csv(f"{head}{row}lead\n", "c.csv").tickets[0].approved_by == "lead"


def test_a_calendar_entry_counts_only_with_hosts_and_accounts():
    found = tickets_from_calendar(calendar(), "w.ics", None)

    assert [(t.id, t.hosts, t.accounts) for t in found.tickets] == [
        ("CHG0031187", ("srv01", "srv02"), ("CORP\\adm_change",))
    ]
    assert found.left_out == 1


def test_a_repeating_window_keeps_its_local_hour_when_the_clocks_change():
    found = tickets_from_calendar(calendar(WEEKLY), "w.ics", None)
    weekly = [t for t in found.tickets if t.id.startswith("3@")]

    assert [t.start.hour for t in weekly] == [21, 20]
    assert weekly[0].accounts == ("NT AUTHORITY\\SYSTEM",)


def test_a_time_without_zone_takes_the_site_s_or_is_refused():
    floating = WEEKLY.replace(";TZID=Europe/Berlin", "").replace("RRULE:FREQ=WEEKLY;COUNT=2\n", "")
    with_zone = tickets_from_calendar(calendar(floating), "w.ics", "Europe/Berlin")

    assert with_zone.tickets[-1].start == datetime(2026, 3, 22, 21, tzinfo=UTC)
    assert "no zone" in tickets_from_calendar(calendar(floating), "w.ics", None).problems[0]


def test_holidays_are_the_all_day_events():
    event = "BEGIN:VEVENT\nUID:9\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227\nEND:VEVENT\n"

    assert holidays_from_calendar(calendar(event), "h.ics") == ((date(2026, 12, 25), date(2026, 12, 26)), ())


@given(st.binary(max_size=300))
def test_any_bytes_are_a_calendar_or_a_problem(content):
    found = tickets_from_calendar(b"BEGIN:VCALENDAR\r\n" + content, "x.ics", None)

    assert found.tickets == ()


def test_a_context_file_names_lists_and_calendars_beside_it(tmp_path):
    (tmp_path / "w.ics").write_bytes(calendar())
    (tmp_path / "c.csv").write_text(
        "id,hosts,accounts,start,end\nC1,s,a,2026-03-02T08:00Z,2026-03-02T09:00Z\n"
    )
    (tmp_path / "site.yml").write_text("tickets_from: [c.csv, w.ics]\n")

    context = load_context(tmp_path / "site.yml")

    assert [ticket.id for ticket in context.tickets] == ["C1", "CHG0031187"]
    assert context.remarks == (
        "w.ics: 1 of 2 calendar entries name no hosts or no accounts and were left out",
    )


@pytest.mark.parametrize("name", ["../c.csv", "/etc/c.csv", "c.txt", "nothing.csv"])
def test_a_file_outside_the_folder_or_missing_is_refused_with_its_line(tmp_path, name):
    (tmp_path / "site.yml").write_text(f"zone: UTC\ntickets_from: [{name}]\n")

    with pytest.raises(PlaybookError, match=r"site\.yml:2: tickets_from\[0\]"):
        load_context(tmp_path / "site.yml")
