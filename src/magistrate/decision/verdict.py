"""Maps a decision to the four words that recordings are labelled with, for `magistrate evaluate`."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.decision.model import Decision, Disposition
from magistrate.decision.rules import is_close, is_escalation
from magistrate.detections.finding import Finding, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.coverage.model import Coverage
    from magistrate.detections.signals import Signal

ROUTINE_RECORDS = 200
ROUTINE_HOURS = 24
"""A shorter or smaller log is an excerpt that somebody cut for a reason, not the routine log of a host: silence in
it clears nobody. Origin: our choice; absence counts only where coverage is proved."""

EVERYDAY_SIGNS = frozenset({"clock_changed", "time_ran_back", "sysmon_configured", "events_dropped"})
"""Signs that every estate shows: administrators and virtual machines set clocks, a recorder gets new configurations,
and Windows counts the events that an unclean shutdown or a full queue cost it. Every other sign (cleared, cut,
stopped, silent, fallen back) removes what somebody may not have wanted to be seen."""


class Label(StrEnum):
    """The label vocabulary of the public recordings."""

    ESCALATE = "escalate"
    DO_NOT_ESCALATE = "do_not_escalate"
    NOT_T1047 = "not_t1047"
    INSUFFICIENT = "insufficient"


def to_label(
    decision: Decision, findings: Sequence[Finding], signals: Sequence[Signal], coverage: Coverage
) -> Label:
    """The label that a decision stands for.

    NOT-OBSERVED splits in two: a routine log of a day or more without a sign of attack needs nobody
    (`do_not_escalate`); anything else shows something other than WMI, or too little to say so (`not_t1047`).
    """
    if is_escalation(decision.disposition):
        return Label.ESCALATE
    if decision.disposition is Disposition.HOLD_DATA:
        return Label.INSUFFICIENT
    if is_close(decision.disposition):
        return Label.DO_NOT_ESCALATE
    if _shows_other_attack(findings, signals) or _was_recording_cut(coverage):
        return Label.NOT_T1047
    return Label.DO_NOT_ESCALATE if _is_routine(coverage) else Label.NOT_T1047


def _shows_other_attack(findings: Sequence[Finding], signals: Sequence[Signal]) -> bool:
    """Strong findings, a sign of high level, or signs of two tactics: what Q3 would call YES.

    Cleared logs and cut audit policies are such signs. A set clock or a new Sysmon configuration is not: it only
    forbids to close (R0).
    """
    strong = any(item.tier in (Tier.DECISIVE, Tier.STRONG) for item in findings)
    return strong or any(item.is_high for item in signals) or len({item.tactic for item in signals}) > 1


def _was_recording_cut(coverage: Coverage) -> bool:
    return any(sign.scored and sign.kind not in EVERYDAY_SIGNS for sign in coverage.tamper)


def _is_routine(coverage: Coverage) -> bool:
    records = sum(channel.count for host in coverage.hosts for channel in host.channels)
    span = (coverage.last - coverage.first) if coverage.first and coverage.last else timedelta(0)
    return records >= ROUTINE_RECORDS and span >= timedelta(hours=ROUTINE_HOURS)
