"""Connections and share accesses joined to stories: which side serves, which transport, what followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from magistrate.activity.model import Kind
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.answers.queries import rows_of
from magistrate.answers.sensor import SensorCall, fetch_sensor
from magistrate.context.lookup import is_external_address
from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from magistrate.activity.hosts import HostMap
    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Store, Value

BEFORE = timedelta(seconds=20)
"""Network join window (triage practice 2.10): the flow comes up to 20 s before the process."""
AFTER = timedelta(seconds=60)
SERVICE_PORTS = {135: "DCOM", 24158: "DCOM", 5985: "WSMan", 5986: "WSMan", 445: "SMB"}
_DYNAMIC_FROM = 49_152


@dataclass(frozen=True, slots=True)
class ServiceFlow:
    """One connection near a story, turned so that the serving side is known. `owner` is the logging side's image."""

    story_id: str
    client: str
    server: str
    port: int
    transport: str
    owner: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A file on an administrative share touched from loopback and from exactly one other address."""

    story_id: str
    host: str
    name: str
    address: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class AfterEffect:
    """A connection to an outside address that a process of the story opened."""

    story_id: str
    destination: str
    port: int | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class StoryFlows:
    """Everything about the network that the records show near the stories of a case, by story id."""

    services: Mapping[str, Sequence[ServiceFlow]] = field(default_factory=dict)
    dynamic: Mapping[str, Sequence[ServiceFlow]] = field(default_factory=dict)
    read_backs: Mapping[str, Sequence[ReadBack]] = field(default_factory=dict)
    after: Mapping[str, Sequence[AfterEffect]] = field(default_factory=dict)
    recording: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, Sequence[SensorCall]] = field(default_factory=dict)
    bytes: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def wmi_flows(self, story: Story) -> tuple[ServiceFlow, ...]:
        """Connections on DCOM and WinRM ports; SMB alone is not WMI."""
        return tuple(flow for flow in self.services.get(story.id, ()) if flow.transport != "SMB")


_T = TypeVar("_T", ServiceFlow, ReadBack, AfterEffect)


def fetch_flows(
    store: Store,
    stories: Sequence[Story],
    hosts: HostMap,
    context: Context,
    *,
    after: timedelta,
    read_back: timedelta,
) -> StoryFlows:
    """Fetch the connections and share accesses near the stories.

    Args:
        store: the events of the case.
        stories: the stories; those without a time have no window and get nothing.
        hosts: names and addresses.
        context: tells which addresses are outside.
        after: how long after a process start its connections count as its effect.
        read_back: most time between the loopback and the remote touch of one file.
    """
    windows = list(_windows(stories, hosts))
    columns: tuple[tuple[str, ColumnType], ...] = (
        ("story_id", "text"),
        ("host", "text"),
        ("from_time", "timestamp"),
        ("to_time", "timestamp"),
    )
    store.register("answer_window", columns, windows)
    flows = [flow for row in rows_of(store, "service_flows") if (flow := _service(row, hosts)) is not None]
    peers = sorted({(f.story_id, f.evidence.host, side) for f in flows for side in (f.client, f.server)})
    spans = {(str(row["story_id"]), str(row["host"])): row for row in windows}
    store.register(
        "answer_peer",
        (*columns, ("peer", "text")),
        [
            {**spans[(story, host)], "peer": peer}
            for story, host, peer in peers
            if not hosts.is_own(host, peer)
        ],
    )
    dynamic = [flow for row in rows_of(store, "dynamic_flows") if (flow := _dynamic(row)) is not None]
    sensor = fetch_sensor(store, stories, hosts, BEFORE, AFTER)
    flows += [flow for row in sensor.flows if (flow := _sensed(row)) is not None]
    dynamic += [flow for row in sensor.flows if (flow := _dynamic(row)) is not None]
    return StoryFlows(
        services=_by_story(flows),
        dynamic=_by_story(dynamic),
        read_backs=_by_story(_read_backs(store, hosts, read_back)),
        after=_by_story(_after_effects(store, stories, context, after)),
        recording={str(row["host"]): number(row, "flows") or 0 for row in rows_of(store, "network_hosts")},
        calls=sensor.calls,
        bytes=sensor.bytes,
    )


def _by_story(items: Sequence[_T]) -> dict[str, list[_T]]:
    found: dict[str, list[_T]] = {}
    for item in items:
        found.setdefault(item.story_id, []).append(item)
    return found


def _windows(stories: Sequence[Story], hosts: HostMap) -> list[dict[str, Value]]:
    found: list[dict[str, Value]] = []
    for story in stories:
        if story.first is None or story.last is None:
            continue
        for host in sorted({hosts.key_of(name) or name for name in story.hosts}):
            found.append(
                {
                    "story_id": story.id,
                    "host": host,
                    "from_time": story.first - BEFORE,
                    "to_time": story.last + AFTER,
                }
            )
    return found


def _service(row: Row, hosts: HostMap) -> ServiceFlow | None:
    """Read which side serves: the one with the known port. Both sides known: the host's own address decides."""
    source, destination = (text(row, "SourceIp") or "").lower(), (text(row, "DestinationIp") or "").lower()
    source_port, port = number(row, "SourcePort"), number(row, "DestinationPort")
    host = text(row, "host") or ""
    inside = hosts.is_own(host, source) and hosts.is_own(host, destination)
    if not source or not destination or inside:
        return None  # a host talking to itself: usual on domain controllers
    serves_source = source_port in SERVICE_PORTS and port not in SERVICE_PORTS
    client, server, at = (destination, source, source_port) if serves_source else (source, destination, port)
    if at is None or at not in SERVICE_PORTS:
        return None
    return _flow(row, client, server, at, SERVICE_PORTS[at])


def _sensed(row: Row) -> ServiceFlow | None:
    """A connection that a sensor saw: it stands beside both ends, so the side that was called serves."""
    port = number(row, "DestinationPort")
    if port not in SERVICE_PORTS:
        return None
    source, destination = (text(row, "SourceIp") or "").lower(), (text(row, "DestinationIp") or "").lower()
    return _flow(row, source, destination, port, SERVICE_PORTS[port])


def _dynamic(row: Row) -> ServiceFlow | None:
    source, destination = (text(row, "SourceIp") or "").lower(), (text(row, "DestinationIp") or "").lower()
    port = number(row, "DestinationPort")
    if port is None or port < _DYNAMIC_FROM or source == destination:
        return None
    return _flow(row, source, destination, port, "DCOM")


def _flow(row: Row, client: str, server: str, port: int, transport: str) -> ServiceFlow:
    evidence = evidence_of(row, "Image", "SourceIp", "SourcePort", "DestinationIp", "DestinationPort")
    return ServiceFlow(
        text(row, "story_id") or "", client, server, port, transport, text(row, "Image"), evidence
    )


def _read_backs(store: Store, hosts: HostMap, within: timedelta) -> list[ReadBack]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows_of(store, "share_touches"):
        key = (text(row, "story_id") or "", text(row, "host") or "", text(row, "RelativeTargetName") or "")
        groups.setdefault(key, []).append(row)
    found = []
    for (story, host, name), rows in sorted(groups.items()):
        local = [row for row in rows if hosts.is_own(host, text(row, "SourceIp"))]
        remote = [row for row in rows if not hosts.is_own(host, text(row, "SourceIp"))]
        addresses = {(text(row, "SourceIp") or "").lower() for row in remote}
        if local and len(addresses) == 1 and _near(local[0], remote[0], within):
            columns = ("ShareName", "RelativeTargetName", "SourceIp", "User")
            proof = (evidence_of(local[0], *columns), evidence_of(remote[0], *columns))
            found.append(ReadBack(story, host, name, min(addresses), proof))
    return found


def _near(one: Row, other: Row, within: timedelta) -> bool:
    first, second = moment(one), moment(other)
    return first is not None and second is not None and abs(second - first) <= within


def _after_effects(
    store: Store, stories: Sequence[Story], context: Context, after: timedelta
) -> list[AfterEffect]:
    rows: list[dict[str, Value]] = []
    for story in stories:
        for activity in story.activities:
            if activity.kind not in (Kind.CHILD, Kind.CLIENT) or activity.utc is None:
                continue
            rows.append(
                {
                    "story_id": story.id,
                    "host": activity.host,
                    "process_key": activity.process_key,
                    "process_id": activity.process_id,
                    "from_time": activity.utc - timedelta(seconds=1),
                    "to_time": activity.utc + after,
                }
            )
    store.register(
        "answer_process",
        (
            ("story_id", "text"),
            ("host", "text"),
            ("process_key", "text"),
            ("process_id", "bigint"),
            ("from_time", "timestamp"),
            ("to_time", "timestamp"),
        ),
        rows,
    )
    found = []
    for row in rows_of(store, "outgoing_flows"):
        destination = text(row, "DestinationIp") or ""
        if is_external_address(context, destination):
            proof = evidence_of(row, "Image", "DestinationIp", "DestinationPort", "DestinationHostname")
            found.append(
                AfterEffect(text(row, "story_id") or "", destination, number(row, "DestinationPort"), proof)
            )
    return found
