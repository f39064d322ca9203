"""Runs every indicator of a playbook over the stories of a case."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.activity.rows import moment, text
from magistrate.detections import methods as method_package
from magistrate.detections.finding import Finding, Tier
from magistrate.detections.frame import Frame, build_frame
from magistrate.detections.hit import Hit
from magistrate.detections.register import excusing_entry
from magistrate.detections.signals import find_signals
from magistrate.playbooks.template import fill, placeholders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Activity, Story
    from magistrate.context.model import Context
    from magistrate.detections.signals import Signal
    from magistrate.events.evidence import Evidence
    from magistrate.playbooks.model import Indicator, Playbook
    from magistrate.store.base import Row, Store

Method = Callable[[Frame, "Indicator"], Iterable[Hit]]

MAX_EVIDENCE = 20
"""Most records that one finding points to; the count tells how many hits there are."""
_TIER_ORDER = {Tier.DECISIVE: 0, Tier.STRONG: 1, Tier.WEAK: 2, Tier.MITIGATING: 3}


def detect(
    store: Store,
    playbook: Playbook,
    stories: Sequence[Story],
    context: Context,
    signals: Sequence[Signal] | None = None,
) -> tuple[Finding, ...]:
    """Find the hits of every indicator.

    Args:
        store: the events of the case.
        playbook: its indicators are run in the order of their codes.
        stories: all stories; indicators look at those that are not background.
        context: what the site knows; its register excuses findings.
        signals: signs of other techniques; found here when omitted.

    Returns:
        One finding an indicator and story, decisive first, then by code and time. Empty when no story acts, which is
        not the same as no coverage.

    Raises:
        QueryError: the query of an indicator was refused; names it.
    """
    if not any(not story.background for story in stories):
        return ()
    frame = build_frame(store, context, stories, find_signals(store) if signals is None else signals)
    found: list[Finding] = []
    for indicator in playbook.indicators:
        hits = list(_hits(frame, indicator))
        found.extend(_findings(frame, indicator, hits))
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[int, int, str, str]:
    stamp = finding.utc.isoformat() if finding.utc else "~"
    return (_TIER_ORDER[finding.tier], int(finding.code[1:]), stamp, finding.id)


@cache
def known_methods() -> dict[str, Method]:
    """Methods by name: each module of the folder `methods` offers one as `find`."""
    found: dict[str, Method] = {}
    for item in sorted(pkgutil.iter_modules(method_package.__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{method_package.__name__}.{item.name}")
        found[item.name] = module.find
    return found


def _hits(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Hits of one indicator, by its query or its method.

    Raises:
        KeyError: the method does not exist.
    """
    if indicator.query is not None:
        return [_hit_of(frame, row) for row in frame.query(indicator, indicator.query)]
    if indicator.method is None:
        return ()
    return known_methods()[indicator.method](frame, indicator)


def _hit_of(frame: Frame, row: Row) -> Hit:
    """A result row as a hit: lower-case columns become values, CamelCase ones are quoted in the evidence."""
    activity_id = text(row, "activity_id")
    values = {name: str(value) for name, value in row.items() if value is not None and name.islower()}
    return Hit(
        story_id=text(row, "story_id") or "",
        host=text(row, "host") or "",
        utc=moment(row),
        values=values,
        evidence=frame.evidence(row),
        activity_ids=(activity_id,) if activity_id else (),
        scoped=text(row, "scoped") == "yes",
    )


def _findings(frame: Frame, indicator: Indicator, hits: Sequence[Hit]) -> Iterable[Finding]:
    """One finding a story: repeats become a count."""
    by_story: dict[str, list[Hit]] = {}
    for hit in hits:
        by_story.setdefault(hit.story_id, []).append(hit)
    for story_id, members in sorted(by_story.items()):
        yield _finding(frame, indicator, frame.story(story_id), sorted(members, key=_hit_order))


def _hit_order(hit: Hit) -> tuple[bool, str, str, str]:
    stamp = hit.utc.isoformat() if hit.utc else ""
    first = hit.evidence[0].evidence_id if hit.evidence else ""
    return (hit.utc is None, stamp, hit.host, first)


def _finding(frame: Frame, indicator: Indicator, story: Story, hits: Sequence[Hit]) -> Finding:
    unscoped = [hit for hit in hits if not hit.scoped]
    lead = (unscoped or hits)[0]
    by_id = {activity.id: activity for activity in story.activities}
    ids = tuple(dict.fromkeys(key for hit in hits for key in hit.activity_ids if key in by_id))
    carried = [by_id[key] for key in ids]
    scoped = not unscoped
    evidence = _evidence(hits, carried)
    return Finding(
        id=f"{indicator.code}-{story.id[2:]}",
        code=indicator.code,
        tier=Tier(indicator.tier),
        family=indicator.family,
        title=indicator.title,
        statement=_statement(indicator, story, lead, carried, len(hits)),
        host=lead.host or (carried[0].host if carried else next(iter(story.hosts), "")),
        utc=lead.utc,
        story_id=story.id,
        activity_ids=ids,
        evidence=evidence,
        techniques=indicator.attack,
        account=_account(story, carried),
        source=story.source_host or story.source_ip,
        scoped=scoped if indicator.code == "D2" else False,
        waivable=indicator.waivable or (indicator.code == "D2" and scoped),
        excused_by=_excuse(frame, indicator, story, carried, scoped),
        sources=tuple(sorted({log_source(item.channel) for item in evidence})),
        count=len(hits),
    )


def _evidence(hits: Sequence[Hit], carried: Sequence[Activity]) -> tuple[Evidence, ...]:
    """Records of the hits, then those of their activities, each once."""
    found = [item for hit in hits for item in hit.evidence]
    found += [item for activity in carried for item in activity.evidence]
    unique: dict[str, Evidence] = {}
    for item in found:
        unique.setdefault(item.evidence_id, item)
    return tuple(unique.values())[:MAX_EVIDENCE]


def log_source(channel: str) -> str:
    """Log source of a channel, as coverage and rules count them: `Security`, `Sysmon`, `WMI-Activity`."""
    name = channel.removeprefix("Microsoft-Windows-").split("/")[0]
    return "PowerShell" if name in ("PowerShell", "Windows PowerShell", "PowerShellCore") else name


def _account(story: Story, carried: Sequence[Activity]) -> str | None:
    named = next((a.identity.account for a in carried if a.identity.account is not None), None)
    account = named or story.account
    return account.name if account else None


def _excuse(
    frame: Frame, indicator: Indicator, story: Story, carried: Sequence[Activity], scoped: bool
) -> str | None:
    """Register entry that excuses the finding; decisive findings that are not waivable never have one."""
    if indicator.tier == "M" or not frame.context.register:
        return None
    code = indicator.code
    if code == "D2":
        if not scoped:
            return None
        code = "D2-scoped"
    elif not indicator.waivable:
        return None
    return excusing_entry(frame.context, story, carried, code)


def _statement(indicator: Indicator, story: Story, lead: Hit, carried: Sequence[Activity], count: int) -> str:
    """The statement of the indicator with the values of the first hit, and how often it was seen."""
    first = next((item for item in carried if item.id in lead.activity_ids), carried[0] if carried else None)
    values = {**_common(story, first), **lead.values}
    unknown = dict.fromkeys(placeholders(indicator.statement), "not recorded")
    said = fill(
        indicator.statement, {**unknown, **{name: _short(value) for name, value in values.items() if value}}
    )
    return said if count == 1 else f"{said} Seen {count} times."


def _common(story: Story, activity: Activity | None) -> dict[str, str]:
    account = activity.identity.account if activity and activity.identity.account else story.account
    return {
        "host": activity.host if activity else next(iter(story.hosts), ""),
        "account": account.name if account and account_name(account.name) else "",
        "source": story.source_host or story.source_ip or "",
        "source_ip": story.source_ip or "",
        "command": (activity.command or "") if activity else "",
        "image": (activity.image or "") if activity else "",
        "child": (activity.image or "").replace("/", "\\").rsplit("\\", 1)[-1] if activity else "",
        "targets": ", ".join(story.target_hosts[:5]),
    }


def _short(value: str) -> str:
    """A value that fits a sentence; the record itself holds the whole."""
    flat = " ".join(value.split())
    return flat if len(flat) <= 240 else f"{flat[:200]} [... {len(flat)} characters]"
