"""What the alert claimed, as a sheet: each claim beside the field of the raw record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.claims.model import State
from magistrate.report.sheet import Sheet

if TYPE_CHECKING:
    from magistrate.claims.model import Claim, Comparison


def alert_sheets(comparison: Comparison | None) -> tuple[Sheet, ...]:
    """One sheet; none for a case without an alert file."""
    if comparison is None:
        return ()
    record = comparison.record
    ids = (record.evidence_id,) if record else ()
    return (
        Sheet(
            key="alert",
            title="What the alert claimed",
            summary=_summary(comparison),
            columns=("Claim", "Result", "Claimed", "Recorded", "Field"),
            rows=tuple(_row(claim) for claim in comparison.claims),
            records=tuple(ids if claim.field else () for claim in comparison.claims),
        ),
    )


def _row(claim: Claim) -> tuple[str, ...]:
    return (claim.name, claim.state.value, claim.claimed, claim.recorded or "-", claim.field or "-")


def _summary(comparison: Comparison) -> str:
    alert = comparison.alert
    name = f"{alert.rule or 'alert'}{f' ({alert.alert_id})' if alert.alert_id else ''}"
    if comparison.candidates > 1:
        return f"{comparison.candidates} records fit and none is chosen; give the record id: {name}."
    if comparison.record is None:
        return f"the record is not in the case, so no claim could be looked at: {name}."
    wrong = [claim for claim in comparison.claims if claim.state is State.CONTRADICTED]
    number = {state: sum(claim.state is state for claim in comparison.claims) for state in State}
    said = ", ".join(f"{count} {state.value}" for state, count in number.items() if count)
    cited = "; ".join(f"{claim.field} is {claim.recorded}" for claim in wrong)
    return f"{said}{f' ({cited})' if cited else ''}, by record {comparison.record.evidence_id}: {name}."
