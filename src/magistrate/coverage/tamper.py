"""Finds signs that recording was cut, cleared or moved in time, with what else looks the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import MeasuredChannel, sql
from magistrate.coverage.model import TamperSign
from magistrate.coverage.rules import TamperTable, tamper_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magistrate.store.base import Store, Value


def find_tamper_signs(store: Store, channels: Sequence[MeasuredChannel]) -> tuple[TamperSign, ...]:
    """Find every sign of `tamper.yml` and every silence of a channel.

    Args:
        store: holds `record` and `tamper`.
        channels: every channel of the case with its largest gap.

    Returns:
        Signs sorted by time, host and text; signs without a time come first. `scored` is False for what looks like
        the set-up of a recording.
    """
    table = tamper_table()
    limits: dict[str, Value] = {name: limit.value for name, limit in table.limits.items()}
    found: list[TamperSign] = []
    for rule in table.signs:
        for row in store.query(rule.query, limits, name=f"coverage.{rule.name}"):
            detail = f": {row['detail']}" if row["detail"] else ""
            found.append(
                TamperSign(
                    host=str(row["host"] or "unknown"),
                    utc=cast("datetime | None", row["utc"]),
                    what=f"{rule.what}{detail}",
                    explanation=rule.explanation,
                    evidence_ids=(str(row["evidence_id"]),),
                    scored=bool(row["scored"]),
                )
            )
    found += _silences(store, channels, table)
    return tuple(
        sorted(
            found,
            key=lambda sign: (sign.utc is not None, sign.utc or 0, sign.host, sign.what, sign.evidence_ids),
        )
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
        signs.append(TamperSign(str(row["host"]), start, what, table.silence.explanation))
    return signs
