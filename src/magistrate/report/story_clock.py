"""What order of records on two hosts a story may claim, given how far their clocks agree (threat model T-TIME-2)."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from magistrate.coverage.skew import relate_clocks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from magistrate.activity.model import Story
    from magistrate.coverage.model import Skew

_PAIRS = 3  # a fan-out over many hosts says the same of each pair


def clock_statements(story: Story, skews: Iterable[Skew]) -> tuple[str, ...]:
    """Say for each pair of hosts whose records the story holds how their clocks stand and what order that allows.

    Returns:
        One statement a pair, at most three; empty for a story with records of one host, whose order is its own.
    """
    first_of = _first_records(story)
    known = tuple(skews)
    found = []
    for one, other in list(combinations(sorted(first_of), 2))[:_PAIRS]:
        relation = relate_clocks(known, one, other)
        before = relation.orders(first_of[one], first_of[other])
        apart = abs((first_of[other] - first_of[one]).total_seconds() - relation.seconds)
        came = (
            "which came first is not claimed" if before is None else f"{one if before else other} came first"
        )
        found.append(
            f"{relation.statement} The first records of this session on the two are {apart:.1f} s apart: {came}."
        )
    return tuple(found)


def _first_records(story: Story) -> dict[str, datetime]:
    """Time of the story's first record on each host; hosts are those whose own logs hold it."""
    found: dict[str, datetime] = {}
    records = [item for activity in story.activities for item in activity.evidence]
    records += [item for trace in story.source_traces for item in trace.evidence]
    for item in records:
        if item.utc is not None and item.host and not item.channel.startswith("Zeek/"):
            found[item.host] = min(found.get(item.host, item.utc), item.utc)
    return found
