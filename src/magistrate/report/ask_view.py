"""What is asked for, and until when, as every export shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.decision.hold import deadline_text
from magistrate.report import wording
from magistrate.report.view import AskView, HoldView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.decision.model import Ask, Hold


def ask_views(asks: Sequence[Ask]) -> tuple[AskView, ...]:
    """Each thing to fetch or to ask, times as text."""
    return tuple(
        AskView(
            ask.whom,
            ask.what,
            ask.command,
            ask.host,
            ask.channels,
            ask.event_ids,
            wording.utc_text(ask.window_from),
            wording.utc_text(ask.window_to),
        )
        for ask in asks
    )


def hold_view(hold: Hold | None) -> HoldView | None:
    """The hold with its deadline in words; None when the case is not held."""
    if hold is None:
        return None
    return HoldView(
        hold.minutes,
        deadline_text(hold),
        hold.otherwise.value,
        ask_views(hold.asks),
        wording.utc_text(hold.starts),
        wording.utc_text(hold.due),
    )
