"""Claims about clock differences between hosts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.coverage.cases import SYSMON, T0, Case

from magistrate.coverage.model import Skew
from magistrate.coverage.skew import estimate_skews, relate_clocks

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


def test_t_time_2_a_logon_and_the_callers_connection_give_the_skew():
    case = Case()
    for number, late in enumerate((5.0, 5.25, 5.5)):
        port = 50_001 + number
        case.add(SYSMON, 3, number * 60, **A, SourcePort=port, Initiated=True)
        case.add("Security", 4624, number * 60 + late, host="b", SourceIp="10.0.0.1", SourcePort=port)

    assert estimate_skews(case.store()) == (
        Skew("a", "b", "mixed", 5.25, 3, 5.0, 5.5, "logon_connection", spread_seconds=0.5),
    )


def test_t_time_2_a_kerberos_ticket_gives_the_skew_to_the_domain_controller():
    guid = "11111111-2222-3333-4444-555555555555"
    case = Case().add("Security", 4769, 0, host="dc", LogonGuid=guid)
    case.add("Security", 4624, -2.5, host="srv", LogonGuid=guid)

    assert [(item.method, item.seconds) for item in estimate_skews(case.store())] == [("ticket", -2.5)]


def test_a_logon_guid_of_zeros_ties_nothing():
    guid = "00000000-0000-0000-0000-000000000000"
    case = Case().add("Security", 4769, 0, host="dc", LogonGuid=guid)
    case.add("Security", 4624, 1, host="srv", LogonGuid=guid)

    assert estimate_skews(case.store()) == ()


@pytest.mark.parametrize("count", range(1, 12))
def test_the_picked_samples_give_the_median_and_the_ends_of_any_number(count):
    case = Case()
    for number in range(count):
        case.add(SYSMON, 3, number * 60, **A, SourcePort=50_001 + number)
        case.add(SYSMON, 3, number * 60 + number, **(A | {"host": "b"}), SourcePort=50_001 + number)
    (found,) = estimate_skews(case.store())

    assert (found.connections, found.lowest_seconds, found.highest_seconds) == (count, 0, count - 1)
    assert found.seconds == (count - 1) / 2


MEASURED = (Skew("a", "b", SYSMON, 3.4, 12, 3.2, 3.7, spread_seconds=0.2),)


def test_t_time_2_an_order_beyond_the_uncertainty_is_claimed_and_one_within_is_not():
    relation = relate_clocks(MEASURED, "a", "b")
    at = [relation.orders(T0, T0 + timedelta(seconds=3.4 + seconds)) for seconds in (-2, -0.4, 0, 0.4, 2)]

    assert at == [False, None, None, None, True]


def test_the_relation_turns_with_its_hosts():
    assert [relate_clocks(MEASURED, *pair).seconds for pair in (("a", "b"), ("b", "a"))] == [3.4, -3.4]


def test_the_statement_gives_difference_sample_spread_and_uncertainty():
    assert relate_clocks(MEASURED, "a", "b").statement == (
        "Clocks of a and b: b is 3.4 s ahead of a (median of 12 samples, spread 0.5 s, connections that both "
        "logged); an order within 0.5 s is not claimed."
    )


def test_channels_that_disagree_widen_the_uncertainty():
    other = Skew("a", "b", "Security", 0.1, 5, 0.0, 0.2)

    assert relate_clocks((*MEASURED, other), "a", "b").uncertainty_seconds == pytest.approx(3.3)


@pytest.mark.parametrize(
    ("first", "second", "seconds"),
    [
        ("a.corp.example", "b.corp.example", 5.0),
        ("a.corp.example", "b.example.com", 300.0),
        ("a", "b", 300.0),
    ],
)
def test_clocks_that_were_not_compared_are_assumed_and_said_to_be(first, second, seconds):
    relation = relate_clocks((), first, second)

    assert (relation.uncertainty_seconds, relation.samples) == (seconds, 0)
    assert "were not compared" in relation.statement
