"""What people do next: L1 steps, T2 steps, containment plan, and the result of each sentence of the playbook."""

from __future__ import annotations

from magistrate.response.model import (
    CardResult,
    CardState,
    Command,
    RequirementResult,
    RequirementState,
    Response,
    StepResult,
    StepState,
)
from magistrate.response.run import prepare_response

__all__ = [
    "CardResult",
    "CardState",
    "Command",
    "RequirementResult",
    "RequirementState",
    "Response",
    "StepResult",
    "StepState",
    "prepare_response",
]
