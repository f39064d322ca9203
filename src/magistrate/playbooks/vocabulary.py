"""Forms of ids and closed sets of words that content files may use."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

Text = Annotated[str, StringConstraints(min_length=1)]
RequirementId = Annotated[str, StringConstraints(pattern=r"^P[1-9][0-9]?$")]
IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[DSWM][1-9][0-9]?$")]
QuestionCode = Annotated[str, StringConstraints(pattern=r"^[QE][1-9]$")]
RuleId = Annotated[str, StringConstraints(pattern=r"^[RN][0-9]{1,2}$")]
Technique = Annotated[str, StringConstraints(pattern=r"^T[0-9]{4}(\.[0-9]{3})?$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
TierLetter = Literal["D", "S", "W", "M"]
StateName = Literal["YES", "NO", "UNKNOWN", "CONFLICT", "N/A"]
DispositionName = Literal[
    "NOT-OBSERVED",
    "ESCALATE-INCIDENT",
    "ESCALATE-REVIEW",
    "HOLD-DATA",
    "CLOSE-BENIGN",
    "CLOSE-TEST",
    "CLOSE-FALSE",
]
SeverityName = Literal["SEV1", "SEV2", "SEV3", "SEV4"]
ExampleKind = Literal["hit", "near_miss", "missing_fields", "benign"]
EXAMPLE_KINDS: tuple[ExampleKind, ...] = ("hit", "near_miss", "missing_fields", "benign")
