"""Finds what no record says: a channel or a host that falls silent, and record ids that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import MeasuredChannel, sql
from magistrate.coverage.model import TamperSign
from magistrate.coverage.rules import SilenceRule, tamper_table
from magistrate.coverage.traces import EVERY_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magistrate.store.base import Row, Store, Value


def find_silences(store: Store, channels: Sequence[MeasuredChannel]) -> list[TamperSign]:
    """Find channels that stop for long while the host goes on."""
    table = tamper_table()
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
        channel_name = str(row["channel"])
        signs.append(_silence(row, table.silence, (channel_name,), channel=channel_name))
    return signs


def find_host_silences(store: Store) -> list[TamperSign]:
    """Find hosts whose logs all fall silent while other hosts show them on the network.

    A host that was off or asleep leaves a record of it; without one, and with traffic of its address elsewhere,
    something kept it from recording (threat model T-TAMPER-1: the threads of the log service suspended or killed).
    """
    table = tamper_table()
    limits: dict[str, Value] = {
        name: table.limits[name].value for name in ("silence_minutes", "silence_records")
    }
    gaps = store.query(sql("host_gaps"), limits, name="coverage.host_gaps")
    if not gaps:
        return []
    store.register("host_gap", [("host", "text"), ("gap_from", "timestamp"), ("gap_to", "timestamp")], gaps)
    marked = {str(row["host"]) for row in store.query(sql("host_gap_marks"), name="coverage.host_gap_marks")}
    cited: dict[str, list[Row]] = {}
    for row in store.query(sql("host_gap_traffic"), name="coverage.host_gap_traffic"):
        if str(row["host"]) not in marked:
            cited.setdefault(str(row["host"]), []).append(row)
    return [
        _silence(
            rows[0],
            table.host_silence,
            (EVERY_CHANNEL,),
            evidence=tuple(str(row["evidence_id"]) for row in rows),
            records=_records(cast("int", rows[0]["records"])),
        )
        for _, rows in sorted(cited.items())
    ]


def _silence(
    row: Row, rule: SilenceRule, channels: tuple[str, ...], evidence: tuple[str, ...] = (), **words: str
) -> TamperSign:
    start, end = cast("datetime", row["gap_from"]), cast("datetime", row["gap_to"])
    minutes = int((end - start).total_seconds() // 60)
    what = rule.what
    for name, value in {"minutes": str(minutes), **words}.items():
        what = what.replace(f"{{{name}}}", value)
    kind = "silence" if EVERY_CHANNEL not in channels else "host_silence"
    return TamperSign(
        str(row["host"]), start, what, rule.explanation, evidence, kind=kind, channels=channels, until=end
    )


def find_holes(channels: Sequence[MeasuredChannel]) -> list[TamperSign]:
    """Find record ids that are missing inside logs that are otherwise complete.

    An excerpt or a filtered export misses most ids and says nothing; so does a file of which records were lost
    while reading, because the intake accounts for those.
    """
    table = tamper_table()
    signs: list[TamperSign] = []
    for item in channels:
        channel = item.coverage
        complete = channel.count >= table.limits["hole_records"].value and channel.state == "present"
        allowed = (channel.count + channel.missing_records) * table.limits["hole_percent"].value
        if not complete or channel.missing_records * 100 > allowed or channel.hole_count > len(item.holes):
            continue
        for hole in item.holes:
            what = table.holes.what.replace("{missing}", _records(hole.last - hole.first + 1))
            what = what.replace("{ids}", str(hole)).replace("{channel}", channel.channel)
            signs.append(
                TamperSign(
                    channel.host,
                    hole.before,
                    what,
                    table.holes.explanation,
                    (hole.evidence_id,),
                    kind="record_hole",
                    channels=(channel.channel,),
                    until=hole.after,
                )
            )
    return signs


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count:,} records"
