"""The checklist of L1 and the sheet of T2, with what the program already did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.coverage.model import Proof
from magistrate.playbooks.template import fill
from magistrate.response.implementers import answers_of, findings_of
from magistrate.response.material import Material, activity_evidence, evidence_ids
from magistrate.response.model import Command, StepResult, StepState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from magistrate.playbooks.model import Requirement, Step


def prepare_steps(
    material: Material, steps: Sequence[Step], values: Mapping[str, str]
) -> tuple[StepResult, ...]:
    """Fill each step from the case, in the order of the playbook."""
    requirements = {item.id: item for item in material.playbook.requirements}
    return tuple(_step(material, step, requirements[step.requirement], values) for step in steps)


def _step(material: Material, step: Step, requirement: Requirement, values: Mapping[str, str]) -> StepResult:
    found = any(values[name] != "0" for name in step.found_when)
    pieces = [
        *(piece for answer in answers_of(material, requirement.id) for piece in answer.evidence),
        *(piece for finding in findings_of(material, requirement.id) for piece in finding.evidence),
        *activity_evidence(material.traces(*requirement.traces)),
    ]
    if not pieces:
        pieces = activity_evidence(material.activities)
    return StepResult(
        id=step.id,
        requirement=step.requirement,
        title=step.title,
        state=_state(material, proof_of(material, requirement.capabilities, requirement.log_sources)),
        result=fill(step.found if found else step.nothing, values),
        goal=step.goal,
        ask=tuple(Command(fill(item.what, values), fill(item.command, values)) for item in step.commands),
        done_when=step.done_when,
        evidence_ids=evidence_ids(pieces),
    )


def proof_of(material: Material, capabilities: Sequence[str], log_sources: Sequence[str] = ()) -> Proof:
    """Whether everything needed was recorded on every host of the case: ON, PARTIAL or UNKNOWN."""
    proofs = [proof for name in capabilities for _, proof in material.proofs(name)]
    proofs += [proof for name in log_sources for _, proof in material.log_source_proofs(name)]
    if not material.hosts:
        return Proof.UNKNOWN
    if all(proof is Proof.ON for proof in proofs):
        return Proof.ON
    return Proof.PARTIAL if any(proof in (Proof.ON, Proof.PARTIAL) for proof in proofs) else Proof.UNKNOWN


def _state(material: Material, proof: Proof) -> StepState:
    if proof is Proof.UNKNOWN:
        return StepState.NOT_ANSWERABLE
    if proof is Proof.PARTIAL:
        return StepState.PARTLY
    return StepState.DONE if material.activities else StepState.NOT_NEEDED
