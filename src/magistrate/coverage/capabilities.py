"""Proves which capabilities were recording on each host (triage practice 2.2).

Seeing a record proves that its kind was being recorded; not seeing one proves nothing until the channel covers the
time and holds enough to be more than an excerpt. Every result says on what it rests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.coverage.model import Capability, ChannelCoverage, Gap, Proof, TamperSign
from magistrate.coverage.proving import Count, count_records
from magistrate.coverage.rules import CapabilityRule, CapabilityTable, capability_table, further_table
from magistrate.coverage.tamper import cut_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.coverage.roles import HostRole
    from magistrate.coverage.traces import Trace
    from magistrate.coverage.window import Window
    from magistrate.store.base import Store

_AUDIT_CUTS = ("audit_removed", "sysmon_configured")


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What is known of one host when a capability is judged."""

    name: str
    channels: Mapping[str, ChannelCoverage]
    role: HostRole | None = None
    traces: tuple[Trace, ...] = ()
    signs: tuple[TamperSign, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """Capabilities of one host: those of the grades, and those that add to them."""

    core: tuple[Capability, ...]
    further: tuple[Capability, ...]


@dataclass(frozen=True, slots=True)
class _Records:
    """Records of one host that bear on one capability."""

    on: Count = field(default_factory=Count)
    partial: Count = field(default_factory=Count)
    base: Count = field(default_factory=Count)
    impossible: tuple[str, str] | None = None  # why this host cannot record it, and the record that shows it


def assess_capabilities(store: Store, hosts: Sequence[HostFacts], window: Window) -> dict[str, Judged]:
    """Judge every capability on every host.

    Args:
        store: holds the category tables.
        hosts: the hosts with their channels, roles and signs of tampering.
        window: the suspicious time; when it is open every record counts.

    Returns:
        Capabilities by host, in the order of `capabilities.yml` and `further.yml`.
    """
    table = capability_table()
    rules = (*table.capabilities, *further_table())
    near = window.around(timedelta(minutes=table.limits["near_minutes"].value))
    day = window.around(timedelta(hours=table.limits["day_hours"].value))
    counted = count_records(store, rules, near, day)
    found: dict[str, Judged] = {}
    for host in hosts:
        judged = [_capability(table, rule, host, _records_of(counted, rule, host), window) for rule in rules]
        core = len(table.capabilities)
        found[host.name] = Judged(tuple(judged[:core]), tuple(judged[core:]))
    return found


def _records_of(
    counted: Mapping[tuple[str, str, str], Count], rule: CapabilityRule, host: HostFacts
) -> _Records:
    def of(strength: str) -> Count:
        return counted.get((rule.name, host.name, strength), Count())

    blocked = of("impossible")
    impossible = (blocked.detail, blocked.evidence_ids[0]) if blocked.evidence_ids else None
    return _Records(of("on"), of("partial"), of("lacking"), impossible)


@dataclass(frozen=True, slots=True)
class _Result:
    proof: Proof
    gap: Gap
    reason: str
    evidence_ids: tuple[str, ...] = ()
    count: int = 0


def _capability(
    table: CapabilityTable, rule: CapabilityRule, host: HostFacts, records: _Records, window: Window
) -> Capability:
    result = _judge(table, rule, host, records, window)
    return Capability(
        host=host.name,
        name=rule.name,
        proof=result.proof,
        reason=result.reason,
        enable=rule.turn_on,
        evidence_ids=result.evidence_ids,
        gap=result.gap,
        title=rule.title,
        records=rule.records,
        count=result.count,
        channels=rule.channels,
        settings=rule.opened_by,
    )


def _judge(
    table: CapabilityTable, rule: CapabilityRule, host: HostFacts, records: _Records, window: Window
) -> _Result:
    """Decide one capability of one host."""
    on, partial, base = records.on, records.partial, records.base
    everything = window.is_open or rule.when == "any"
    on_near, partial_near = (item.total if everything else item.near for item in (on, partial))
    minutes = table.limits["near_minutes"].value
    place = "in the case" if everything else f"within {minutes} minutes of the alert"
    if on_near:
        proof, gap, doubt = _doubt(table, rule, host, on, window)
        reason = f"{_records(on_near)} {place} ({rule.records}).{doubt}"
        return _Result(proof, gap, reason, on.evidence_ids, on_near)
    if partial_near:
        because = rule.partial_because or "only part of it is recorded"
        reason = f"{_records(partial_near)} {place}; {because}."
        return _Result(Proof.PARTIAL, Gap.PART, reason, partial.evidence_ids, partial_near)
    if (impossible := _impossible(rule, host, records)) is not None:
        return impossible
    if rule.lacking and (base.total if everything else base.day):
        count = _records(base.total if everything else base.day)
        proof = rule.lacking.proof
        gap = Gap.OFF if proof is Proof.OFF else Gap.PART
        return _Result(proof, gap, f"{count} could show {rule.title} and none does.", base.evidence_ids)
    if on.day and not everything:
        reason = (
            f"None {place}, {_records(on.day)} within a day: recorded on that day, not proved for the alert."
        )
        return _Result(Proof.PARTIAL, Gap.OTHER_TIME, reason, on.evidence_ids)
    return _absence(table, rule, host, window)


def _impossible(rule: CapabilityRule, host: HostFacts, records: _Records) -> _Result | None:
    """Not applicable: the host has another role, or a record says that it cannot. Never a guess."""
    role = host.role
    if rule.role and role is not None and role.name != rule.role:
        reason = f"{host.name} is a {role.title}: {role.shown_by}. Only a domain controller records it."
        return _Result(Proof.UNKNOWN, Gap.NOT_APPLICABLE, reason, role.evidence_ids)
    if records.impossible:
        why, evidence_id = records.impossible
        return _Result(Proof.UNKNOWN, Gap.NOT_APPLICABLE, f"{why}.".capitalize(), (evidence_id,))
    return None


def _absence(table: CapabilityTable, rule: CapabilityRule, host: HostFacts, window: Window) -> _Result:
    """Judge a capability that no record proves."""

    def unknown(gap: Gap, reason: str) -> _Result:
        return _Result(Proof.UNKNOWN, gap, reason)

    present = [host.channels[name] for name in rule.channels if name in host.channels]
    if not present:
        return unknown(Gap.NO_LOG, f"No {' or '.join(rule.channels)} records of this host in the case.")
    names = " and ".join(item.channel for item in present)
    from_, to = window.around(timedelta(minutes=table.limits["near_minutes"].value))
    covering = [
        item for item in present if item.first and item.last and item.first <= to and item.last >= from_
    ]
    if not covering:
        return unknown(Gap.OUT_OF_TIME, f"The {names} records do not reach the time of the alert.")
    if any(item.state == "damaged" for item in present):
        return unknown(Gap.LOST, f"No {rule.records}, but records of {names} were lost while reading.")
    if (sign := cut_in(host.signs, host.name, rule.channels, from_, to)) is not None:
        return unknown(Gap.CUT, f"No {rule.records}, but in that time {_sign_words(sign)}.")
    if rule.role and host.role is None:
        return unknown(
            Gap.UNPROVED,
            f"No {rule.records}; only a domain controller records it, and nothing shows the role.",
        )
    if rule.absent == "default_off":
        reason = f"No {rule.records} in {names}; Windows does not record it unless told to."
        return _Result(Proof.OFF, Gap.OFF, reason)
    largest = max(item.count for item in covering)
    excerpt = table.limits["excerpt_records"].value
    if rule.absent == "off" and largest >= excerpt:
        reason = f"No {rule.records} within a day although {names} covers the time."
        return _Result(Proof.OFF, Gap.OFF, reason)
    if largest < excerpt:
        return unknown(
            Gap.EXCERPT,
            f"No {rule.records}; {names} holds only {_records(largest)} and may be an excerpt.",
        )
    return unknown(Gap.UNPROVED, f"No {rule.records} in {names}, which does not prove that it was off.")


def _doubt(
    table: CapabilityTable, rule: CapabilityRule, host: HostFacts, on: Count, window: Window
) -> tuple[Proof, Gap, str]:
    """Say what weakens a proof: lost records, a cut of the recording in that time, or a single record."""
    damaged = [
        name for name in rule.channels if name in host.channels and host.channels[name].state == "damaged"
    ]
    if damaged:
        return Proof.PARTIAL, Gap.LOST, f" Records of {' and '.join(damaged)} were lost while reading."
    from_, to = window.around(timedelta(minutes=table.limits["near_minutes"].value))
    if (trace := _ended_by(rule, host, on, window)) is not None:
        words = (
            "Its audit policy was cut" if trace.rule.reads == "audit_change" else "The configuration changed"
        )
        return Proof.PARTIAL, Gap.CUT, f" {words} after the last of them."
    cuts = [cut_in(host.signs, host.name, (name,), from_, to) for name in on.channels]
    cut = next((sign for sign in cuts if sign is not None), None)
    if cut is not None and all(cuts):
        words = f" But in that time {_sign_words(cut)}: what is missing there cannot be said."
        return Proof.PARTIAL, Gap.CUT, words
    if cut is not None:
        return Proof.ON, Gap.NONE, f" One of its logs was cut in that time: {_sign_words(cut)}."
    if on.total == 1:
        words = " A single record proves that it was on at that moment, not all the time."
        return Proof.ON, Gap.NONE, words
    return Proof.ON, Gap.NONE, ""


def _ended_by(rule: CapabilityRule, host: HostFacts, on: Count, window: Window) -> Trace | None:
    """The change of the recording after which no record of the capability came any more."""
    _, until = window.around(timedelta(0))
    for trace in host.traces:
        if trace.rule.reads == "audit_change":
            ends = rule.subcategory is not None and rule.subcategory in (trace.detail or "")
        else:
            ends = trace.scored and bool(set(on.channels)) and set(on.channels) <= set(trace.channels)
        if ends and trace.utc and trace.utc <= until and (on.last is None or trace.utc >= on.last):
            return trace
    return None


def cutting_traces(traces: Sequence[Trace], host: str) -> tuple[Trace, ...]:
    """Traces of a host after which a capability may record nothing any more."""
    return tuple(trace for trace in traces if trace.host == host and trace.rule.name in _AUDIT_CUTS)


def _sign_words(sign: TamperSign) -> str:
    return sign.what[0].lower() + sign.what[1:]


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
