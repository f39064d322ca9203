"""What the alert itself does to a decision: a claim that is plainly untrue, or a record that is not in the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.context.lookup import same_host
from magistrate.decision.asks import collect
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Story
    from magistrate.claims.model import Comparison
    from magistrate.coverage.model import Coverage
    from magistrate.decision.model import Ask
    from magistrate.detections.finding import Finding

NEAR = timedelta(minutes=5)
"""WMI activity of Windows itself so close to the record leaves open whether the alert meant it."""


def contradictions(
    comparison: Comparison | None, stories: Sequence[Story], findings: Sequence[Finding], coverage: Coverage
) -> tuple[str, ...]:
    """The deciding claims that the very record shows to be untrue, each with record and field.

    None of them counts where anything else speaks for WMI: a session, a decisive or strong finding even when excused,
    background activity close to the record, a cut log, or a host whose logs could not have shown all of it (grade A).
    """
    if comparison is None or comparison.record is None:
        return ()
    record = comparison.record
    if any(not story.background for story in stories):
        return ()
    if any(finding.tier in (Tier.DECISIVE, Tier.STRONG) for finding in findings):
        return ()
    if any(sign.scored for sign in coverage.tamper) or coverage.lost_records:
        return ()
    host = coverage.host(record.host)
    if host is None or host.grade != "A" or record.utc is None:
        return ()
    acts = [act for story in stories for act in story.activities if same_host(act.host, record.host)]
    if any(act.utc is None or abs(act.utc - record.utc) <= NEAR for act in acts):
        return ()
    return tuple(
        f"record {record.evidence_id}: {claim.field} is {claim.recorded}, not {claim.claimed}"
        for claim in comparison.claims
        if claim.deciding
    )


def unseen_record(comparison: Comparison | None) -> tuple[str, ...]:
    """That the record of the alert is not in the case; empty when it is, and when more than one record fits."""
    if comparison is None or comparison.candidates:
        return ()
    alert = comparison.alert
    number = f" {alert.record_id}" if alert.record_id is not None else ""
    when = f" at {alert.utc:%Y-%m-%d %H:%M:%S} UTC" if alert.utc else ""
    return (f"record{number} of {alert.channel or 'the log'} on {alert.host}{when}",)


def unseen_asks(comparison: Comparison | None) -> tuple[Ask, ...]:
    """The log to fetch for it."""
    if comparison is None or not unseen_record(comparison):
        return ()
    alert = comparison.alert
    ask = collect("target", alert.host, alert.utc, alert.utc)
    return (replace(ask, what=f"the record that the alert is about: {unseen_record(comparison)[0]}"),)
