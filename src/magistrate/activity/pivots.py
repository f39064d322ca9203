"""Hosts that were reached through WMI and from which WMI then reached another (triage practice 2.9, E3: the chain)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import short_host
from magistrate.activity.model import Activity, Kind, OriginClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magistrate.activity.model import Story

PIVOT_TIME = timedelta(hours=24)
"""Most time from the act on the host to the act from it. Origin: triage practice 2.9, E3."""

Order = Callable[[str, str, datetime, datetime], bool | None]
"""Whether a time on the first host came before one on the second; None when their clocks do not tell."""

_CLIENTS = (Kind.CLIENT, Kind.SCRIPT)
_ON_TARGET = (Kind.CHILD, Kind.OPERATION, Kind.SUBSCRIPTION, Kind.REGISTRY)


@dataclass(frozen=True, slots=True)
class Pivot:
    """One host between two others; `ordered` is None when the clocks do not allow to say which act came first.

    Times are those of the records: `outbound` is by the clock of the host itself or, without its logs, of `target`.
    """

    host: str
    source: str
    target: str
    inbound: datetime
    outbound: datetime
    ordered: bool | None
    inbound_story: str
    outbound_story: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Move:
    """One remote act: from where to where, and on which host's clock."""

    source: str
    target: str
    clock: str
    utc: datetime
    story: str
    evidence_ids: tuple[str, ...]


def find_pivots(stories: Iterable[Story], order: Order) -> tuple[Pivot, ...]:
    """The earliest pivot of each source, host and target, in order of time.

    A move back to where the first one came from is none: that is how results are fetched.
    """
    moves = sorted(
        {move for story in stories for move in _moves(story)},
        key=lambda m: (m.utc, m.story, m.target, m.clock, m.source, m.evidence_ids),
    )
    leaving: dict[str, list[_Move]] = {}
    for move in moves:
        leaving.setdefault(short_host(move.source), []).append(move)
    found: dict[tuple[str, str, str], Pivot] = {}
    for inbound in moves:
        if inbound.clock == inbound.target:
            for pivot in _onward(inbound, leaving.get(short_host(inbound.target), ()), order):
                key = (short_host(pivot.source), short_host(pivot.host), short_host(pivot.target))
                found.setdefault(key, pivot)
    return tuple(sorted(found.values(), key=lambda p: (p.inbound, p.outbound, p.host, p.target)))


def _onward(inbound: _Move, moves: Sequence[_Move], order: Order) -> Iterator[Pivot]:
    host, came_from = short_host(inbound.target), short_host(inbound.source)
    for move in moves:
        if short_host(move.target) in (host, came_from):
            continue
        apart = move.utc - inbound.utc
        if abs(apart) > PIVOT_TIME:
            continue
        own_clock = short_host(move.clock) == host
        before = apart > timedelta() if own_clock else order(inbound.clock, move.clock, inbound.utc, move.utc)
        if before is not False:
            yield Pivot(
                inbound.target,
                inbound.source,
                move.target,
                inbound.utc,
                move.utc,
                before,
                inbound.story,
                move.story,
                (*inbound.evidence_ids, *move.evidence_ids),
            )


def _moves(story: Story) -> Iterator[_Move]:
    for activity in story.activities:
        if activity.utc is None:
            continue
        ids = tuple(item.evidence_id for item in activity.evidence[:1])
        if activity.kind in _CLIENTS:
            for target in activity.targets:
                if short_host(target) != short_host(activity.host):
                    yield _Move(activity.host, target, activity.host, activity.utc, story.id, ids)
        elif activity.kind in _ON_TARGET:
            source = _source(story, activity)
            if source and short_host(source) != short_host(activity.host):
                yield _Move(source, activity.host, activity.host, activity.utc, story.id, ids)


def _source(story: Story, activity: Activity) -> str | None:
    """Where a remote act came from: a name that is more than the caller's word, else the address."""
    identity = activity.identity
    if identity.origin is not OriginClass.REMOTE:
        return None
    if identity.source_host and not identity.source_host_claimed:
        return identity.source_host
    same = identity.source_ip in (None, story.source_ip)
    if same and story.source_host and not story.source_host_claimed:
        return story.source_host
    return identity.source_ip
