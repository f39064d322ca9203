"""Prepares the response: steps for people, containment cards, and the result of each sentence of the playbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.response.containment import cards_of
from magistrate.response.material import gather
from magistrate.response.model import Response
from magistrate.response.requirements import answer_requirements
from magistrate.response.scoping import scope_of
from magistrate.response.steps import prepare_steps
from magistrate.response.values import case_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Story
    from magistrate.answers.answer import Answer
    from magistrate.context.model import Context
    from magistrate.coverage.model import Coverage
    from magistrate.decision import Decision
    from magistrate.detections.finding import Finding
    from magistrate.playbooks.model import Playbook


def prepare_response(
    playbook: Playbook,
    stories: Sequence[Story],
    findings: Sequence[Finding],
    answers: Sequence[Answer],
    coverage: Coverage,
    context: Context,
    decision: Decision,
) -> Response:
    """Prepare everything that people do next.

    Nothing is run and nothing is looked up: commands are text, with values of the case quoted or refused.

    Args:
        playbook: texts of steps, cards and requirements.
        stories: all stories, background included.
        findings: all findings, excused ones included.
        answers: Q1 to Q4 and E1 to E4.
        coverage: what each host's logs could show.
        context: site knowledge; without it every target counts as protected.
        decision: containment is planned only for ESCALATE-INCIDENT.

    Returns:
        One result for each step and each requirement of the playbook, and the cards in the order to act.
    """
    material = gather(playbook, stories, findings, answers, coverage, context, decision)
    values = case_values(material)
    l1_steps = prepare_steps(material, playbook.l1_steps, values)
    t2_steps = prepare_steps(material, playbook.t2_steps, values)
    scope = scope_of(material)
    cards = cards_of(playbook, scope)
    return Response(
        l1_steps=l1_steps,
        t2_steps=t2_steps,
        containment=cards,
        requirements=answer_requirements(material, values, (*l1_steps, *t2_steps), cards),
        scope=scope,
    )
