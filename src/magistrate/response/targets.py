"""What containment would act on: hosts, accounts, sources and subscriptions of the deciding stories."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magistrate.activity.model import Account, Confidence, Join, Kind, OriginClass
from magistrate.context.lookup import account_purpose, is_loopback_address, same_host
from magistrate.response.material import HostNames, Material, activity_evidence, evidence_ids, one_name_each
from magistrate.response.protection import NOT_JUDGED, protects
from magistrate.response.scope import AccountTarget, HostTarget, SourceTarget, SubscriptionTarget

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Activity, Story
    from magistrate.events.evidence import Evidence

_NO_PERSON = {"S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-7"}
_NULL_SID = "S-1-0-0"  # 4688 version 2 writes it for the target when only the name is known
# Sysmon 21: `CommandLineEventConsumer.Name="x"`, also with escaped quotes; WMI-Activity 5861: `CommandLineEventConsumer="x"`.
_PATH_NAME = re.compile(r"(?:\.Name|^\w+)\s*=\s*\\?\"(?P<name>(?:[^\"\\]|\\.)*?)\\?\"", re.IGNORECASE)
DEFAULT_NAMESPACE = "root\\subscription"


@dataclass(slots=True)
class _AccountNotes:
    name: str
    sids: set[str] = field(default_factory=set)
    logon_ids: set[int] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    activities: list[Activity] = field(default_factory=list)


def host_targets(material: Material) -> tuple[HostTarget, ...]:
    """Every host of the deciding stories, source included, each under one name, sorted; guards are not known yet."""
    names = one_name_each(name for story in material.deciding_stories for name in story.hosts)
    known = HostNames(names)
    pieces: dict[str, list[Evidence]] = {name: [] for name in names}
    addresses: dict[str, set[str]] = {name: set() for name in names}
    for story in material.deciding_stories:
        source = known.find(story.source_host) if story.source_host else None
        if source and story.source_ip and not is_loopback_address(story.source_ip):
            addresses[source].add(story.source_ip)
        seen = [(item.host, item.evidence) for item in story.activities]
        seen += [(item.host, item.evidence) for item in story.source_traces]
        for host, evidence in seen:
            name = known.find(host)
            if name is not None:
                pieces[name] += evidence
    return tuple(_host(material, name, addresses[name], evidence_ids(pieces[name])) for name in names)


def _host(material: Material, name: str, addresses: set[str], ids: tuple[str, ...]) -> HostTarget:
    channels = material.channels(name)
    found = material.coverage_of.get(name)
    directory = any(protects("host_channel", channel) for channel in channels)
    return HostTarget(
        name=name,
        guard=NOT_JUDGED,
        examined=found is not None,
        directory=directory or (found is not None and found.role == "domain_controller"),
        addresses=tuple(sorted(addresses)),
        lacks=tuple(item.id for item in material.playbook.collect_items if not channels & set(item.channels)),
        evidence_ids=ids,
    )


def account_targets(material: Material) -> tuple[AccountTarget, ...]:
    """Accounts that decisive or strong findings cite and that acted beyond dispute, sorted by name.

    Accounts of Windows itself are left out: nobody can disable SYSTEM.
    """
    notes: dict[str, _AccountNotes] = {}
    for story in material.deciding_stories:
        for activity in cited_activities(material, story):
            for account in _acting_accounts(activity):
                note = notes.setdefault(account.name.lower(), _AccountNotes(account.name))
                note.name = min(note.name, account.name)  # spellings differ between logs
                note.sids |= {account.sid} if account.sid and account.sid != _NULL_SID else set()
                note.logon_ids |= {account.logon_id} if account.logon_id else set()
                note.hosts.add(activity.host)
                note.activities.append(activity)
    found = (_account(material, note) for note in notes.values())
    return tuple(sorted(found, key=lambda item: (item.name.lower(), item.sid or "")))


def cited_activities(material: Material, story: Story) -> tuple[Activity, ...]:
    """Activities of a story that a decisive or strong finding names; all of them when it names the story only."""
    findings = [finding for finding in material.heavy_findings if finding.story_id == story.id]
    cited = {i for finding in findings for i in finding.activity_ids}
    whole = any(not finding.activity_ids for finding in findings)
    return tuple(a for a in story.activities if a.background is None and (whole or a.id in cited))


def _acting_accounts(activity: Activity) -> Iterable[Account]:
    """The settled actor, and the account whose credentials a 4648 shows in use."""
    identity = activity.identity
    if identity.account and is_settled(activity) and not _is_windows(identity.account, identity.origin):
        yield identity.account
    used = activity.fact("credential.account")
    if activity.kind is Kind.CREDENTIAL and used:
        yield Account(used)


def is_settled(activity: Activity) -> bool:
    """Whether the actor of an activity is beyond dispute.

    Confidence also speaks about the origin: an account that the record itself names is settled, even where only a
    flow or nothing at all tells where its session came from.
    """
    identity = activity.identity
    inferred = identity.join is Join.WINDOW and identity.confidence is Confidence.LOW
    doubtful = inferred or identity.join in (Join.AMBIGUOUS, Join.NONE)
    return identity.account is not None and not doubtful


def _is_windows(account: Account, origin: OriginClass) -> bool:
    own = (OriginClass.SYSTEM, OriginClass.NETWORK_SERVICE, OriginClass.LOCAL_SERVICE)
    return account.sid in _NO_PERSON or origin in own


def _account(material: Material, note: _AccountNotes) -> AccountTarget:
    name = note.name
    # One name with two SIDs is two accounts over time; then only the name is certain.
    sid = next(iter(note.sids)) if len(note.sids) == 1 else None
    domain = name.rpartition("\\")[0]
    purpose = account_purpose(material.context, name, sid)
    return AccountTarget(
        name=name,
        sid=sid,
        several_sids=len(note.sids) > 1,
        logon_ids=tuple(sorted(note.logon_ids)),
        hosts=tuple(sorted(note.hosts)),
        purpose=purpose.purpose if purpose else "",
        machine=name.endswith("$"),
        local=bool(domain) and (domain == "." or any(same_host(domain, host) for host in note.hosts)),
        guard=NOT_JUDGED,
        evidence_ids=evidence_ids(
            piece for a in note.activities for piece in (*a.evidence, *a.identity.evidence)
        ),
    )


def source_targets(material: Material) -> tuple[SourceTarget, ...]:
    """Source addresses of the deciding stories, own and loopback addresses left out, sorted."""
    stories: dict[str, list[Story]] = {}
    for story in material.deciding_stories:
        if story.source_ip and not is_loopback_address(story.source_ip):
            stories.setdefault(story.source_ip, []).append(story)
    return tuple(
        SourceTarget(
            address,
            NOT_JUDGED,
            one_name_each(host for story in group for host in story.target_hosts),
            evidence_ids(piece for story in group for piece in story.identity.evidence),
        )
        for address, group in sorted(stories.items())
    )


def subscription_targets(material: Material) -> tuple[SubscriptionTarget, ...]:
    """Permanent subscriptions to remove, one for each host, consumer and filter, sorted.

    A binding names both; a consumer without a binding leaves the filter to be filled in by hand.
    """
    seen = [a for a in material.traces(Kind.SUBSCRIPTION.value) if a.fact("subscription.part") != "temporary"]
    groups: dict[tuple[str, str, str, str], list[Activity]] = {}
    bound: set[tuple[str, str]] = set()
    for activity in seen:
        consumer = path_name(activity.fact("subscription.consumer"))
        if activity.fact("subscription.part") == "binding" and consumer:
            found = path_name(activity.fact("subscription.filter"))
            groups.setdefault((activity.host, _namespace(activity), consumer, found), []).append(activity)
            bound.add((activity.host, consumer))
    for activity in seen:
        name = path_name(activity.fact("subscription.name"))
        if activity.fact("subscription.part") == "consumer" and name and (activity.host, name) not in bound:
            groups.setdefault((activity.host, _namespace(activity), name, ""), []).append(activity)
    return tuple(
        SubscriptionTarget(*key, NOT_JUDGED, evidence_ids(activity_evidence(group)))
        for key, group in sorted(groups.items())
    )


def _namespace(activity: Activity) -> str:
    r"""Namespace as cmdlets take it; records write `//./root/subscription` and `\\.\root\subscription` too."""
    recorded = (activity.fact("subscription.namespace") or DEFAULT_NAMESPACE).replace("/", "\\")
    return recorded.removeprefix("\\\\.\\") or DEFAULT_NAMESPACE


def path_name(text: str | None) -> str:
    r"""The name inside an object path such as `CommandLineEventConsumer.Name="x"`; a plain name stays as it is."""
    value = (text or "").strip()
    match = _PATH_NAME.search(value)
    return match["name"] if match else value.strip('"')
