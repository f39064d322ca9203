"""Finds every WMI activity of a case and groups them into stories."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magistrate.activity import children, clients, subscriptions, traces
from magistrate.activity.hosts import HostMap, map_hosts
from magistrate.activity.identity import IdentityResolver
from magistrate.activity.model import Activity, Kind, Story
from magistrate.activity.pairing import trace_sources
from magistrate.activity.rows import moment
from magistrate.activity.rpc_calls import rpc_activities
from magistrate.activity.sessions import Anchor, fetch_sessions
from magistrate.activity.stories import build_stories

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.processes import Process
    from magistrate.context.model import Context
    from magistrate.store.base import Row, Store


def examine(store: Store, context: Context) -> tuple[Story, ...]:
    """Find the WMI activities in the stored events and tell them as stories.

    Args:
        store: the events of the case.
        context: what the site knows (host addresses are used here).

    Returns:
        Stories in order of their first time; background stories last. Empty when nothing speaks of WMI, which is
        not the same as no coverage.
    """
    hosts = map_hosts(store, context)
    child_processes = children.find_child_processes(store)
    client_processes = clients.find_client_processes(store)
    scripts = clients.find_scripts(store)
    subscribed = subscriptions.find_subscriptions(store)
    anchors = _anchors(child_processes, (p for p, _ in client_processes), (row for row, _, _ in scripts))
    anchors += [Anchor(str(row["host"]), moment(row), None) for row in subscribed]
    sessions = fetch_sessions(store, anchors)
    resolver = IdentityResolver(sessions, hosts)
    under_host = {p.evidence[0].evidence_id for p in child_processes}
    found: list[Activity] = [
        children.child_activity(process, children.features_of(process), resolver)
        for process in child_processes
    ]
    found += [
        clients.client_activity(process, features, resolver)
        for process, features in client_processes
        if process.evidence[0].evidence_id not in under_host
    ]
    found += [
        a
        for row, whole, rows in scripts
        if (a := clients.script_activity(row, whole, rows, resolver)) is not None
    ]
    found += subscriptions.subscription_activities(subscribed, resolver)
    found += traces.operation_activities(store, resolver, hosts)
    found += traces.credential_activities(store, resolver, hosts)
    found += traces.registry_activities(store)
    found += traces.file_activities(store, hosts)
    found += rpc_activities(store, hosts)
    activities = _resolve_targets(found, hosts)
    return build_stories(activities, hosts, trace_sources(store, activities, sessions, hosts))


def _anchors(
    child_processes: Iterable[Process], client_processes: Iterable[Process], scripts: Iterable[Row]
) -> list[Anchor]:
    found = [Anchor(p.host, p.utc, p.logon_id) for p in child_processes]
    # Clients need only their own session: no window is opened for them, so that busy hosts stay cheap.
    found += [Anchor(p.host, None, p.logon_id) for p in client_processes if p.logon_id is not None]
    found += [Anchor(str(row["host"]), None, None) for row in scripts]
    return found


def _resolve_targets(found: list[Activity], hosts: HostMap) -> list[Activity]:
    """Drop targets that are the client's own host, and mark source names that only the caller tells."""
    resolved = []
    for activity in found:
        targets = tuple(t for t in activity.targets if hosts.key_of(t) != activity.host)
        identity = activity.identity
        name = identity.source_host
        if name is not None and not hosts.is_proven(name, identity.source_ip):
            identity = replace(identity, source_host_claimed=True)
        same = targets == activity.targets and identity is activity.identity
        resolved.append(activity if same else replace(activity, targets=targets, identity=identity))
    return resolved


def is_execution(story: Story) -> bool:
    """True when a story shows WMI used as a client or to run something.

    A subscription alone is T1546.003, and so is what its own consumer runs.
    """
    if story.background:
        return False
    subscribed = any(a.kind is Kind.SUBSCRIPTION for a in story.activities)
    return any(
        a.kind is not Kind.SUBSCRIPTION
        and not (
            a.fact("child.consumer") == "true"
            and (subscribed or a.fact("child.parent_name") == "scrcons.exe")
        )
        for a in story.activities
    )
