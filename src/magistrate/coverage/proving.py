"""Counts the records that prove a capability, for every capability and host in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.coverage.rules import CapabilityRule
    from magistrate.store.base import Store, Value

Key = tuple[str, str, str]  # capability, host, strength
_EVIDENCE = 3  # proving records that are cited


@dataclass(frozen=True, slots=True)
class Count:
    """Proving records of one host and strength: in all, near the alert, and within a day of it.

    `channels` are those that hold them near the alert, or anywhere when none does.
    """

    total: int = 0
    near: int = 0
    day: int = 0
    last: datetime | None = None
    evidence_ids: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    detail: str = ""


def count_records(
    store: Store,
    rules: Sequence[CapabilityRule],
    near: tuple[datetime, datetime],
    day: tuple[datetime, datetime],
) -> dict[Key, Count]:
    """Count the proving records by capability, host and strength, and cite the first of them.

    Strengths are on and partial as the rule's query says, lacking for records in which the proof would stand, and
    impossible for records that say that a host cannot record it at all.
    """
    head = f"WITH proving AS (\n{_proving(rules)}\n)\n"  # the text comes from our own tables, never from evidence
    bounds: dict[str, Value] = {"near_from": near[0], "near_to": near[1]}
    cited: dict[Key, list[str]] = {}
    for row in store.query(
        head + sql("proving_cited"), {**bounds, "cited": _EVIDENCE}, name="coverage.proofs"
    ):
        cited.setdefault(_key(row), []).append(str(row["evidence_id"]))
    channels: dict[Key, dict[str, int]] = {}
    for row in store.query(head + sql("proving_channels"), bounds, name="coverage.proofs"):
        channels.setdefault(_key(row), {})[str(row["channel"])] = cast("int", row["near"])
    found: dict[Key, Count] = {}
    bounds |= {"day_from": day[0], "day_to": day[1]}
    for row in store.query(head + sql("proving_counts"), bounds, name="coverage.proofs"):
        key = _key(row)
        total, near_count, day_count = (cast("int", row[column]) for column in ("total", "near", "day"))
        found[key] = Count(
            total,
            near_count,
            day_count,
            cast("datetime | None", row["last_utc"]),
            tuple(cited.get(key, ())),
            _carrying(channels.get(key, {})),
        )
    return found | _impossible(store, rules)


def _carrying(channels: Mapping[str, int]) -> tuple[str, ...]:
    """The channels that prove it near the alert; all of them when none does."""
    near = sorted(name for name, count in channels.items() if count)
    return tuple(near or sorted(channels))


def _proving(rules: Sequence[CapabilityRule]) -> str:
    """One text of all queries; names are checked to be plain words when the tables are read."""
    parts: list[str] = []
    for rule in rules:
        columns = "q.host, q.utc, q.evidence_id, q.channel"
        parts.append(f"SELECT '{rule.name}' AS capability, {columns}, q.proof FROM ({rule.query}) AS q")  # noqa: S608 - text of our own tables
        if rule.lacking:
            parts.append(
                f"SELECT '{rule.name}' AS capability, {columns}, 'lacking' AS proof FROM ({rule.lacking.query}) AS q"  # noqa: S608 - as above
            )
    return "\nUNION ALL\n".join(parts)


def _impossible(store: Store, rules: Sequence[CapabilityRule]) -> dict[Key, Count]:
    found: dict[Key, Count] = {}
    for rule in rules:
        if rule.impossible:
            for row in store.query(rule.impossible, name=f"coverage.{rule.name}"):
                key = (rule.name, str(row["host"]), "impossible")
                found.setdefault(
                    key, Count(1, evidence_ids=(str(row["evidence_id"]),), detail=str(row["detail"]))
                )
    return found


def _key(row: Mapping[str, Value]) -> Key:
    return str(row["capability"]), str(row["host"]), str(row["proof"])
