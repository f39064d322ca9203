"""Weighs a case that also holds records from slack against the same case without them.

What lies in slack was deleted, or belongs to another time; it may also have been placed there. It can raise a doubt
and add to what live records show, but it carries neither an escalation nor a close by itself.
"""

from __future__ import annotations

from magistrate.decision.model import Disposition
from magistrate.decision.rules import is_close, is_escalation

_RANK = {Disposition.ESCALATE_INCIDENT: 2, Disposition.ESCALATE_REVIEW: 1}


def carried_by_recovered(disposition: Disposition, live: Disposition) -> tuple[str, ...]:
    """Say what rests on recovered records alone; empty when live records carry the outcome too.

    Args:
        disposition: the outcome with the recovered records.
        live: the outcome without them.
    """
    escalates = is_escalation(disposition) and not is_escalation(live)
    settles = (is_close(disposition) or disposition is Disposition.NOT_OBSERVED) and disposition is not live
    if not escalates and not settles:
        return ()
    return (f"{disposition.value} with the records recovered from slack, {live.value} without them",)


def lowers(disposition: Disposition, live: Disposition) -> bool:
    """True when recovered records would take back what live records escalate; the live outcome stands then."""
    return _RANK.get(disposition, 0) < _RANK.get(live, 0)
