"""A last guard: outcomes that the answers forbid are a defect of ours and stop the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.decision.facts import E_CODES
from magistrate.decision.model import Decision, Disposition
from magistrate.decision.rules import is_close
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from magistrate.decision.situation import Situation


def check_consistency(decision: Decision, situation: Situation) -> None:
    """Refuse a decision that its own answers contradict.

    Raises:
        RuntimeError: with every contradiction. The rule table or the stages before it are wrong, not the input.
    """
    problems = list(_problems(decision.disposition, situation))
    if problems:
        raise RuntimeError(
            f"Rule {decision.rule} decided {decision.disposition.value} although "
            + "; ".join(problems)
            + ". This is a defect of the rule table; please report it."
        )


def _problems(disposition: Disposition, situation: Situation) -> list[str]:
    decisive = [i.id for i in situation.findings if i.tier is Tier.DECISIVE and not i.excused]
    if disposition is Disposition.NOT_OBSERVED:
        return ["stories were found"] if situation.stories or decisive else []
    if not is_close(disposition):
        return []
    problems = ["log records are missing around the activity"] if situation.tamper else []
    problems += [
        f"host {host} has coverage {grade}"
        for story in situation.stories
        for host, grade in story.grades
        if grade not in ("A", "B")
    ]
    if disposition is Disposition.CLOSE_TEST:
        return problems + [
            f"story {s.id} has no exercise ticket" for s in situation.stories if not s.exercise
        ]
    problems += [f"{code} is YES" for code in E_CODES if situation.state(code) is State.YES]
    problems += [f"finding {name} stands" for name in decisive]
    if disposition is Disposition.CLOSE_BENIGN:
        strong = [i.id for i in situation.findings if i.tier is Tier.STRONG and not i.excused]
        problems += [f"finding {name} stands" for name in strong]
        problems += [
            f"{code} is UNKNOWN" for code in ("Q1", "Q3", *E_CODES) if situation.state(code) is State.UNKNOWN
        ]
    return problems
