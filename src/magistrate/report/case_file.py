"""Everything one investigation found out, as it leaves the last stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Story
    from magistrate.answers.answer import Answer
    from magistrate.context.model import Context
    from magistrate.coverage.model import Coverage
    from magistrate.decision.model import Decision
    from magistrate.detections.finding import Finding
    from magistrate.sources.base import Intake


class PlaybookLike(Protocol):
    """What reports read from a playbook."""

    @property
    def id(self) -> str: ...  # noqa: D102 - the playbook's own documentation says it
    @property
    def technique(self) -> str: ...  # noqa: D102 - as above
    @property
    def title(self) -> str: ...  # noqa: D102 - as above


class ResponseLike(Protocol):
    """What reports read from the prepared response."""

    @property
    def l1_steps(self) -> Sequence[Any]: ...  # noqa: D102 - the response's own documentation says it
    @property
    def t2_steps(self) -> Sequence[Any]: ...  # noqa: D102 - as above
    @property
    def containment(self) -> Sequence[Any]: ...  # noqa: D102 - as above
    @property
    def requirements(self) -> Sequence[Any]: ...  # noqa: D102 - as above


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The result of one investigation: what every report is made from.

    `inputs` are labels of what the user named, never absolute paths, so that two machines write the same bytes.
    `version` is the version of Magistrate that made the case.
    """

    playbook: PlaybookLike
    intake: Intake
    coverage: Coverage
    stories: tuple[Story, ...]
    findings: tuple[Finding, ...]
    signals: tuple[Any, ...]
    answers: tuple[Answer, ...]
    decision: Decision
    response: ResponseLike
    context: Context
    inputs: tuple[str, ...]
    version: str
