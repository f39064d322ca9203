"""Hits of the user's Sigma rules as signals, so that they answer Q3 and E2 like every other sign."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.detections.attack_tags import main_technique, tactic_of
from magistrate.detections.grouping import runs, signal_id
from magistrate.detections.signal import Level, Signal, SignalSource
from magistrate.sigma.model import Level as SigmaLevel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from magistrate.activity.model import Story
    from magistrate.events.evidence import Evidence
    from magistrate.sigma.model import CorrelationHit, Hit, Matches, RuleHead

MAX_EVIDENCE = 5
MAX_SIGNALS = 2_000
BEFORE = timedelta(days=8)
AFTER = timedelta(days=2)
_LEVELS: Mapping[SigmaLevel, Level] = {
    SigmaLevel.LOW: Level.LOW,
    SigmaLevel.UNSTATED: Level.MEDIUM,
    SigmaLevel.MEDIUM: Level.MEDIUM,
    SigmaLevel.HIGH: Level.HIGH,
    SigmaLevel.CRITICAL: Level.CRITICAL,
}


def sigma_signals(matches: Matches) -> tuple[Signal, ...]:
    """Signals of the rules and correlations that hit.

    Rules of level informational, and those that a correlation uses without asking for their single hits, make no
    signal. A rule without a level counts as medium.
    """
    found: list[Signal] = []
    for match in matches.rules:
        level = _LEVELS.get(match.rule.level)
        if level is not None and not match.suppressed:
            parts = runs(match.hits, _keys, lambda hit: hit.evidence.utc)
            found.extend(_of_rule(match.rule, level, part) for part in parts)
    known = {hit.evidence.evidence_id: hit.evidence for match in matches.rules for hit in match.hits}
    for correlation in matches.correlations:
        level = _LEVELS.get(correlation.rule.level)
        if level is not None:
            found.extend(_of_correlation(correlation.rule, level, hit, known) for hit in correlation.hits)
    return tuple(found)


def _keys(hit: Hit) -> tuple[str, ...]:
    return (hit.evidence.host, (hit.account or "").lower(), str(hit.logon_id or ""), hit.source_ip or "")


def _of_rule(head: RuleHead, level: Level, hits: Sequence[Hit]) -> Signal:
    first = hits[0]
    evidence = tuple(hit.evidence for hit in hits[:MAX_EVIDENCE])
    return Signal(
        id=signal_id(head.id, [item.evidence_id for item in evidence]),
        rule=head.id,
        title=head.title,
        statement=f"Sigma rule {head.title} matched on {first.evidence.host or 'an unknown host'}.",
        level=level,
        technique=main_technique(head.techniques),
        tactic=tactic_of(head.tactics),
        host=first.evidence.host,
        utc=first.evidence.utc,
        last=hits[-1].evidence.utc,
        account=first.account,
        account_sid=None,
        logon_id=first.logon_id,
        source_ip=first.source_ip,
        count=len(hits),
        evidence=evidence,
        source=SignalSource.SIGMA,
        records=frozenset(hit.evidence.evidence_id for hit in hits),
    )


def _of_correlation(
    head: RuleHead, level: Level, hit: CorrelationHit, known: Mapping[str, Evidence]
) -> Signal:
    evidence = tuple(_known(hit.evidence_ids, known))[:MAX_EVIDENCE]
    host = hit.host or (evidence[0].host if evidence else "")
    return Signal(
        id=signal_id(head.id, [*hit.evidence_ids, hit.first.isoformat()]),
        rule=head.id,
        title=head.title,
        statement=f"Sigma correlation {head.title} came true on {host or 'an unknown host'} over {len(hit.evidence_ids)} events.",
        level=level,
        technique=main_technique(head.techniques),
        tactic=tactic_of(head.tactics),
        host=host,
        utc=hit.first,
        last=hit.last,
        account=hit.account,
        account_sid=None,
        logon_id=hit.logon_id,
        source_ip=hit.source_ip,
        count=len(hit.evidence_ids),
        evidence=evidence,
        source=SignalSource.SIGMA,
        records=frozenset(hit.evidence_ids),
    )


def _known(ids: Sequence[str], known: Mapping[str, Evidence]) -> Iterator[Evidence]:
    return (known[one] for one in ids if one in known)


def worth_keeping(signals: Sequence[Signal], stories: Sequence[Story]) -> tuple[Signal, ...]:
    """Signals near the acting stories: thousands of rules over months of logs would drown a case.

    Args:
        signals: of all rules.
        stories: of the case; background is no reason to keep anything.

    Returns:
        Signals from eight days before the first act of a story to two days after its last (the widest windows of
        Q3 with room), or without a time; all of them where no story acts. At most `MAX_SIGNALS`, the strongest, and
        the earliest among equals.
    """
    spans = [
        (story.first - BEFORE, story.last + AFTER)
        for story in stories
        if not story.background and story.first and story.last
    ]
    near = [signal for signal in signals if not spans or _is_near(signal, spans)]
    strongest = sorted(
        near, key=lambda item: (-item.level.rank, item.utc is None, str(item.utc or ""), item.id)
    )
    return tuple(strongest[:MAX_SIGNALS])


def _is_near(signal: Signal, spans: Sequence[tuple[datetime, datetime]]) -> bool:
    if signal.utc is None:
        return True
    last = signal.last or signal.utc
    return any(signal.utc <= until and last >= since for since, until in spans)
