"""Finds signs that recording was cut, cleared or moved in time, with what else looks the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import MeasuredChannel, sql
from magistrate.coverage.model import TamperSign
from magistrate.coverage.rules import SignRule, TamperTable, tamper_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.store.base import Store, Value

_NO_TIME = datetime(1, 1, 1, tzinfo=UTC)  # sorts before every real time
_LISTED = 3
_CITED = 10


@dataclass(frozen=True, slots=True)
class Trace:
    """One record that points to tampering, before records of one action are put together."""

    rule: SignRule
    host: str
    utc: datetime | None
    detail: str | None
    evidence_id: str
    scored: bool


def find_traces(store: Store) -> tuple[Trace, ...]:
    """Find the records of every sign of `tamper.yml`, sorted by rule, host and time; unknown times come first."""
    table = tamper_table()
    limits: dict[str, Value] = {name: limit.value for name, limit in table.limits.items()}
    found = [
        Trace(
            rule=rule,
            host=str(row["host"] or "unknown"),
            utc=cast("datetime | None", row["utc"]),
            detail=str(row["detail"]) if row["detail"] else None,
            evidence_id=str(row["evidence_id"]),
            scored=bool(row["scored"]),
        )
        for rule in table.signs
        for row in store.query(rule.query, limits, name=f"coverage.{rule.name}")
    ]
    order = {rule.name: number for number, rule in enumerate(table.signs)}
    found.sort(
        key=lambda t: (order[t.rule.name], t.host, t.scored, t.utc or _NO_TIME, t.detail or "", t.evidence_id)
    )
    return tuple(found)


def find_tamper_signs(
    store: Store, traces: Sequence[Trace], channels: Sequence[MeasuredChannel]
) -> tuple[TamperSign, ...]:
    """Put traces of one action together and add every silence of a channel.

    Args:
        store: holds `record`.
        traces: as `find_traces` gives them.
        channels: every channel of the case with its largest gap.

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
    found = [_sign(group) for group in groups] + _silences(store, channels, table)
    found.sort(key=lambda sign: (sign.utc or _NO_TIME, sign.host, sign.what, sign.evidence_ids))
    return tuple(found)


def _is_one_action(last: Trace, trace: Trace, near: timedelta) -> bool:
    same = (last.rule.name, last.host, last.scored) == (trace.rule.name, trace.host, trace.scored)
    if not same or last.utc is None or trace.utc is None:
        return same and last.utc == trace.utc
    return trace.utc - last.utc <= near


def _sign(group: Sequence[Trace]) -> TamperSign:
    """One sign of records that belong to one action; what was touched is listed up to a limit and counted beyond."""
    first = group[0]
    details = sorted({trace.detail for trace in group if trace.detail})
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
    )


def _silences(store: Store, channels: Sequence[MeasuredChannel], table: TamperTable) -> list[TamperSign]:
    """Find channels that stop for long while the host goes on."""
    candidates: list[dict[str, Value]] = []
    for item in channels:
        channel, gap_from, gap_to = item.coverage, item.gap_from, item.gap_to
        if channel.count < table.limits["silence_records"].value:
            continue
        if not (channel.first and channel.last and gap_from and gap_to):
            continue
        gap = (gap_to - gap_from).total_seconds()
        usual = ((channel.last - channel.first).total_seconds() - gap) / channel.count
        if gap >= max(
            table.limits["silence_minutes"].value * 60, usual * table.limits["silence_times"].value
        ):
            candidates.append(
                {"host": channel.host, "channel": channel.channel, "gap_from": gap_from, "gap_to": gap_to}
            )
    if not candidates:
        return []
    store.register(
        "silence_candidate",
        [("host", "text"), ("channel", "text"), ("gap_from", "timestamp"), ("gap_to", "timestamp")],
        candidates,
    )
    signs: list[TamperSign] = []
    for row in store.query(sql("gap_neighbours"), name="coverage.silence"):
        if cast("int", row["others"]) < table.limits["silence_others"].value:
            continue
        start, end = cast("datetime", row["gap_from"]), cast("datetime", row["gap_to"])
        minutes = int((end - start).total_seconds() // 60)
        what = table.silence.what.replace("{channel}", str(row["channel"])).replace("{minutes}", str(minutes))
        signs.append(TamperSign(str(row["host"]), start, what, table.silence.explanation, kind="silence"))
    return signs
