"""Finds signs that recording was cut, cleared or moved in time, with what else looks the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import sql
from magistrate.coverage.model import ChannelCoverage, TamperSign
from magistrate.coverage.rules import TamperTable, tamper_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magistrate.store.base import Store, Value


def find_tamper_signs(store: Store, channels: Sequence[ChannelCoverage]) -> tuple[TamperSign, ...]:
    """Find every sign of `tamper.yml` and every silence of a channel.

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
    found += _silences(store, table)
    return tuple(
        sorted(
            found,
            key=lambda sign: (sign.utc is not None, sign.utc or 0, sign.host, sign.what, sign.evidence_ids),
        )
    )


def _silences(store: Store, table: TamperTable) -> list[TamperSign]:
    """Find channels that stop for long while the host goes on."""
    candidates: list[dict[str, Value]] = []
    for row in store.query(sql("channels"), name="coverage.silence"):
        first, last = cast("datetime | None", row["first_utc"]), cast("datetime | None", row["last_utc"])
        gap_from, gap_to = cast("datetime | None", row["gap_from"]), cast("datetime | None", row["gap_to"])
        records = cast("int", row["records"])
        if not (first and last and gap_from and gap_to) or records < table.limits["silence_records"].value:
            continue
        gap = (gap_to - gap_from).total_seconds()
        usual = ((last - first).total_seconds() - gap) / records
        if gap >= max(
            table.limits["silence_minutes"].value * 60, usual * table.limits["silence_times"].value
        ):
            candidates.append({key: row[key] for key in ("host", "channel", "gap_from", "gap_to")})
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
