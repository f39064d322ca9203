"""One story per operator session: activities joined by session, output name, pair, actor and time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, may_be_one_account, short_host
from magistrate.activity.model import Account, Activity, Confidence, Join, Kind, OriginClass, Story

if TYPE_CHECKING:
    from magistrate.activity.hosts import HostMap
    from magistrate.activity.model import SourceTrace

SESSION_GAP = timedelta(minutes=60)
"""Silence that ends an operator session; commands of a live shell were measured up to 29 s after its logon and
look-around windows are -60 minutes (triage practice 2.10)."""
PAIR_GAP = timedelta(minutes=5)
"""Source command and target process of one call: under 1 s measured, clocks of one domain differ by up to the
Kerberos limit of 5 minutes (telemetry notes 5.1)."""
_PAIR_LOOK = 200
"""Acts before and after a client that are looked at for its own; the nearest is nearly always the first."""
SUBSCRIPTION_GAP = timedelta(hours=24)
CREDENTIAL_GAP = timedelta(seconds=60)

_CONFIDENCE = {Confidence.HIGH: 0, Confidence.MODERATE: 1, Confidence.LOW: 2}
_NO_TIME = datetime.max.replace(tzinfo=UTC)


class _Groups:
    """Union of activities by their position."""

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, item: int) -> int:
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]
            item = self._parent[item]
        return item

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self._parent[second] = first


Key = Callable[[Activity], Iterable[Hashable]]


def _join_neighbours(activities: Sequence[Activity], groups: _Groups, keys: Key, gap: timedelta) -> None:
    """Join activities that share a key and follow each other within the gap."""
    last: dict[Hashable, int] = {}
    for index, activity in enumerate(activities):
        for key in keys(activity):
            before = last.get(key)
            if before is not None and _within(activities[before], activity, gap):
                groups.join(before, index)
            last[key] = index


def _within(earlier: Activity, later: Activity, gap: timedelta) -> bool:
    if earlier.utc is None or later.utc is None:
        return True
    return abs(later.utc - earlier.utc) <= gap


def _session_key(activity: Activity) -> list[Hashable]:
    account = activity.identity.account
    if account is None or account.logon_id is None or account.logon_id in (0x3E7, 0x3E4, 0x3E5):
        return []
    return [("session", activity.host, account.logon_id)]


def _output_key(activity: Activity) -> list[Hashable]:
    name = activity.fact("command.output_name") or activity.fact("file.output_name")
    return [("output", activity.host, name.lower())] if name else []


def _actor_key(activity: Activity) -> list[Hashable]:
    """Same person from the same source, whatever the target: a campaign; or on the same host, locally."""
    account = activity.identity.account
    if account is None or not account_name(account.name):
        source = activity.identity.source_ip
        return [("source", source)] if source else []
    who = account_name(account.name)
    source = activity.identity.source_host or activity.identity.source_ip
    from_elsewhere = activity.identity.origin is OriginClass.REMOTE and source
    # One account that reaches a host from two places is two stories: one of them may be a thief.
    keys: list[Hashable] = [] if from_elsewhere else [("actor-host", who, activity.host)]
    if source:
        keys.append(("actor-source", who, short_host(source)))
    if activity.kind in (Kind.CLIENT, Kind.SCRIPT, Kind.CREDENTIAL):
        keys.append(("actor-source", who, short_host(activity.host)))
    return keys


def _join_pairs(activities: Sequence[Activity], groups: _Groups, hosts: HostMap) -> None:
    """Join a client that names a target with the nearest act on that target that may be its own.

    Acts on one target are not joined to each other here: two people may use it within minutes.
    """
    on_target: dict[str, list[int]] = {}
    for index, activity in enumerate(activities):
        remote = activity.identity.origin in (OriginClass.REMOTE, OriginClass.UNKNOWN)
        if remote and activity.kind in (Kind.CHILD, Kind.OPERATION, Kind.REGISTRY):
            on_target.setdefault(short_host(activity.host), []).append(index)
    for index, client in enumerate(activities):
        for target in client.targets:
            near = on_target.get(short_host(hosts.key_of(target) or target), [])
            at = bisect_left(near, index)
            later, earlier = near[at : at + _PAIR_LOOK], near[max(0, at - _PAIR_LOOK) : at][::-1]
            for other in (*later, *earlier):
                if _within(client, activities[other], PAIR_GAP) and _may_be_one_call(
                    client, activities[other]
                ):
                    groups.join(index, other)
                    break


def _may_be_one_call(client: Activity, act: Activity) -> bool:
    """The act ran as the client's user, as the credential that it used, or as nobody knows whom."""
    if act.identity.account is None or client.identity.account is None:
        return True
    used = (client.identity.account.name, client.fact("wmic.user"), client.fact("credential.account"))
    return any(may_be_one_account(act.identity.account.name, name) for name in used)


def _subscription_key(activity: Activity) -> list[Hashable]:
    touches = activity.operation == "subscription" or activity.fact("child.consumer") == "true"
    return [("subscription", activity.host)] if touches else []


def _local_call_key(activity: Activity) -> list[Hashable]:
    """A local client that starts a process, and the child that the provider starts for it."""
    starts = (
        activity.kind in (Kind.CLIENT, Kind.SCRIPT)
        and not activity.targets
        and activity.operation == "process_create"
    )
    child = activity.kind is Kind.CHILD and activity.identity.origin is not OriginClass.REMOTE
    return [("local-call", activity.host)] if starts or child else []


def _credential_key(activity: Activity) -> list[Hashable]:
    used = activity.kind is Kind.CREDENTIAL or (
        activity.kind is Kind.CLIENT and "wmic" in (activity.image or "").lower()
    )
    return [("credential", activity.host)] if used else []


def _join_effects(activities: Sequence[Activity], groups: _Groups) -> None:
    """Join registry writes and files to the child before them on the host, else to the next one.

    Children are not joined to each other here: two people may act on one host within minutes.
    """
    last_child: dict[str, int] = {}
    waiting: dict[str, list[int]] = {}
    for index, activity in enumerate(activities):
        host = activity.host
        if activity.kind is Kind.CHILD:
            for effect in waiting.pop(host, []):
                if _within(activities[effect], activity, PAIR_GAP):
                    groups.join(effect, index)
            last_child[host] = index
        elif activity.kind in (Kind.REGISTRY, Kind.FILE):
            before = last_child.get(host)
            if before is not None and _within(activities[before], activity, PAIR_GAP):
                groups.join(before, index)
                continue
            alone = waiting.setdefault(host, [])
            if alone and _within(activities[alone[-1]], activity, PAIR_GAP):
                groups.join(alone[-1], index)
            alone.append(index)


def _join_calls(activities: Sequence[Activity], groups: _Groups, hosts: HostMap) -> None:
    """Join calls seen on the wire with the nearest act that may be theirs.

    That is an act on the same host from the same address, or from one that nobody recorded, or a client on the source
    that names the target. A sensor tells addresses, not sessions, so calls never join two acts to each other.
    """
    acts: dict[str, list[int]] = {}
    for index, activity in enumerate(activities):
        if activity.kind is not Kind.NETWORK:
            for host in (activity.host, *activity.targets):
                acts.setdefault(hosts.key_of(host) or host, []).append(index)
    for index, call in enumerate(activities):
        if call.kind is not Kind.NETWORK:
            continue
        near = [
            (_distance(call, activities[other]), other)
            for other in acts.get(call.host, [])
            if _within(call, activities[other], PAIR_GAP) and _same_source(call, activities[other], hosts)
        ]
        if near:
            groups.join(index, min(near)[1])


def _distance(one: Activity, other: Activity) -> timedelta:
    return abs(one.utc - other.utc) if one.utc and other.utc else timedelta.max


def _same_source(call: Activity, act: Activity, hosts: HostMap) -> bool:
    client = call.identity.source_ip
    if act.kind not in _ON_TARGET:
        return hosts.is_own(act.host, client) or hosts.key_of(client) == act.host
    remote = act.identity.origin in (OriginClass.REMOTE, OriginClass.UNKNOWN)
    return remote and act.identity.source_ip in (None, client)


def build_stories(
    activities: Sequence[Activity], hosts: HostMap, source_traces: dict[str, tuple[SourceTrace, ...]]
) -> tuple[Story, ...]:
    """Group activities into stories.

    Args:
        activities: every activity of the case.
        hosts: names and addresses.
        source_traces: what the source hosts show, by activity id.

    Returns:
        Stories in order of their first time, background last. Background activities never join an operator's story.
    """
    ordered = sorted(activities, key=_order)
    foreground = [a for a in ordered if a.background is None]
    groups = _Groups(len(foreground))
    _join_neighbours(foreground, groups, _session_key, SESSION_GAP)
    _join_neighbours(foreground, groups, _output_key, SUBSCRIPTION_GAP)
    _join_neighbours(foreground, groups, _actor_key, SESSION_GAP)
    _join_pairs(foreground, groups, hosts)
    _join_neighbours(foreground, groups, _subscription_key, SUBSCRIPTION_GAP)
    _join_neighbours(foreground, groups, _local_call_key, CREDENTIAL_GAP)
    _join_neighbours(foreground, groups, _credential_key, CREDENTIAL_GAP)
    _join_effects(foreground, groups)
    _join_calls(foreground, groups, hosts)
    members: dict[int, list[Activity]] = {}
    for index, activity in enumerate(foreground):
        members.setdefault(groups.root(index), []).append(activity)
    stories = [_story(group, hosts, source_traces, background=False) for group in members.values()]
    quiet: dict[tuple[str, str], list[Activity]] = {}
    for activity in ordered:
        if activity.background is not None:
            quiet.setdefault((activity.host, activity.background), []).append(activity)
    stories += [_story(group, hosts, {}, background=True) for _, group in sorted(quiet.items())]
    return tuple(sorted(stories, key=lambda s: (s.background, s.first or _NO_TIME, s.id)))


def _order(activity: Activity) -> tuple[datetime, str, str]:
    return (activity.utc or _NO_TIME, activity.host, activity.id)


def _story(
    group: Sequence[Activity],
    hosts: HostMap,
    source_traces: dict[str, tuple[SourceTrace, ...]],
    *,
    background: bool,
) -> Story:
    lead = _leading(group)
    identity = lead.identity
    traces = tuple(dict.fromkeys(trace for activity in group for trace in source_traces.get(activity.id, ())))
    source_host, source_ip, claimed = _source(group, hosts)
    times = [activity.utc for activity in group if activity.utc is not None]
    accounts = _accounts(group)
    return Story(
        id="s-" + min(activity.id for activity in group)[2:],
        origin=_origin(group),
        methods=tuple(sorted({method for activity in group for method in activity.methods})),
        account=identity.account or (accounts[0] if accounts else None),
        identity=identity,
        source_ip=source_ip,
        source_host=source_host,
        target_hosts=_targets(group, hosts, source_host),
        transport=next(
            (a.identity.transport for a in group if a.identity.transport not in (None, "local")),
            identity.transport,
        ),
        first=min(times, default=None),
        last=max(times, default=None),
        activities=tuple(group),
        source_traces=traces,
        session_opened=_session_opened(group),
        background=background,
        source_host_claimed=claimed,
        accounts=accounts,
    )


def _leading(group: Sequence[Activity]) -> Activity:
    """The activity whose identity speaks for the story.

    A person goes before a service account (a consumer runs as SYSTEM for whoever made it), a remote session before a
    local one; a conflict must show; then what ran, then the surest join.
    """
    weight = {Kind.CHILD: 0, Kind.CLIENT: 1, Kind.SCRIPT: 2, Kind.OPERATION: 3, Kind.SUBSCRIPTION: 3}

    def rank(activity: Activity) -> tuple[int, int, int, int, int, datetime, str]:
        identity = activity.identity
        conflict = identity.join is Join.AMBIGUOUS
        nobody = identity.account is None and not conflict
        service = identity.origin in _SERVICES
        remote = identity.origin is OriginClass.REMOTE or bool(activity.targets)
        return (
            2 if nobody else int(service),
            0 if remote else 1,
            0 if conflict else 1,
            weight.get(activity.kind, 4),
            _CONFIDENCE[identity.confidence],
            *_order(activity)[:2],
        )

    return min(group, key=rank)


def _origin(group: Sequence[Activity]) -> OriginClass:
    origins = [activity.identity.origin for activity in group]
    if OriginClass.REMOTE in origins or any(activity.targets for activity in group):
        return OriginClass.REMOTE
    for wanted in (OriginClass.LOCAL, OriginClass.BATCH, OriginClass.SERVICE, OriginClass.UNKNOWN):
        if wanted in origins:
            return wanted
    return origins[0]


def _source(group: Sequence[Activity], hosts: HostMap) -> tuple[str | None, str | None, bool]:
    """Source host and address: what the target saw first, else the host whose client named a target.

    The third value says that the name is only what the caller called itself, and no record of that host shows it.
    """
    remote = [a.identity for a in group if a.identity.origin is OriginClass.REMOTE and a.kind in _ON_TARGET]
    remote.sort(key=lambda i: (_CONFIDENCE[i.confidence], i.source_ip or "~", i.source_host or "~"))
    ip = next((i.source_ip for i in remote if i.source_ip), None)
    named = next((i for i in remote if i.source_host), None)
    name = named.source_host if named is not None else None
    clients = sorted({a.host for a in group if a.targets and a.kind not in _ON_TARGET})
    if name is None and clients:
        name = clients[0]
    if name is not None:
        name = hosts.key_of(name) or name
    return name, ip, named is not None and named.source_host_claimed and name not in clients


_ON_TARGET = (Kind.CHILD, Kind.OPERATION, Kind.FILE, Kind.REGISTRY, Kind.SUBSCRIPTION, Kind.NETWORK)


def _targets(group: Sequence[Activity], hosts: HostMap, source: str | None) -> tuple[str, ...]:
    named = {hosts.key_of(target) or target for activity in group for target in activity.targets}
    on_target = {a.host for a in group if a.kind in _ON_TARGET}
    local = {a.host for a in group if not a.targets and a.kind not in _ON_TARGET and a.host != source}
    found = named | on_target | local
    return tuple(sorted(found or {activity.host for activity in group}))


def _accounts(group: Sequence[Activity]) -> tuple[Account, ...]:
    """Acting accounts in order of appearance, then credentials that they used; service accounts only when alone."""
    people: dict[str, Account] = {}
    services: dict[str, Account] = {}
    for activity in group:
        account = activity.identity.account
        if account is None or not account_name(account.name):
            continue
        is_service = activity.identity.origin in _SERVICES
        (services if is_service else people).setdefault(account_name(account.name), account)
    for activity in group:
        for name in ("credential.account", "wmic.user"):
            used = activity.fact(name)
            if used and account_name(used):
                people.setdefault(account_name(used), Account(used))
    return tuple((people or services).values())


_SERVICES = (OriginClass.SYSTEM, OriginClass.NETWORK_SERVICE, OriginClass.LOCAL_SERVICE)


def _session_opened(group: Sequence[Activity]) -> str | None:
    """When the operator's tool was started by the operator's clock, from the output file name."""
    for activity in group:
        epoch = activity.fact("command.output_epoch")
        if epoch and epoch.isdigit():
            return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None
