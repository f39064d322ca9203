"""Claims about names that may mean one machine, and a name that may mean several (threat model T-ID-1)."""

from __future__ import annotations

import pytest
from tests.coverage.cases import SYSMON, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.identity import find_candidates
from magistrate.sources.base import Intake


def candidates(case):
    """Kinds and hosts; the cases keep a channel of all hosts in one file, which is told apart."""
    found = find_candidates(case.store())
    return [(item.kind, item.hosts) for item in found if item.kind != "collector"]


def test_t_id_1_spellings_that_are_taken_for_one_host_are_shown():
    case = Case().add("Security", 4624, host="ws01.corp.example", Computer="WS01.corp.example.")
    case.add("Security", 4624, host="ws01.corp.example", Computer="ws01.corp.example")
    (found,) = find_candidates(case.store())

    assert (found.kind, "WS01.corp.example., ws01.corp.example" in found.statement) == ("spelling", True)


def test_t_id_1_a_short_and_a_full_name_are_candidates_and_stay_apart():
    case = Case().add("Security", 4624, host="ws01").add("System", 1, host="ws01.corp.example")
    coverage = assess_coverage(case.store(), Intake(), None, None)

    assert [(item.kind, item.hosts) for item in coverage.identities] == [
        ("short_name", ("ws01", "ws01.corp.example"))
    ]
    assert len(coverage.hosts) == 2


def test_different_names_are_no_candidates():
    assert candidates(Case().add("Security", 4624, host="ws01").add("Security", 4624, host="ws02")) == []


def renamed(gap=1, back=False):
    case = Case()
    for number in range(20):
        name = "old" if number < 10 else "new"
        seconds = -number if back and number >= 10 else number
        case.add(
            "Security", 4624, seconds, host=name, RecordId=500 + number + (gap - 1 if number >= 10 else 0)
        )
    return case


def test_t_id_1_record_ids_that_go_on_under_another_name_show_a_renamed_host():
    assert candidates(renamed()) == [("renamed", ("old", "new"))]


@pytest.mark.parametrize("options", [{"gap": 2}, {"back": True}])
def test_record_ids_that_do_not_go_on_show_nothing(options):
    assert candidates(renamed(**options)) == []


def processes(host, machine, count=3):
    return [(host, f"{machine}-{number:04d}-1111-2222-333333333333") for number in range(count)]


def sysmon(*keys):
    case = Case()
    for number, (host, key) in enumerate(keys):
        case.add(SYSMON, 1, number, host=host, ProcessGuid=key)
    return candidates(case)


def test_t_id_1_process_keys_of_one_machine_under_two_names_are_candidates():
    assert sysmon(*processes("pc01", "365abb72"), *processes("iewin7", "365abb72")) == [
        ("same_machine", ("iewin7", "pc01"))
    ]


def test_t_id_1_one_name_with_process_keys_of_two_machines_is_told():
    assert sysmon(*processes("pc01", "365abb72"), *processes("pc01", "747f3d96")) == [
        ("several_machines", ("pc01",))
    ]


def test_process_keys_that_a_tool_made_up_say_nothing():
    assert sysmon(*(pair for number in range(9) for pair in processes("pc01", f"{number:08x}"))) == []


def test_t_id_1_an_address_that_two_hosts_used_is_told():
    flow = {"SourceIp": "10.0.0.1", "Initiated": True}
    case = Case().add(SYSMON, 3, host="a", **flow).add(SYSMON, 3, 9, host="b", **flow)

    assert candidates(case) == [("same_address", ("a", "b"))]


def test_t_id_1_a_file_of_many_hosts_is_told_as_a_collectors():
    case = (
        Case()
        .add("Security", 4624, host="a", file="all.evtx")
        .add("Security", 4624, host="b", file="all.evtx")
    )
    (found,) = find_candidates(case.store())

    assert (found.kind, "all.evtx holds records of 2 hosts" in found.statement) == ("collector", True)


def test_an_address_of_many_hosts_is_a_pool_and_says_nothing():
    case = Case()
    for host in "abcd":
        case.add(SYSMON, 3, host=host, SourceIp="10.0.0.1", Initiated=True)

    assert candidates(case) == []


def test_addresses_of_a_gateway_say_nothing():
    case = Case().add(SYSMON, 3, host="a", SourceIp="10.0.0.1", Initiated=True)
    for number in range(9):
        case.add(SYSMON, 3, host="gateway", SourceIp=f"10.0.0.{number}", Initiated=True)

    assert candidates(case) == []
