"""Claims about channels, grades, losses and the whole of coverage."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from tests.coverage.cases import HOST, SYSMON, T0, WMI, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.grades import grade_host
from magistrate.coverage.model import Capability, ChannelCoverage, Coverage, Proof
from magistrate.coverage.window import Window
from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import FileIntake, Intake


def assess(case, intake=None):
    return assess_coverage(case.store(), intake or Intake(), T0, T0)


def full():
    """A host whose logs record everything that grade A asks for."""
    case = (
        Case().add("Security", 4688, Version=2, CommandLine="cmd").add("Security", 4624).add("Security", 5156)
    )
    return case.add(WMI, 5857)


def test_no_records_give_no_hosts():
    assert assess(Case()) == Coverage(hosts=())


def test_a_channel_is_measured():
    case = Case().add("Security", 4624, 0).add("Security", 4624, 10).add("Security", 4624, 70, RecordId=9)
    (channel,) = assess(case).host(HOST).channels

    assert channel == ChannelCoverage(
        HOST, "Security", 3, T0, T0 + timedelta(seconds=70), 60.0, holes=((3, 8),), missing_records=6,
        usual_gap_seconds=10.0, rare_gap_seconds=60.0, gap_from=T0 + timedelta(seconds=10), hole_count=1,
    )  # fmt: skip


def test_many_holes_are_counted_and_the_first_twenty_listed():
    case = Case()
    for number in range(50):
        case.add("Security", 4624, number, RecordId=number * 2)
    (channel,) = assess(case).host(HOST).channels

    assert (len(channel.holes), channel.holes[0], channel.missing_records) == (20, (1, 1), 49)


def test_records_without_host_or_channel_or_time_are_kept_apart():
    case = Case().add("Security", 4624, host=None, Channel=None, Timestamp=None)
    (host,) = assess(case).hosts

    assert (host.host, host.channels) == (
        "unknown",
        (ChannelCoverage("unknown", "unknown", 1, None, None, None),),
    )


def test_the_case_spans_all_hosts():
    coverage = assess(Case().add("Security", 4624, -5).add("System", 6005, 9, host="b"))

    assert (coverage.first, coverage.last) == (T0 - timedelta(seconds=5), T0 + timedelta(seconds=9))


def test_everything_recorded_is_grade_a():
    assert assess(full()).host(HOST).grade == "A"


@pytest.mark.parametrize(
    ("removed", "grade"),
    [
        ((5156,), "B"),
        ((5857,), "B"),
        ((4624,), "C"),
        ((4688,), "C"),
        ((4688, 4624), "D"),
        ((4624, 5156, 5857), "C"),
    ],
)
def test_a_missing_source_lowers_the_grade(removed, grade):
    case = full()
    case.rows = [row for row in case.rows if row["EventID"] not in removed]

    assert assess(case).host(HOST).grade == grade


def test_sysmon_network_records_are_enough_for_grade_a():
    case = full().add(SYSMON, 3)
    case.rows = [row for row in case.rows if row["EventID"] != 5156]

    assert assess(case).host(HOST).grade == "A"


def test_processes_without_command_lines_are_grade_c():
    case = Case().add("Security", 4688).add("Security", 4624)

    assert assess(case).host(HOST).grade == "C"


def test_the_reason_names_what_the_next_grade_lacks():
    case = full()
    case.rows = [row for row in case.rows if row["EventID"] != 4624]

    assert assess(case).host(HOST).grade_reason == (
        "Proved: process creation, command lines, logon ids of new processes, WMI operations, network connections. "
        "Not enough for B: logons (unknown)."
    )


@pytest.mark.parametrize("weakened", [Proof.PARTIAL, Proof.OFF, Proof.UNKNOWN])
def test_a_weaker_proof_never_gives_a_better_grade(weakened):
    names = ("process_creation", "command_line", "actor_logon_id", "logon", "wmi_activity", "network")
    best = [Capability(HOST, name, Proof.ON, "", "") for name in names]
    for position in range(len(best)):
        worse = list(best)
        worse[position] = Capability(HOST, names[position], weakened, "", "")

        assert grade_host(worse)[0] >= grade_host(best)[0]


def test_lost_records_are_counted_and_their_channel_is_damaged():
    intake = Intake(
        files=(FileIntake("Security.evtx", "aa", 1, "evtx", found=9, loaded=4, bad=3, refused=2),),
        issues=(
            ReadIssue("Security.evtx", "chunk", "bad header", records=3),
            ReadIssue("gone.evtx", "file", "empty"),
        ),
    )
    coverage = assess(full(), intake)

    assert coverage.lost_records == 5
    assert {item.channel: item.state for item in coverage.host(HOST).channels} == {
        "Security": "damaged", WMI: "present",
    }  # fmt: skip
    assert coverage.host(HOST).grade == "D"
    assert "Records were lost in files that hold Security." in coverage.host(HOST).grade_reason


def test_records_that_nothing_could_count_still_damage_the_channel():
    intake = Intake(issues=(ReadIssue("Security.evtx", "file", "cut short"),))
    channels = assess(full(), intake).host(HOST).channels

    assert [item.state for item in channels if item.channel == "Security"] == ["damaged"]


def test_the_order_of_records_does_not_matter():
    case = full().fill("Security", 40, -20).add("Security", 1102, 5).add("Security", 4624, 9, RecordId=999)
    shuffled = Case()
    shuffled.rows = random.Random(1).sample(case.rows, len(case.rows))

    assert assess(shuffled) == assess(case)


def test_an_open_window_reaches_over_all_time():
    start, end = Window(None, None).around(timedelta(days=1))

    assert (start.year, end.year) == (1601, 9999)


def test_one_known_end_of_the_window_is_enough():
    assert Window(None, T0).around(timedelta(minutes=1)) == (
        T0 - timedelta(minutes=1),
        T0 + timedelta(minutes=1),
    )
