"""Names that Event Viewer shows lead to providers and channels."""

from __future__ import annotations

import pytest

from magistrate.sources.shown_names import channel_of, provider_of


@pytest.mark.parametrize(
    ("shown", "event_id", "provider"),
    [
        ("Sysmon", 1, "Microsoft-Windows-Sysmon"),
        ("Microsoft Windows security auditing.", 4688, "Microsoft-Windows-Security-Auditing"),
        ("PowerShell (Microsoft-Windows-PowerShell)", 4104, "Microsoft-Windows-PowerShell"),
        ("PowerShell", 400, "PowerShell"),
        ("Eventlog", 1102, "Microsoft-Windows-Eventlog"),
        ("EventLog", 6005, "EventLog"),
        ("Some Product", 1, "Some Product"),
    ],
)
def test_a_shown_name_gives_its_provider(shown, event_id, provider):
    assert provider_of(shown, event_id) == provider


def test_the_provider_gives_the_channel_where_the_export_has_none():
    assert channel_of("Microsoft-Windows-Sysmon", 999) == "Microsoft-Windows-Sysmon/Operational"


def test_an_unknown_provider_has_no_channel():
    assert channel_of("Some Product", 1) == ""
