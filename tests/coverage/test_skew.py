"""Claims about clock differences between hosts."""

from __future__ import annotations

from tests.coverage.cases import SYSMON, Case

from magistrate.coverage.skew import Skew, estimate_skews

A = {
    "host": "a",
    "SourceIp": "10.0.0.1",
    "DestinationIp": "10.0.0.2",
    "DestinationPort": 135,
    "Protocol": "tcp",
}


def test_the_median_of_shared_connections_is_the_skew():
    case = Case()
    for port, late in ((50_001, 3.25), (50_002, 3.5), (50_003, 4.0)):
        case.add(SYSMON, 3, port, **A, SourcePort=port)
        case.add(SYSMON, 3, port + late, **(A | {"host": "b", "Protocol": "6"}), SourcePort=port)

    assert estimate_skews(case.store()) == (Skew("a", "b", SYSMON, 3.5, 3, 3.25, 4.0, spread_seconds=0.75),)


def test_the_two_sides_may_disagree_on_the_direction():
    case = Case().add(SYSMON, 3, 0, **A, SourcePort=50_001)
    turned = {
        "SourceIp": "10.0.0.2",
        "SourcePort": 135,
        "DestinationIp": "10.0.0.1",
        "DestinationPort": 50_001,
    }
    case.add(SYSMON, 3, 1, **(A | {"host": "b"} | turned))

    assert [item.seconds for item in estimate_skews(case.store())] == [1.0]


def test_channels_are_estimated_apart():
    case = Case().add(SYSMON, 3, 0, **A, SourcePort=50_001).add("Security", 5156, 1, **A, SourcePort=50_001)
    case.add(SYSMON, 3, 2, **(A | {"host": "b"}), SourcePort=50_001)

    assert [(item.channel, item.seconds) for item in estimate_skews(case.store())] == [
        (SYSMON, 2.0),
        ("mixed", 1.0),
    ]


def test_a_connection_seen_twice_in_a_channel_is_left_out():
    case = Case().add(SYSMON, 3, 0, **A, SourcePort=50_001).add(SYSMON, 3, 9, **A, SourcePort=50_001)
    case.add(SYSMON, 3, 2, **(A | {"host": "b"}), SourcePort=50_001)

    assert estimate_skews(case.store()) == ()


def test_ports_used_again_hours_later_are_no_shared_connection():
    case = Case().add(SYSMON, 3, 0, **A, SourcePort=50_001)
    case.add(SYSMON, 3, 7200, **(A | {"host": "b"}), SourcePort=50_001)

    assert estimate_skews(case.store()) == ()


def test_without_a_shared_connection_there_is_no_estimate():
    assert estimate_skews(Case().add(SYSMON, 3, 0, **A, SourcePort=50_001).store()) == ()
