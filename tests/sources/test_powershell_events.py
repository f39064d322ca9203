"""Event objects of .NET become records whatever form PowerShell gave them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from magistrate.sources.local_dates import DateOrder, DateStyle
from magistrate.sources.powershell_events import record_from_properties

if TYPE_CHECKING:
    from magistrate.sources.base import RawRecord

STYLE = DateStyle(DateOrder.MONTH_FIRST)


def record(**properties: object) -> RawRecord | str:
    return record_from_properties(properties, STYLE, "raw", "line 1", "x.txt", 100)


def test_a_missing_log_name_is_the_channel_of_the_provider():
    found = record(Id="1", ProviderName="Microsoft-Windows-Sysmon", TimeCreated="3/13/2026 1:00:01 PM")

    assert (found.channel, found.computer, found.times) == (
        "Microsoft-Windows-Sysmon/Operational",
        "unknown host (x.txt)",
        {"TimeCreated": "2026-03-13 13:00:01"},
    )


def test_values_by_position_get_their_names():
    values = [
        {"Value": text} for text in ("example", "a.exe", "user mode service", "demand start", "LocalSystem")
    ]
    found = record(Id=7045, LogName="System", ProviderName="Service Control Manager", Properties=values)

    assert found.data["ImagePath"] == "a.exe"


@pytest.mark.parametrize("properties", [{}, {"Id": "1"}, {"LogName": "System"}])
def test_an_object_that_is_no_event_is_told(properties):
    assert "not a Windows event" in record(**properties)
