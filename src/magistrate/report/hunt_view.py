"""What `magistrate detect` shows: hits rule by rule with their records, and the rules that could say nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.report.wording import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from magistrate.detections.signal import Signal
    from magistrate.events.evidence import Evidence
    from magistrate.sigma.model import CorrelationMatch, Hit, Matches, NotEvaluated, RuleMatch

LEVELS = ("informational", "low", "medium", "high", "critical")
"""Levels in order; a Sigma rule that states none counts as medium and is shown as unstated."""


@dataclass(frozen=True, slots=True)
class HitRow:
    """One record that a rule matched, or one time that a correlation came true. `more` are its other records."""

    utc: str | None
    host: str
    channel: str
    event_id: int
    record_id: int | None
    file: str
    evidence_id: str
    account: str | None
    logon_id: str | None
    source_ip: str | None
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule with its hits in order of time. `count` may be larger than the number of hits that are listed."""

    source: str  # pack, alert or sigma
    rule: str
    title: str
    level: str
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    count: int
    hits: tuple[HitRow, ...]


@dataclass(frozen=True, slots=True)
class SilentRow:
    """A rule that was not evaluated or was refused, and why."""

    kind: str  # not_evaluated or refused
    rule: str
    title: str
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class HuntView:
    """Everything one run of `magistrate detect` found."""

    rules: tuple[RuleRow, ...]
    silent: tuple[SilentRow, ...]
    records: int
    evaluated: int
    digest: str | None

    def silent_counts(self) -> dict[str, int]:
        """How many rules say nothing, by kind and reason, the most common first."""
        found = Counter(f"{_KINDS[row.kind]}: {row.reason}" for row in self.silent)
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


_KINDS = {"not_evaluated": "not evaluated", "refused": "refused"}


def build_hunt(
    signals: Iterable[Signal],
    matches: Matches | None,
    find: Callable[[Iterable[str]], Mapping[str, Hit]],
    *,
    records: int,
    evaluated: int,
    min_level: str = LEVELS[0],
) -> HuntView:
    """Put signals of the pack, other products' alerts and Sigma hits into one list.

    Args:
        signals: of the pack and of other products' alerts.
        matches: what the Sigma rules found; None when none were given.
        find: gives the hits of evidence ids; an id it does not know is left out.
        records: records loaded.
        evaluated: rows of the pack that were tried.
        min_level: rules below this level are left out.

    Returns:
        The worst rules first, then by title and id.
    """
    rows = [*_of_signals(signals, find)]
    if matches is not None:
        rows += [_of_match(match) for match in matches.rules if not match.suppressed]
        rows += [_of_correlation(match) for match in matches.correlations if match.hits]
        evaluated += matches.evaluated
    floor = LEVELS.index(min_level)
    kept = [row for row in rows if _rank(row.level) >= floor]
    kept.sort(key=lambda row: (-_rank(row.level), row.title, row.rule, row.source))
    return HuntView(
        rules=tuple(kept),
        silent=_silent(matches),
        records=records,
        evaluated=evaluated,
        digest=matches.digest if matches is not None else None,
    )


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("medium")


def _of_signals(
    signals: Iterable[Signal], find: Callable[[Iterable[str]], Mapping[str, Hit]]
) -> Iterable[RuleRow]:
    """One row for each rule and level of the signals; the records are read at once."""
    grouped: dict[tuple[str, ...], list[Signal]] = {}
    for signal in signals:
        key = (signal.source.value, signal.rule, signal.level.value, signal.title)
        grouped.setdefault(key, []).append(signal)
    known = find(name for members in grouped.values() for one in members for name in _ids(one))
    for (source, rule, level, title), members in sorted(grouped.items()):
        rows = [row for signal in members for row in _rows(signal, known)]
        yield RuleRow(
            source=source,
            rule=rule,
            title=title,
            level=level,
            techniques=tuple(dict.fromkeys(one.technique for one in members if one.technique)),
            tactics=tuple(dict.fromkeys(one.tactic for one in members if one.tactic)),
            count=sum(one.count for one in members),
            hits=tuple(sorted(rows, key=_order)),
        )


def _ids(signal: Signal) -> list[str]:
    """Records of a signal: its own for the pack, the alert rows themselves for alerts."""
    own = {item.evidence_id for item in signal.evidence}
    return sorted(signal.records | own if signal.source.value == "pack" else own)


def _rows(signal: Signal, known: Mapping[str, Hit]) -> Iterable[HitRow]:
    cited = {item.evidence_id: item for item in signal.evidence}
    for name in _ids(signal):
        evidence = known[name].evidence if name in known else cited.get(name)
        if evidence is not None:
            yield _row(evidence, signal.account, signal.logon_id, signal.source_ip)


def _row(
    evidence: Evidence,
    account: str | None,
    logon_id: int | None,
    source_ip: str | None,
    more: Sequence[str] = (),
) -> HitRow:
    return HitRow(
        utc=utc_text(evidence.utc),
        host=evidence.host,
        channel=evidence.channel,
        event_id=evidence.event_id,
        record_id=evidence.record_id,
        file=evidence.file,
        evidence_id=evidence.evidence_id,
        account=account,
        logon_id=f"0x{logon_id:x}" if logon_id is not None else None,
        source_ip=source_ip,
        more=tuple(more),
    )


def _order(row: HitRow) -> tuple[bool, str, str]:
    return (row.utc is None, row.utc or "", row.evidence_id)


def _of_match(match: RuleMatch) -> RuleRow:
    return RuleRow(
        source="sigma",
        rule=match.rule.id,
        title=match.rule.title,
        level=match.rule.level.value,
        techniques=match.rule.techniques,
        tactics=match.rule.tactics,
        count=match.count,
        hits=tuple(_row(hit.evidence, hit.account, hit.logon_id, hit.source_ip) for hit in match.hits),
    )


def _of_correlation(match: CorrelationMatch) -> RuleRow:
    hits = (
        HitRow(
            utc=utc_text(hit.first),
            host=hit.host,
            channel="",
            event_id=0,
            record_id=None,
            file="",
            evidence_id=hit.evidence_ids[0] if hit.evidence_ids else "",
            account=hit.account,
            logon_id=f"0x{hit.logon_id:x}" if hit.logon_id is not None else None,
            source_ip=hit.source_ip,
            more=hit.evidence_ids[1:],
        )
        for hit in match.hits
    )
    return RuleRow(
        source="sigma",
        rule=match.rule.id,
        title=match.rule.title,
        level=match.rule.level.value,
        techniques=match.rule.techniques,
        tactics=match.rule.tactics,
        count=len(match.hits),
        hits=tuple(hits),
    )


def _silent(matches: Matches | None) -> tuple[SilentRow, ...]:
    if matches is None:
        return ()
    quiet = [_not_evaluated(item) for item in matches.not_evaluated]
    refused = [
        SilentRow("refused", item.id, item.title, f"{item.path}:{item.line}", item.reason)
        for item in matches.refused
    ]
    return (*quiet, *refused)


def _not_evaluated(item: NotEvaluated) -> SilentRow:
    return SilentRow("not_evaluated", item.rule.id, item.rule.title, str(item.log_source), item.reason.value)
