"""Maps a decision to the four words that recordings are labelled with, for `magistrate evaluate`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.decision.model import Decision, Disposition
from magistrate.decision.rules import is_close, is_escalation
from magistrate.detections.finding import Finding, Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.coverage.model import Coverage

ROUTINE_RECORDS = 200
"""Fewer records are an excerpt somebody cut for a reason, not the routine log of a host. Origin: our choice; the
labelled excerpts hold 1 to about 100 records, the routine logs of whole machines more than a thousand."""


class Label(StrEnum):
    """The label vocabulary of the public recordings."""

    ESCALATE = "escalate"
    DO_NOT_ESCALATE = "do_not_escalate"
    NOT_T1047 = "not_t1047"
    INSUFFICIENT = "insufficient"


def to_label(
    decision: Decision, findings: Sequence[Finding], signals: Sequence[object], coverage: Coverage
) -> Label:
    """The label that a decision stands for.

    NOT-OBSERVED splits in two: a routine log of some length without any signal needs nobody
    (`do_not_escalate`); anything else shows something other than WMI, or too little to say so (`not_t1047`).
    """
    if is_escalation(decision.disposition):
        return Label.ESCALATE
    if decision.disposition is Disposition.HOLD_DATA:
        return Label.INSUFFICIENT
    if is_close(decision.disposition):
        return Label.DO_NOT_ESCALATE
    other = signals or any(item.tier in (Tier.DECISIVE, Tier.STRONG) for item in findings)
    records = sum(channel.count for host in coverage.hosts for channel in host.channels)
    if other or coverage.tamper or records < ROUTINE_RECORDS:
        return Label.NOT_T1047
    return Label.DO_NOT_ESCALATE
