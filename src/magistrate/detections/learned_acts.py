"""Acts of earlier days from the learned history, for indicators that compare with what is usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.activity.rows import evidence_of, moment, number, text
from magistrate.detections.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.events.evidence import Evidence
    from magistrate.playbooks.model import Indicator


@dataclass(frozen=True, slots=True)
class LearnedAct:
    """Acts of one kind within ten minutes of an earlier day. `who` is the SID, else the account without its domain."""

    host: str
    who: str
    name: str
    source: str
    shape: str
    period: datetime
    number: int
    evidence: Evidence


def learned_acts(frame: Frame, indicator: Indicator) -> tuple[LearnedAct, ...]:
    """Learned acts of the accounts and sources of the case, by time; empty when no history was given."""
    return tuple(
        LearnedAct(
            host=text(row, "host") or "",
            who=text(row, "account_sid") or account_name(text(row, "account") or ""),
            name=account_name(text(row, "account") or ""),
            source=text(row, "source") or "",
            shape=text(row, "shape") or "",
            period=at,
            number=number(row, "number") or 0,
            evidence=evidence_of(row),
        )
        for row in frame.query(indicator, sql("learned_acts"))
        if (at := moment(row, "period")) is not None
    )


def own_hours(acts: Iterable[LearnedAct], before: datetime, needed: int) -> tuple[int, int, int] | None:
    """The hours of the day (UTC) within which an account acts: first, last and how many acts say so.

    The day is cut open in the middle of its longest quiet stretch, so that a nightly job from 23 to 1 has three
    hours and not the whole day; then the first and last of a hundred acts are left out at each end.

    Returns:
        None with fewer than `needed` acts before the time.
    """
    counts = [0] * 24
    for act in acts:
        if act.period < before:
            counts[act.period.hour] += act.number
    total = sum(counts)
    if total < needed:
        return None
    start = _after_longest_quiet(counts)
    hours = [(start + step) % 24 for step in range(24)]
    left_out = total // 100
    first = _nth(hours, counts, left_out)
    last = _nth(list(reversed(hours)), counts, left_out)
    return first, last, total


def within_hours(hour: int, first: int, last: int) -> bool:
    """True when an hour lies from first to last, both included; the span may pass midnight."""
    return first <= hour <= last if first <= last else hour >= first or hour <= last


def _after_longest_quiet(counts: list[int]) -> int:
    """Hour at which the longest stretch without acts ends."""
    best, best_length = 0, 0
    for start in range(24):
        length = 0
        while length < 24 and counts[(start + length) % 24] == 0:
            length += 1
        if length > best_length:
            best, best_length = (start + length) % 24, length
    return best


def _nth(hours: list[int], counts: list[int], left_out: int) -> int:
    """The hour that holds the act after those left out, counted along the hours."""
    passed = 0
    for hour in hours:
        passed += counts[hour]
        if passed > left_out:
            return hour
    return hours[-1]
