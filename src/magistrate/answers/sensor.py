"""What a network sensor (Zeek) saw between the addresses of a story: connections, WMI calls, bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

from magistrate.activity.rows import evidence_of, number, text
from magistrate.answers.queries import rows_of
from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from datetime import timedelta

    from magistrate.activity.hosts import HostMap
    from magistrate.activity.model import Story
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Store, Value


@dataclass(frozen=True, slots=True)
class SensorCall:
    """One WMI call on the wire, as interface and method."""

    story_id: str
    name: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class SensorView:
    """Connections (as rows), calls, and payload bytes to the server and back, by story id."""

    flows: Sequence[Row] = ()
    calls: Mapping[str, Sequence[SensorCall]] = field(default_factory=dict)
    bytes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def fetch_sensor(
    store: Store, stories: Sequence[Story], hosts: HostMap, before: timedelta, after: timedelta
) -> SensorView:
    """Fetch what a sensor saw between the addresses of each story; nothing where an end has no known address.

    A sensor's rows belong to no host of the case, so they are joined by both addresses and by time.
    """
    rows = [row for story in stories for row in _addresses(story, hosts, before, after)]
    columns: tuple[tuple[str, ColumnType], ...] = (
        ("story_id", "text"),
        ("address", "text"),
        ("from_time", "timestamp"),
        ("to_time", "timestamp"),
    )
    store.register("answer_address", columns, rows)
    flows = rows_of(store, "sensor_flows")
    calls: dict[str, list[SensorCall]] = {}
    for row in rows_of(store, "sensor_calls"):
        name = f"{text(row, 'RpcInterface')}::{text(row, 'Operation') or 'unknown call'}"
        proof = evidence_of(row, "RpcInterface", "Operation", "SourceIp", "DestinationIp", "DestinationPort")
        story = text(row, "story_id") or ""
        calls.setdefault(story, []).append(SensorCall(story, name, proof))
    sizes: dict[str, tuple[int, int]] = {}
    for row in flows:
        sent, back = number(row, "OrigBytes"), number(row, "RespBytes")
        if sent is not None and back is not None:
            before_sent, before_back = sizes.get(str(row["story_id"]), (0, 0))
            sizes[str(row["story_id"])] = (before_sent + sent, before_back + back)
    return SensorView(flows, calls, sizes)


def _addresses(story: Story, hosts: HostMap, before: timedelta, after: timedelta) -> list[dict[str, Value]]:
    if story.first is None or story.last is None:
        return []
    found = {story.source_ip.lower()} if story.source_ip else set()
    for name in story.hosts:
        key = hosts.key_of(name) or name
        found |= hosts.addresses.get(key, frozenset())
        found |= {address for address in hosts.owner if hosts.is_proven(key, address)}
        if _is_address(name):
            found.add(name.lower())
    return [
        {
            "story_id": story.id,
            "address": address,
            "from_time": story.first - before,
            "to_time": story.last + after,
        }
        for address in sorted(found)
    ]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
