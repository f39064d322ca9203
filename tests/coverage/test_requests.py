"""Claims about the collection request."""

from __future__ import annotations

import pytest
from tests.coverage.cases import SYSMON, WMI, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.requests import collection_requests, export_command
from magistrate.sources.base import Intake


def requests(case, **options):
    return collection_requests(assess_coverage(case.store(), Intake(), None, None), **options)


def test_a_missing_log_is_exported_and_not_switched_on():
    (found,) = requests(Case().fill("Security", 200))

    assert (
        r"wevtutil epl Microsoft-Windows-WMI-Activity/Operational C:\IR\Microsoft-Windows-WMI-Activity-Operational.evtx"
        in found.collect
    )
    assert not any("WMI-Activity" in line for line in found.turn_on)


def test_what_is_off_is_switched_on_by_guid():
    (found,) = requests(Case().fill("Security", 200))

    assert (
        "auditpol /set /subcategory:{0CCE922B-69AE-11D9-BED3-505054503030} /success:enable" in found.turn_on
    )


def test_what_needs_no_command_is_asked_for():
    (found,) = requests(Case().fill("Security", 200))

    assert any("wmimgmt.msc" in line for line in found.ask)


@pytest.mark.parametrize(("channel", "asked"), [(SYSMON, True), ("Security", False)])
def test_sysmon_is_configured_only_where_it_is(channel, asked):
    (found,) = requests(Case().fill(channel, 200))

    assert bool(found.sysmon) is asked
    assert not any("Sysmon" in line for line in found.collect)


def test_hosts_that_lack_the_same_share_a_request():
    (found,) = requests(Case().fill("Security", 200, host="a").fill("Security", 200, host="b"))

    assert found.hosts == ("a", "b")


def test_a_sensor_is_asked_for_and_never_exported_by_command():
    (found,) = requests(Case().fill("Security", 200), further=True)

    assert any("conn.log" in line for line in found.ask)
    assert not any("Zeek" in line or "Device" in line for line in found.collect)


def test_nothing_is_asked_of_no_host():
    assert requests(Case()) == ()


def test_a_channel_with_a_space_is_quoted():
    assert (
        export_command("Windows PowerShell")
        == r'wevtutil epl "Windows PowerShell" C:\IR\Windows-PowerShell.evtx'
    )


@pytest.mark.parametrize("name", ["", "a & calc", 'a" b', "a\nb", "%PATH%"])
def test_a_name_that_a_prompt_would_read_as_more_is_refused(name):
    with pytest.raises(ValueError, match="not a channel name"):
        export_command(name)


def test_the_request_names_what_it_opens():
    (found,) = requests(Case().fill("Security", 200).add(WMI, 5857))

    assert "process creation" in found.why
    assert "WMI operations" not in found.why
