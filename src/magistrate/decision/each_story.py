"""A decision for each story of a case, as if it were a case of its own: which of many stories is the one to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.answers.run import answer_each
from magistrate.decision.run import decide

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.coverage.model import Coverage
    from magistrate.decision.model import Decision
    from magistrate.detections.finding import Finding
    from magistrate.detections.signals import Signal
    from magistrate.playbooks.model import Playbook
    from magistrate.store.base import Store


@dataclass(frozen=True, slots=True)
class StoryDecision:
    """What the rules say of one story alone."""

    story: Story
    findings: tuple[Finding, ...]
    decision: Decision


def decide_each(
    store: Store,
    playbook: Playbook,
    stories: Sequence[Story],
    findings: Sequence[Finding],
    signals: Sequence[Signal],
    coverage: Coverage,
    context: Context,
    only: Collection[str] | None = None,
) -> tuple[StoryDecision, ...]:
    """Decide every story that is no background by the rules of the case, the other stories being what lies around it.

    A case is decided for all of its stories together; this is never milder for one of them than it says of itself.

    Args: as in `decide` and `answer_questions`; `only` are the ids of the stories to decide, all when None.

    Returns:
        One decision a story, in order of their time; empty when nothing of WMI was seen.
    """
    return tuple(
        StoryDecision(story, own, decide(playbook, (story,), own, signals, answers, coverage, context))
        for story, own, answers in answer_each(
            store, playbook, stories, findings, signals, coverage, context, only
        )
    )
