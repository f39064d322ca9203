"""Hosts that were reached and then reached out."""

from __future__ import annotations

import pytest

from activity.campaign_stories import by_time, move, unknown
from magistrate.activity.pivots import find_pivots

INBOUND = move("1", "ws1", "srv1")


def test_a_host_reached_and_then_reaching_out_is_a_pivot():
    (pivot,) = find_pivots([INBOUND, move("2", "srv1", "srv2", 2)], by_time)

    assert (pivot.source, pivot.host, pivot.target, pivot.ordered) == ("ws1", "srv1", "srv2", True)
    assert pivot.evidence_ids == ("e-1", "e-2")


@pytest.mark.parametrize(
    ("source", "target", "hours"),
    [("srv1", "srv2", 25), ("srv1", "srv2", -1), ("srv3", "srv2", 1), ("srv1", "ws1", 1)],
    ids=["a day later", "before", "another host", "back to the source"],
)
def test_near_misses_are_no_pivot(source, target, hours):
    assert find_pivots([INBOUND, move("2", source, target, hours)], by_time) == ()


def test_no_order_is_claimed_where_the_clocks_do_not_tell():
    (pivot,) = find_pivots([INBOUND, move("2", "srv1", "srv2", 0.01)], unknown)

    assert pivot.ordered is None
