"""Works out the scope of a case: what a plan is made from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.model import Kind
from magistrate.context.lookup import asset_of
from magistrate.coverage.model import Proof
from magistrate.response.material import Material, activity_evidence, evidence_ids
from magistrate.response.protection import guarded
from magistrate.response.scope import Reason, Scope
from magistrate.response.targets import (
    account_targets,
    cited_activities,
    host_targets,
    is_settled,
    source_targets,
    subscription_targets,
)
from magistrate.response.wording import some, time_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from magistrate.detections.finding import Finding

MARGIN = timedelta(hours=24)
"""How long before the earliest evidence a restore point must lie (triage practice 4.7)."""
_UNPROVED_GRADES = ("C", "D")


def scope_of(material: Material) -> Scope:
    """Everything of a case that a plan needs, guards included."""
    facts, reasons = _facts(material)
    first = _earliest(material)
    good = first - MARGIN if first else None
    deciding = [piece for finding in material.deciding_findings for piece in finding.evidence]
    scope = Scope(
        disposition=material.decision.disposition.value,
        severity=material.decision.severity,
        facts=tuple(name for name in material.playbook.card_facts if facts.get(name)),
        reasons=tuple(reasons),
        hosts=host_targets(material),
        accounts=account_targets(material),
        sources=source_targets(material),
        subscriptions=subscription_targets(material),
        disputed=tuple(dict.fromkeys(_disputed(material))),
        management=(),
        first_seen=time_text(first) if first else None,
        last_known_good=time_text(good) if good else None,
        last_seen=_last(material),
        uncovered=_uncovered(material, good),
        rebuild=tuple(_rebuild(material)),
        lacks=_lacks(material),
        credential_evidence=evidence_ids(p for f in _credentials(material) for p in f.evidence),
        evidence_ids=evidence_ids(deciding),
        context=None,
    )
    return guarded(scope, material.context)


def _facts(material: Material) -> tuple[dict[str, bool], list[Reason]]:
    """Containment facts of the case, and sentences for those that choose the order."""
    destroying = [f for f in material.deciding_findings if f.code == "D2"]
    severe = material.decision.severity == "SEV1"
    open_reasons = _open_scope(material)
    facts = {
        "incident": material.is_incident,
        "review": material.is_review,
        "destruction": bool(destroying),
        "severe": severe,
        "scope_open": bool(open_reasons),
        "management_known": bool(material.context.management),
        "account_disputed": bool(_disputed(material)),
        "dc_secrets": any(_is_domain_controller(material, f.host) for f in _credentials(material)),
    }
    reasons = [Reason(f"{f.code} {f.title} on {f.host}.", evidence_ids(f.evidence)) for f in destroying]
    if not destroying:
        reasons.append(Reason("No finding shows that recovery is inhibited or something is destroyed.", ()))
    if severe:
        reasons.append(Reason(f"Severity SEV1: {material.decision.severity_reason.rstrip('.')}.", ()))
    return facts, [*reasons, *open_reasons]


def _open_scope(material: Material) -> list[Reason]:
    """Why the scope of the case is not closed yet; empty when it is."""
    stories = material.deciding_stories
    reasons = []
    sourceless = [story for story in stories if story.source_ip is None and story.source_host is None]
    if sourceless:
        acts = [activity for story in sourceless for activity in story.activities]
        reasons.append(Reason("The source of an activity is unknown.", evidence_ids(activity_evidence(acts))))
    accounts = {story.account.name.lower(): story for story in stories if story.account}
    if len(accounts) > 1:
        names = some((story.account.name for story in accounts.values() if story.account), most=5)
        pieces = [piece for story in accounts.values() for piece in story.identity.evidence]
        reasons.append(Reason(f"More than one account acted: {names}.", evidence_ids(pieces)))
    hosts = {host for story in stories for host in story.hosts}
    assets = [(host, asset_of(material.context, host)) for host in sorted(hosts)]
    tier0 = [host for host, asset in assets if asset is not None and asset.tier == 0]
    if tier0:
        reasons.append(Reason(f"A tier 0 host is part of it: {some(tier0)}.", ()))
    return reasons


def _credentials(material: Material) -> list[Finding]:
    return [finding for finding in material.deciding_findings if finding.code == "D7"]


def _is_domain_controller(material: Material, host: str) -> bool:
    asset = asset_of(material.context, host)
    found = material.coverage_of.get(host)
    by_logs = found is not None and found.role == "domain_controller"
    return by_logs or (asset is not None and asset.role == "dc")


def _disputed(material: Material) -> list[str]:
    """Why no actor is settled, for each deciding story without one among its cited activities."""
    reasons = []
    for story in material.deciding_stories:
        cited = cited_activities(material, story)
        if cited and not any(is_settled(activity) for activity in cited):
            reasons += [activity.identity.reason for activity in cited]
    return reasons


def _earliest(material: Material) -> datetime | None:
    """Earliest evidence of the scope: stories that act, logons that opened them, and findings that weigh."""
    times = [story.first for story in material.acting]
    times += [piece.utc for story in material.acting for piece in story.identity.evidence]
    times += [piece.utc for finding in material.heavy_findings for piece in finding.evidence]
    return min((utc for utc in times if utc), default=None)


def _last(material: Material) -> str | None:
    times = [story.last for story in material.acting if story.last]
    latest = max(times, default=material.coverage.last)
    return time_text(latest) if latest else None


def _uncovered(material: Material, good: datetime | None) -> tuple[str, ...]:
    """Hosts for which an earlier trace could not be seen."""
    said = [f"{host} (no logs in the case)" for host in material.unexamined()]
    for host, found in sorted(material.coverage_of.items()):
        begins = min((item.first for item in found.channels if item.first and item.count), default=None)
        if good and (begins is None or begins > good):
            said.append(f"{host} (its logs begin {time_text(begins)})")
        if found.grade in _UNPROVED_GRADES:
            said.append(f"{host} (coverage {found.grade})")
    return tuple(said)


def _rebuild(material: Material) -> Iterable[Reason]:
    """Reasons to rebuild instead of clean (triage practice 4.7)."""
    if stolen := _credentials(material):
        yield Reason("credentials were taken", evidence_ids(p for f in stolen for p in f.evidence))
    controllers = [host for host in material.hosts if _is_domain_controller(material, host)]
    if controllers:
        yield Reason(f"a domain controller is involved ({some(controllers)})", ())
    if weak := sorted(h for h, c in material.coverage_of.items() if c.grade in _UNPROVED_GRADES):
        yield Reason(f"coverage of {some(weak)} is C or D", ())
    permanent = [
        item
        for item in material.traces(Kind.SUBSCRIPTION.value)
        if item.fact("subscription.part") != "temporary"
    ]
    kinds = {
        "a WMI subscription": activity_evidence(permanent),
        "a service or task": [p for f in material.of_codes(("S8",)) for p in f.evidence],
        "registry values through WMI": activity_evidence(material.traces(Kind.REGISTRY.value)),
    }
    seen = {name: pieces for name, pieces in kinds.items() if pieces}
    if len(seen) > 1:
        shown = evidence_ids(piece for pieces in seen.values() for piece in pieces)
        yield Reason(f"more than one kind of persistence was seen ({some(seen)})", shown)


def _lacks(material: Material) -> tuple[str, ...]:
    """Recordings that the controls of the playbook would turn on and that are not proved, as `name on host`."""
    names = sorted({name for control in material.playbook.controls for name in control.lacks})
    return tuple(
        f"{name} on {host}"
        for name in names
        for host, proof in material.proofs(name)
        if proof is not Proof.ON
    )
