"""Answers the questions of the playbook, in the playbook's words: Q1 to Q4, then E1 to E4."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - part of the runtime type of a constant
from dataclasses import replace
from typing import TYPE_CHECKING

from magistrate.activity.hosts import map_hosts
from magistrate.activity.model import Confidence
from magistrate.answers.answer import Answer, Missing, State
from magistrate.answers.approaches.concurrent_signals import answer_signals
from magistrate.answers.approaches.correlated import answer_correlation
from magistrate.answers.approaches.history import answer_history
from magistrate.answers.approaches.lateral_movement import answer_movement
from magistrate.answers.approaches.legitimate_need import answer_need
from magistrate.answers.approaches.network_pattern import answer_pattern
from magistrate.answers.approaches.unauthorised import answer_authority
from magistrate.answers.approaches.unusual_remote import answer_unusual
from magistrate.answers.draft import Draft, render
from magistrate.answers.inquiry import Inquiry
from magistrate.answers.scan import with_scan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.coverage.model import Coverage
    from magistrate.detections.finding import Finding
    from magistrate.detections.signals import Signal
    from magistrate.playbooks.model import Playbook, Question
    from magistrate.store.base import Store

APPROACHES: tuple[tuple[str, Callable[[Inquiry], Draft]], ...] = (
    ("Q1", answer_need),
    ("Q2", answer_history),
    ("Q3", answer_signals),
    ("Q4", answer_pattern),
    ("E1", answer_authority),
    ("E2", answer_correlation),
    ("E3", answer_movement),
    ("E4", answer_unusual),
)


def answer_questions(
    store: Store,
    playbook: Playbook,
    stories: Sequence[Story],
    findings: Sequence[Finding],
    signals: Sequence[Signal],
    coverage: Coverage,
    context: Context,
) -> tuple[Answer, ...]:
    """Answer every question of the playbook.

    Args:
        store: the events of the case; history and flows are counted in it.
        playbook: words, numbers and requests of the questions.
        stories: every story. Background stories answer nothing.
        findings: every finding, mitigating and excused ones included.
        signals: signs of other techniques.
        coverage: what each host's logs can show; a NO needs it.
        context: what the site knows.

    Returns:
        Q1 to Q4 and E1 to E4, in this order. N/A where nothing was observed, UNKNOWN where nothing could be read.

    Raises:
        PlaybookError: a question has no words for its answer.
        QueryError: a query failed.
    """
    if not coverage.hosts:
        return tuple(_nothing_read(playbook.question(code)) for code, _ in APPROACHES)
    inquiry = _open(store, playbook, stories, findings, signals, coverage, context)
    return tuple(
        with_scan(inquiry, playbook.question(answer.id), answer) for answer in _answer(inquiry, playbook)
    )


def answer_each(
    store: Store,
    playbook: Playbook,
    stories: Sequence[Story],
    findings: Sequence[Finding],
    signals: Sequence[Signal],
    coverage: Coverage,
    context: Context,
    only: Collection[str] | None = None,
) -> Iterator[tuple[Story, tuple[Finding, ...], tuple[Answer, ...]]]:
    """Answer every question for each story as if it alone were asked about; the others are what lies around it.

    Args: as in `answer_questions`; `only` are the ids of the stories to answer for, all when None.

    Yields:
        Each story that is no background, its findings and those of no story, and its answers. Nothing where no
        record could be read.
    """
    if not coverage.hosts:
        return
    inquiry = _open(store, playbook, stories, findings, signals, coverage, context)
    for story in inquiry.stories:
        if only is not None and story.id not in only:
            continue
        own = tuple(item for item in inquiry.findings if item.story_id in (story.id, None))
        alone = replace(inquiry, stories=(story,), findings=own, around=inquiry.stories)
        yield story, own, _answer(alone, playbook)


def _open(
    store: Store,
    playbook: Playbook,
    stories: Sequence[Story],
    findings: Sequence[Finding],
    signals: Sequence[Signal],
    coverage: Coverage,
    context: Context,
) -> Inquiry:
    quiet = {story.id for story in stories if story.background}
    return Inquiry(
        store=store,
        playbook=playbook,
        stories=tuple(story for story in stories if not story.background),
        findings=tuple(item for item in findings if item.story_id not in quiet),
        signals=tuple(signals),
        coverage=coverage,
        context=context,
        hosts=map_hosts(store, context),
    )


def _answer(inquiry: Inquiry, playbook: Playbook) -> tuple[Answer, ...]:
    return tuple(render(approach(inquiry), playbook.question(code)) for code, approach in APPROACHES)


def _nothing_read(question: Question) -> Answer:
    """No record of any host could be read: silence is then no answer, not even N/A."""
    return Answer(
        id=question.code,
        question=question.question,
        state=State.UNKNOWN,
        confidence=Confidence.LOW,
        text="UNKNOWN because no record of a host could be read.",
        missing=(Missing("logs that can be read", "wevtutil epl Security C:\\IR\\Security.evtx"),),
        flips_if="logs that can be read are given",
    )
