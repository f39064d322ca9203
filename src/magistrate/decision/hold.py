"""A case held for data: the exact requests, the deadline as a duration and as an instant, and what follows then."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.decision.asks import ask_text, collect_for
from magistrate.decision.effects import UNSETTLED
from magistrate.decision.model import Ask, Disposition, Hold
from magistrate.decision.requests import ORIGINALS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magistrate.answers.answer import Answer
    from magistrate.decision.rules import Verdict
    from magistrate.decision.situation import Situation, StorySituation

MINUTES_IN_HOUR = 60
_ORDER = {"Q3": 0, "Q1": 1, "E1": 2, "E3": 3}
"""Open answers whose requests come first: they keep a case from being closed (R6)."""


def hold_case(
    verdict: Verdict, situation: Situation, answers: Sequence[Answer], started: datetime | None
) -> Hold | None:
    """The hold of a HOLD-DATA; None for every other disposition.

    Args:
        verdict: what the rules said.
        situation: the case.
        answers: their missing sources are asked for.
        started: when triage began; None when nobody said, so that the time runs from the moment of reading.
    """
    if verdict.disposition is not Disposition.HOLD_DATA or verdict.deadline_minutes is None:
        return None
    due = started + timedelta(minutes=verdict.deadline_minutes) if started else None
    return Hold(
        minutes=verdict.deadline_minutes,
        otherwise=verdict.after_deadline or Disposition.ESCALATE_REVIEW,
        asks=collect_asks(situation, answers),
        starts=started,
        due=due,
    )


def collect_asks(situation: Situation, answers: Sequence[Answer]) -> tuple[Ask, ...]:
    """What to fetch, the logs of the hosts first, each once."""
    found: list[Ask] = [*situation.alert_asks]
    if situation.recovered_alone:
        found.append(
            Ask("from the log archive, the SIEM or a backup of the host", "the live records", ORIGINALS)
        )
    for (purpose, host), stories in _wanted(situation).items():
        found += collect_for(purpose, stories, (host,))
    for answer in sorted(answers, key=lambda item: (_ORDER.get(item.id, 9), item.id)):
        if answer.state in (State.UNKNOWN, State.CONFLICT):
            found += [Ask(item.what, f"settles {answer.id}", item.command) for item in answer.missing]
    return tuple(dict.fromkeys(found))


def _wanted(situation: Situation) -> dict[tuple[str, str], list[StorySituation]]:
    """Purpose and host of every collection, with the stories that it is for."""
    found: dict[tuple[str, str], list[StorySituation]] = {}
    for story in situation.stories:
        poor = [host for host, grade in story.grades if grade not in ("A", "B")]
        needs = [("target", host) for host in (*story.unexamined, *poor)]
        if story.identity in UNSETTLED:
            needs += [("actor", host) for host in story.ran_on if host not in poor]
        if not story.source_covered and story.source and story.source not in story.ran_on:
            needs.append(("source", story.source))
        for need in dict.fromkeys(needs):
            found.setdefault(need, []).append(story)
    return found


def request_lines(asks: Sequence[Ask]) -> tuple[str, ...]:
    """Each ask on one line."""
    return tuple(dict.fromkeys(ask_text(ask) for ask in asks))


def duration_text(minutes: int) -> str:
    """`30 minutes`, `4 hours`."""
    hours, rest = divmod(minutes, MINUTES_IN_HOUR)
    if hours and not rest:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{minutes} minutes"


def deadline_text(hold: Hold) -> str:
    """The deadline in words: how long, until when or counted from when, and what happens when it passes."""
    length = duration_text(hold.minutes)
    if hold.starts is not None and hold.due is not None:
        when = f"until {hold.due:%Y-%m-%d %H:%M} UTC, {length} after triage began at {hold.starts:%Y-%m-%d %H:%M} UTC"
    else:
        when = f"{length} from the moment this is read"
    return f"{when}; if the data is not there by then: {hold.otherwise.value}"
