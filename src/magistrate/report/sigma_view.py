"""The user's Sigma rules as a view: what matched, and what could say nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from magistrate.report.view import SigmaRuleView, SigmaView, SilenceView

if TYPE_CHECKING:
    from magistrate.sigma.model import Matches


def sigma_view(matches: Matches | None, files: int = 0) -> SigmaView | None:
    """What a rule set found; None when none was given. Rules that only serve a correlation are left out."""
    if matches is None:
        return None
    rules = [(item.rule, item.count) for item in matches.rules if not item.suppressed]
    rules += [(item.rule, len(item.hits)) for item in matches.correlations if item.hits]
    reasons = Counter(item.reason.value for item in matches.not_evaluated)
    reasons.update(f"refused: {item.reason}" for item in matches.refused)
    return SigmaView(
        digest=matches.digest,
        files=files,
        evaluated=matches.evaluated,
        refused=len(matches.refused),
        matched=tuple(
            SigmaRuleView(head.id, head.title, head.level.value, head.techniques, count)
            for head, count in sorted(
                rules, key=lambda item: (-item[0].level.rank, item[0].title, item[0].id)
            )
        ),
        silent=tuple(
            SilenceView(reason, count)
            for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        ),
    )
