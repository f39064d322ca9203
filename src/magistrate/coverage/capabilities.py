"""Proves which capabilities were recording on each host (triage practice 2.2).

Seeing a record proves that its kind was being recorded; not seeing one proves nothing until the channel covers the
time and holds enough to be more than an excerpt. Every result says on what it rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from magistrate.coverage.channels import sql
from magistrate.coverage.model import Capability, ChannelCoverage, Proof
from magistrate.coverage.rules import CapabilityRule, CapabilityTable, capability_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.coverage.tamper import Trace
    from magistrate.coverage.window import Window
    from magistrate.store.base import Store, Value

_EVIDENCE = 3  # proving records that are cited


@dataclass(frozen=True, slots=True)
class _Count:
    """Proving records of one host and strength: in all, near the alert, and within a day of it."""

    total: int = 0
    near: int = 0
    day: int = 0
    last: datetime | None = None
    evidence_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Host:
    """What is known of one host when a capability is judged."""

    name: str
    channels: Mapping[str, ChannelCoverage]
    cuts: tuple[Trace, ...]


def assess_capabilities(
    store: Store,
    channels: Sequence[ChannelCoverage],
    traces: Sequence[Trace],
    window: Window,
) -> dict[str, tuple[Capability, ...]]:
    """Judge every capability on every host.

    Args:
        store: holds the category tables.
        channels: every channel of the case, see `read_channels`.
        traces: records that point to tampering; cuts of the audit policy weaken what they cut.
        window: the suspicious time; when it is open every record counts.

    Returns:
        Capabilities by host, in the order of `capabilities.yml`.
    """
    table = capability_table()
    hosts = [
        _Host(
            name,
            {item.channel: item for item in channels if item.host == name},
            tuple(trace for trace in traces if trace.host == name and trace.rule.name == "audit_removed"),
        )
        for name in sorted({item.host for item in channels})
    ]
    found: dict[str, list[Capability]] = {host.name: [] for host in hosts}
    for rule in table.capabilities:
        bounds = _bounds(table, rule, window)
        proving = _count(store, rule.query, bounds, rule.name)
        lacking = _count(store, _as_proof(rule.lacking.query), bounds, rule.name) if rule.lacking else {}
        for host in hosts:
            on, partial = (proving.get((host.name, strength), _Count()) for strength in ("on", "partial"))
            base = lacking.get((host.name, "on"), _Count())
            found[host.name].append(_judge(table, rule, host, on, partial, base, window))
    return {name: tuple(items) for name, items in found.items()}


def _as_proof(query: str) -> str:
    return f"SELECT b.host, b.utc, b.evidence_id, b.channel, 'on' AS proof FROM ({query}) AS b"  # noqa: S608 - text of our own tables


def _bounds(table: CapabilityTable, rule: CapabilityRule, window: Window) -> dict[str, Value]:
    near = timedelta(minutes=table.limits["near_minutes"].value)
    day = timedelta(hours=table.limits["day_hours"].value)
    near_from, near_to = window.around(near)
    day_from, day_to = window.around(day)
    return {"near_from": near_from, "near_to": near_to, "day_from": day_from, "day_to": day_to}


def _count(store: Store, query: str, bounds: Mapping[str, Value], name: str) -> dict[tuple[str, str], _Count]:
    """Count the proving records by host and strength, and cite the first of them."""
    head = f"WITH proving AS ({query})\n"  # the text comes from our own table, never from evidence
    cited: dict[tuple[str, str], list[str]] = {}
    near = {key: bounds[key] for key in ("near_from", "near_to")}
    for row in store.query(
        head + sql("proving_cited"), {**near, "cited": _EVIDENCE}, name=f"coverage.{name}"
    ):
        cited.setdefault((str(row["host"]), str(row["proof"])), []).append(str(row["evidence_id"]))
    counts: dict[tuple[str, str], _Count] = {}
    for row in store.query(head + sql("proving_counts"), bounds, name=f"coverage.{name}"):
        key = (str(row["host"]), str(row["proof"]))
        total, near_count, day = (cast("int", row[column]) for column in ("total", "near", "day"))
        last = cast("datetime | None", row["last_utc"])
        counts[key] = _Count(total, near_count, day, last, tuple(cited.get(key, ())))
    return counts


def _judge(
    table: CapabilityTable,
    rule: CapabilityRule,
    host: _Host,
    on: _Count,
    partial: _Count,
    base: _Count,
    window: Window,
) -> Capability:
    """Decide one capability of one host."""

    def result(proof: Proof, reason: str, evidence_ids: tuple[str, ...] = ()) -> Capability:
        return Capability(host.name, rule.name, proof, reason, rule.enable, evidence_ids)

    everything = window.is_open or rule.when == "any"
    on_near, partial_near = (item.total if everything else item.near for item in (on, partial))
    place = (
        "in the case" if everything else f"within {table.limits['near_minutes'].value} minutes of the alert"
    )
    if on_near:
        proof, doubt = _doubt(rule, host, on, window)
        return result(proof, f"{_records(on_near)} {place} ({rule.records}).{doubt}", on.evidence_ids)
    if partial_near:
        because = rule.partial_because or "only part of it is recorded"
        return result(Proof.PARTIAL, f"{_records(partial_near)} {place}; {because}.", partial.evidence_ids)
    if rule.lacking and (base.total if everything else base.day):
        count = _records(base.total if everything else base.day)
        return result(
            rule.lacking.proof, f"{count} could show {rule.title} and none does.", base.evidence_ids
        )
    if on.day and not everything:
        reason = (
            f"None {place}, {_records(on.day)} within a day: recorded on that day, not proved for the alert."
        )
        return result(Proof.PARTIAL, reason, on.evidence_ids)
    return result(*_absence(table, rule, host, window))


def _absence(table: CapabilityTable, rule: CapabilityRule, host: _Host, window: Window) -> tuple[Proof, str]:
    """Judge a capability that no record proves."""
    present = [host.channels[name] for name in rule.channels if name in host.channels]
    if not present:
        return Proof.UNKNOWN, f"No {' or '.join(rule.channels)} records of this host in the case."
    names = " and ".join(item.channel for item in present)
    from_, to = window.around(timedelta(minutes=table.limits["near_minutes"].value))
    covering = [
        item for item in present if item.first and item.last and item.first <= to and item.last >= from_
    ]
    if not covering:
        return Proof.UNKNOWN, f"The {names} records do not reach the time of the alert."
    if any(item.state == "damaged" for item in present):
        return Proof.UNKNOWN, f"No {rule.records}, but records of {names} were lost while reading."
    if rule.absent == "default_off":
        return Proof.OFF, f"No {rule.records} in {names}; Windows does not record it unless told to."
    largest = max(item.count for item in covering)
    excerpt = table.limits["excerpt_records"].value
    if rule.absent == "off" and largest >= excerpt:
        return Proof.OFF, f"No {rule.records} within a day although {names} covers the time."
    if largest < excerpt:
        return (
            Proof.UNKNOWN,
            f"No {rule.records}; {names} holds only {_records(largest)} and may be an excerpt.",
        )
    return Proof.UNKNOWN, f"No {rule.records} in {names}, which does not prove that it was off."


def _doubt(rule: CapabilityRule, host: _Host, on: _Count, window: Window) -> tuple[Proof, str]:
    """Say what weakens a proof: lost records, an audit cut after the last proving record, or a single record."""
    damaged = [
        name for name in rule.channels if name in host.channels and host.channels[name].state == "damaged"
    ]
    if damaged:
        return Proof.PARTIAL, f" Records of {' and '.join(damaged)} were lost while reading."
    _, until = window.around(timedelta(0))
    for cut in host.cuts:
        ends = rule.subcategory is not None and rule.subcategory in (cut.detail or "")
        if ends and cut.utc and cut.utc <= until and (on.last is None or cut.utc >= on.last):
            return Proof.PARTIAL, " Its audit policy was cut after the last of them."
    if on.total == 1:
        return Proof.ON, " A single record proves that it was on at that moment, not all the time."
    return Proof.ON, ""


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
