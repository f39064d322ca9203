"""Campaigns as sheets: the scope table of triage practice 1.2, and the hosts that were passed through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.campaigns import find_campaigns
from magistrate.activity.images import short_host
from magistrate.activity.model import Confidence
from magistrate.coverage.skew import relate_clocks
from magistrate.detections.register import covering_entries
from magistrate.report import wording
from magistrate.report.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magistrate.activity.campaigns import Campaign
    from magistrate.activity.model import Activity, Story
    from magistrate.activity.pivots import Pivot
    from magistrate.report.case_file import CaseFile

LISTED = 100
"""Most rows of a sheet; the summary counts the others."""

_ROW_RECORDS = 3
_LINKS = 4
_LINK_TEXT = 60
_SURE = (Confidence.HIGH, Confidence.MODERATE, Confidence.LOW)


def campaign_sheets(case: CaseFile) -> tuple[Sheet, ...]:
    """Scope and pivots of campaigns over two or more targets; none for a case that has no such campaign."""
    skews = case.coverage.skews

    def order(one: str, other: str, first: datetime, second: datetime) -> bool | None:
        return relate_clocks(skews, one, other).orders(first, second)

    covered = frozenset(story.id for story in case.stories if covering_entries(case.context, story))
    wide = [
        campaign
        for campaign in find_campaigns(case.stories, order, left_out=covered)
        if campaign.is_remote and (campaign.pivots or len(campaign.targets) > 1)
    ]
    if not wide:
        return ()
    pivots = [(number, item) for number, campaign in enumerate(wide, 1) for item in campaign.pivots]
    return (_scope_sheet(wide), *([_pivot_sheet(pivots)] if pivots else []))


def _scope_sheet(campaigns: Sequence[Campaign]) -> Sheet:
    found = [(row, ids) for number, item in enumerate(campaigns, 1) for row, ids in _scope_rows(number, item)]
    shown = found[:LISTED]
    more = len(found) - LISTED
    said = [_about(number, item) for number, item in enumerate(campaigns, 1)]
    said += [f"{more} more rows are not listed."] if more > 0 else []
    said += ["Hosts without logs in this case may belong to it as well."]
    return Sheet(
        key="campaign-scope",
        title="Campaign scope",
        summary=" ".join(said),
        columns=("Campaign", "Host", "Part", "Account", "First", "Last", "Evidence", "Confidence"),
        rows=tuple(row for row, _ in shown),
        records=tuple(ids for _, ids in shown),
    )


def _about(number: int, campaign: Campaign) -> str:
    sessions = wording.count(len(campaign.stories), "session")
    links = [link if len(link) <= _LINK_TEXT else link[:_LINK_TEXT] + "…" for link in campaign.links]
    shown = ", ".join(links[:_LINKS]) + (
        f" and {len(links) - _LINKS} more links" if len(links) > _LINKS else ""
    )
    joined = f", joined by {shown}" if links else ""
    hosts = wording.count(len(campaign.targets), "host")
    return f"Campaign {number}: {hosts} reached in {sessions}{joined}."


def _scope_rows(number: int, campaign: Campaign) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """One row for each host, part and account, in order of first sight."""
    acts: dict[tuple[str, str, str], list[Activity]] = {}
    proofs: dict[tuple[str, str, str], Confidence] = {}
    for story in campaign.stories:
        for host, part, activity, confidence in _sights(story):
            actor = activity.identity.account or story.account
            key = (host, part, actor.name if actor else "not known")
            acts.setdefault(key, []).append(activity)
            proofs[key] = min(proofs.get(key, confidence), confidence, key=_SURE.index)
    rows = []
    for (host, part, account), seen in acts.items():
        times = sorted(item.utc for item in seen if item.utc)
        ids = tuple(dict.fromkeys(item.evidence_id for act in seen for item in act.evidence))
        span = [wording.short_time(wording.utc_text(moment)) for moment in (*times[:1], *times[-1:])]
        first, last = span or ("not known", "not known")
        count = wording.count(len(ids), "record")
        row = (str(number), host, part, account, first, last, count, proofs[host, part, account].value)
        rows.append((row, ids[:_ROW_RECORDS]))
    return sorted(rows, key=lambda item: (item[0][4], item[0]))


def _sights(story: Story) -> list[tuple[str, str, Activity, Confidence]]:
    """Each host of a story with its part and an act that shows it; what only another host says is Low or Moderate."""
    found = []
    with_logs = {short_host(act.host) for act in story.activities}
    for act in story.activities:
        source = story.source_host and short_host(act.host) == short_host(story.source_host)
        found.append((act.host, "source" if source else "target", act, act.identity.confidence))
        found += [
            (target, "target named by the source", act, Confidence.LOW)
            for target in act.targets
            if short_host(target) not in with_logs
        ]
        name = story.source_host or story.source_ip
        if name and short_host(name) not in with_logs and not act.targets:
            sure = Confidence.LOW if story.source_host_claimed else Confidence.MODERATE
            found.append((name, "source seen from the target", act, sure))
    return found


def _pivot_sheet(pivots: Sequence[tuple[int, Pivot]]) -> Sheet:
    shown = pivots[:LISTED]
    hosts = sorted({item.host for _, item in pivots})
    open_ = sum(item.ordered is None for _, item in pivots)
    said = f"{wording.count(len(hosts), 'host')} reached through WMI reached on within 24 hours: {', '.join(hosts[:5])}."
    said += f" Of {open_} the clocks do not tell which came first." if open_ else ""
    more = len(pivots) - LISTED
    said += f" {more} more are not listed." if more > 0 else ""
    return Sheet(
        key="campaign-pivots",
        title="Hosts passed through",
        summary=said,
        columns=("Campaign", "Reached from", "Host", "At", "Reached on to", "At", "Order"),
        rows=tuple(_pivot_row(number, item) for number, item in shown),
        records=tuple(item.evidence_ids for _, item in shown),
    )


def _pivot_row(number: int, item: Pivot) -> tuple[str, ...]:
    return (
        str(number),
        item.source,
        item.host,
        wording.short_time(wording.utc_text(item.inbound)),
        item.target,
        wording.short_time(wording.utc_text(item.outbound)),
        "inbound first" if item.ordered else "not claimed: the clocks do not tell",
    )
