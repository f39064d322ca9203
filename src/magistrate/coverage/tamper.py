"""Puts signs that recording was cut, cleared or moved in time together, with what else looks the same."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.coverage.model import TamperSign
from magistrate.coverage.rules import tamper_table
from magistrate.coverage.silence import find_holes, find_host_silences, find_silences
from magistrate.coverage.traces import EVERY_CHANNEL, NO_TIME, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from magistrate.coverage.channels import MeasuredChannel
    from magistrate.store.base import Store

_LISTED = 3
_CITED = 10


def find_tamper_signs(
    store: Store, traces: Sequence[Trace], channels: Sequence[MeasuredChannel]
) -> tuple[TamperSign, ...]:
    """Put traces of one action together and add what only measuring shows: silences and missing record ids.

    Args:
        store: holds `record` and the category tables.
        traces: as `find_traces` gives them.
        channels: every channel of the case with its largest gap and its holes.

    Returns:
        Signs sorted by time, host and text; signs without a time come first. `scored` is False for what looks like
        the set-up of a recording.
    """
    table = tamper_table()
    near = timedelta(seconds=table.limits["together_seconds"].value)
    groups: list[list[Trace]] = []
    for trace in traces:
        last = groups[-1][-1] if groups else None
        if last is not None and _is_one_action(last, trace, near):
            groups[-1].append(trace)
        else:
            groups.append([trace])
    found = [
        *(_sign(group) for group in groups),
        *find_silences(store, channels),
        *find_host_silences(store),
        *find_holes(channels),
    ]
    found.sort(key=lambda sign: (sign.utc or NO_TIME, sign.host, sign.what, sign.evidence_ids))
    return tuple(found)


def cut_in(
    signs: Iterable[TamperSign], host: str, channels: Iterable[str], first: datetime, last: datetime
) -> TamperSign | None:
    """The first sign that took records of these channels of a host away within a time; None when there is none.

    A sign without a time may have been at any time. What the set-up of a recording left does not count.
    """
    names = frozenset(channels)
    for sign in signs:
        if sign.host != host or not sign.scored:
            continue
        if EVERY_CHANNEL not in sign.channels and names.isdisjoint(sign.channels):
            continue
        if sign.utc is None or (sign.utc <= last and (sign.until or sign.utc) >= first):
            return sign
    return None


def _is_one_action(last: Trace, trace: Trace, near: timedelta) -> bool:
    same = (last.rule.name, last.host, last.scored) == (trace.rule.name, trace.host, trace.scored)
    if not same or last.utc is None or trace.utc is None:
        return same and last.utc == trace.utc
    return trace.utc - last.utc <= near


def _sign(group: Sequence[Trace]) -> TamperSign:
    """One sign of records that belong to one action; what was touched is listed up to a limit and counted beyond."""
    first = group[0]
    details = sorted({trace.words for trace in group if trace.words})
    listed = ", ".join(details[:_LISTED])
    more = f" and {len(details) - _LISTED} more" if len(details) > _LISTED else ""
    times = f" ({len(group)} records)" if len(group) > 1 else ""
    return TamperSign(
        host=first.host,
        utc=first.utc,
        what=first.rule.what + (f": {listed}{more}" if listed else "") + times,
        explanation=first.rule.explanation,
        evidence_ids=tuple(trace.evidence_id for trace in group[:_CITED]),
        scored=first.scored,
        kind=first.rule.name,
        channels=tuple(sorted({name for trace in group for name in trace.channels})),
    )
