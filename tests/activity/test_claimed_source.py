"""A name that only the caller tells is shown as the source and proves nothing."""

from __future__ import annotations

from datetime import date

import pytest

from activity.rows_of import logon, row, sysmon_start
from magistrate.activity.run import examine
from magistrate.context.model import Context, KnownGood
from magistrate.coverage.model import Coverage, HostCoverage
from magistrate.decision.situation import describe_situation
from magistrate.detections.register import covering_entries, source_of
from magistrate.playbooks.load import load_playbook
from magistrate.store.duckdb import DuckDBStore

PROVIDER = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"
MANAGEMENT = "mgmt01.corp.example"
ADDRESS = "10.9.3.77"
SID = "S-1-5-21-1111111111-2222222222-3333333333-2210"
ENTRY = KnownGood(
    id="KG-1",
    purpose="inventory",
    account_sid=SID,
    sources=("mgmt01",),
    targets=(),
    shape="cmd /c hostname",
    owner="team",
    ticket="CHG1",
    approved_by="lead",
    expires=date(2026, 12, 31),
)


def story_from(*more):
    rows = [
        logon(0, "CORP\\svc_disc", 0xABC, ADDRESS, WorkstationName="MGMT01", UserSid=SID),
        sysmon_start(1, CMD, PROVIDER, "CORP\\svc_disc", 0xABC, command="cmd.exe /c hostname"),
        row("system_state", "System", 6005, 0, host=MANAGEMENT),
        *more,
    ]
    store = DuckDBStore.in_memory(rows)
    try:
        (story,) = [story for story in examine(store, Context()) if not story.background]
    finally:
        store.close()
    return story


def examined(host):
    return Coverage(hosts=(HostCoverage(host, "A", "test", (), ()),))


def own_connection():
    return row(
        "network_connection",
        "Microsoft-Windows-Sysmon/Operational",
        3,
        0,
        host=MANAGEMENT,
        Initiated=True,
        SourceIp=ADDRESS,
        SourcePort=50000,
        DestinationIp="10.0.0.1",
        DestinationPort=135,
    )


def test_workstation_name_is_shown_and_marked_as_claimed():
    story = story_from()

    assert (story.source_host, story.source_host_claimed) == (MANAGEMENT, True)
    assert source_of(story, story.identity) == (ADDRESS, None)


def test_own_connection_of_the_host_proves_its_name():
    story = story_from(own_connection())

    assert (story.source_host, story.source_host_claimed) == (MANAGEMENT, False)


@pytest.mark.parametrize(("more", "covered"), [((), False), ((own_connection(),), True)])
def test_register_is_not_met_by_a_claimed_name(more, covered):
    story = story_from(*more)

    assert bool(covering_entries(Context(register=(ENTRY,)), story)) is covered


def test_claimed_host_is_not_taken_for_an_examined_source():
    seen = [
        describe_situation(load_playbook("t1047"), (story,), (), (), examined(MANAGEMENT), Context())
        for story in (story_from(), story_from(own_connection()))
    ]

    assert [case.stories[0].source_covered for case in seen] == [False, True]
