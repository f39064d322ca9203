"""What the case says to each of the playbook's sentences, with an honest state."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.coverage.model import Proof
from magistrate.decision import Disposition
from magistrate.playbooks.template import fill
from magistrate.response.implementers import answers_of, findings_of, names_of
from magistrate.response.material import MAX_EVIDENCE, Material, activity_evidence, evidence_ids
from magistrate.response.model import (
    CardResult,
    CardState,
    RequirementResult,
    RequirementState,
    StepResult,
    StepState,
)
from magistrate.response.steps import proof_of
from magistrate.response.wording import some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from magistrate.playbooks.model import Requirement

_ORDER = (RequirementState.ANSWERED, RequirementState.PARTLY, RequirementState.NOT_ANSWERABLE)
_OF_STEP = {
    StepState.DONE: RequirementState.ANSWERED,
    StepState.NOT_NEEDED: RequirementState.ANSWERED,
    StepState.PARTLY: RequirementState.PARTLY,
    StepState.NOT_ANSWERABLE: RequirementState.NOT_ANSWERABLE,
}
SEES_ACTIVITY = ("process_creation", "command_line")
"""Recordings without which WMI activity goes unseen."""
_OF_PROOF = {Proof.ON: RequirementState.ANSWERED, Proof.PARTIAL: RequirementState.PARTLY}


def answer_requirements(
    material: Material,
    values: Mapping[str, str],
    steps: Sequence[StepResult],
    cards: Sequence[CardResult],
) -> tuple[RequirementResult, ...]:
    """One result for each sentence of the playbook, in its order."""
    return tuple(_result(material, item, values, steps, cards) for item in material.playbook.requirements)


def _result(
    material: Material,
    requirement: Requirement,
    values: Mapping[str, str],
    steps: Sequence[StepResult],
    cards: Sequence[CardResult],
) -> RequirementResult:
    own_steps = [step for step in steps if step.requirement == requirement.id]
    own_cards = [card for card in cards if card.requirement == requirement.id]
    state = _state(material, requirement, own_steps, own_cards)
    if requirement.limit:
        state = _worst((state, RequirementState.PARTLY))
    sentences = [
        fill(requirement.result, values) if requirement.result else "",
        *([] if own_steps else _answer_sentences(material, requirement)),
        *(step.result for step in own_steps),
        *_card_sentences(material, requirement, own_cards),
        _finding_sentence(material, requirement),
        _gap_sentence(material, requirement, state),
        requirement.limit,
    ]
    return RequirementResult(
        id=requirement.id,
        row=requirement.row,
        text=requirement.says,
        state=state,
        result=" ".join(sentence for sentence in sentences if sentence),
        evidence_ids=_evidence(material, requirement, own_steps, own_cards),
        implemented_by=material.playbook.implementers(requirement.id),
    )


def _answer_sentences(material: Material, requirement: Requirement) -> list[str]:
    return [
        f"{answer.id} {answer.state.value} ({answer.confidence.value}): {answer.text}"
        for answer in answers_of(material, requirement.id)
    ]


def _card_sentences(
    material: Material, requirement: Requirement, cards: Sequence[CardResult]
) -> Iterable[str]:
    if not names_of(material, requirement.id, "card"):
        return
    if not cards:
        yield f"No card applies at {material.decision.disposition.value}."
        return
    for state, words in (
        (CardState.PLANNED, "planned, each waits for approval"),
        (CardState.GUARDED, "guarded, without a command until their target is known to be unprotected"),
        (CardState.REFUSED, "to be filled in by hand"),
    ):
        titles = [card.title for card in cards if card.state is state]
        if titles:
            yield f"Cards {words}: {some(titles)}."
    yield from (card.result for card in cards if card.state is CardState.NONE)


def _finding_sentence(material: Material, requirement: Requirement) -> str:
    codes = names_of(material, requirement.id, "indicator")
    if not codes:
        return ""
    counts = Counter(finding.code for finding in findings_of(material, requirement.id))
    excused = sum(1 for f in findings_of(material, requirement.id) if f.excused_by)
    if not counts:
        return f"No finding of {', '.join(codes)}."
    listed = some((f"{code} ({count})" for code, count in counts.items()), most=12)
    return f"Findings: {listed}{f', {excused} of them excused by the register' if excused else ''}."


def _gap_sentence(material: Material, requirement: Requirement, state: RequirementState) -> str:
    """Name what was not recorded, so that "no finding" is not read as "nothing happened"."""
    if state is RequirementState.ANSWERED:
        return ""
    judged_nothing = not material.activities and bool(answers_of(material, requirement.id))
    gaps = [
        f"{name.replace('_', ' ')} on {host} ({proof.value})"
        for name in requirement.capabilities or (SEES_ACTIVITY if judged_nothing else ())
        for host, proof in material.proofs(name)
        if proof is not Proof.ON
    ]
    titles = {item.id: item.title for item in material.playbook.log_sources}
    absent = [
        f"{titles[name]} of {host}"
        for name in requirement.log_sources
        for host, proof in material.log_source_proofs(name)
        if proof is not Proof.ON
    ]
    if absent:
        missing = f"Not in the case: {some(absent, most=4)}."
        return f"Not covered, or not fully: {some(gaps, most=4)}. {missing}" if gaps else missing
    if gaps:
        return f"Not covered, or not fully: {some(gaps, most=4)}."
    return "" if material.hosts else "Nothing was loaded that could answer it."


def _state(
    material: Material, requirement: Requirement, steps: Sequence[StepResult], cards: Sequence[CardResult]
) -> RequirementState:
    if steps:
        return _worst(_OF_STEP[step.state] for step in steps)
    if names_of(material, requirement.id, "card"):
        return _card_state(material, cards)
    answers = answers_of(material, requirement.id)
    if answers:
        return _worst(_answer_state(material, requirement, answer.state) for answer in answers)
    intake = "intake" in names_of(material, requirement.id, "part")
    if not (intake or requirement.capabilities or requirement.log_sources):
        return RequirementState.ANSWERED
    if findings_of(material, requirement.id) or material.traces(*requirement.traces):
        proved = proof_of(material, requirement.capabilities, requirement.log_sources) is Proof.ON
        return RequirementState.ANSWERED if proved else RequirementState.PARTLY
    state = _of_proof(material, requirement.capabilities, requirement.log_sources)
    if intake and (material.coverage.lost_records or material.unexamined()):
        return _worst((state, RequirementState.PARTLY))
    return state


def _of_proof(
    material: Material, capabilities: Sequence[str], log_sources: Sequence[str] = ()
) -> RequirementState:
    return _OF_PROOF.get(proof_of(material, capabilities, log_sources), RequirementState.NOT_ANSWERABLE)


def _answer_state(material: Material, requirement: Requirement, state: State) -> RequirementState:
    if state is State.CONFLICT:
        return RequirementState.PARTLY
    if state is State.NOT_APPLICABLE and not material.activities:
        # "Nothing to judge" is an answer only as far as WMI activity would have been seen.
        return _of_proof(material, requirement.capabilities or SEES_ACTIVITY)
    if state is not State.UNKNOWN:
        return RequirementState.ANSWERED
    partly = findings_of(material, requirement.id) or material.traces(*requirement.traces)
    return RequirementState.PARTLY if partly else RequirementState.NOT_ANSWERABLE


def _card_state(material: Material, cards: Sequence[CardResult]) -> RequirementState:
    if any(card.state is CardState.REFUSED for card in cards):
        return RequirementState.PARTLY
    # While data is missing, or where nothing could have been seen, "no containment" is not a full answer.
    waiting = material.decision.disposition is Disposition.HOLD_DATA
    unseen = not material.activities and proof_of(material, SEES_ACTIVITY) is not Proof.ON
    return RequirementState.PARTLY if waiting or unseen else RequirementState.ANSWERED


def _worst(states: Iterable[RequirementState]) -> RequirementState:
    return max(states, key=_ORDER.index)


def _evidence(
    material: Material, requirement: Requirement, steps: Sequence[StepResult], cards: Sequence[CardResult]
) -> tuple[str, ...]:
    pieces = [
        *(piece for answer in answers_of(material, requirement.id) for piece in answer.evidence),
        *(piece for finding in findings_of(material, requirement.id) for piece in finding.evidence),
        *activity_evidence(material.traces(*requirement.traces)),
    ]
    ids = [
        *evidence_ids(pieces),
        *(i for step in steps for i in step.evidence_ids),
        *(i for card in cards for i in card.evidence_ids),
    ]
    return tuple(dict.fromkeys(ids or _proof_ids(material, requirement)))[:MAX_EVIDENCE]


def _proof_ids(material: Material, requirement: Requirement) -> list[str]:
    """Records that prove the recordings: what "nothing found" rests on. All of them for the rows on log sources."""
    every = "coverage" in names_of(material, requirement.id, "part")
    return [
        item
        for host in material.hosts
        if host in material.coverage_of
        for capability in material.coverage_of[host].capabilities
        if every or capability.name in requirement.capabilities
        for item in capability.evidence_ids[:2]
    ]
