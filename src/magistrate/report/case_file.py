"""Everything one investigation found out, as it leaves the last stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from magistrate.activity.model import Story
    from magistrate.activity.relatives import Relative
    from magistrate.answers.answer import Answer
    from magistrate.claims.model import Comparison
    from magistrate.context.model import Context
    from magistrate.coverage.model import Coverage
    from magistrate.coverage.strip import Strip
    from magistrate.decision.model import Decision
    from magistrate.deep_dive.model import DeepDive
    from magistrate.detections.finding import Finding
    from magistrate.detections.signals import Signal
    from magistrate.history.file import HistoryFile
    from magistrate.playbooks.model import Playbook
    from magistrate.response.model import Response
    from magistrate.sigma.model import Matches
    from magistrate.sources.base import Intake


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The result of one investigation: what every report is made from.

    `inputs` are labels of what the user named, never absolute paths, so that two machines write the same bytes.
    `version` is the version of Magistrate that made the case. `window` is what the user limited the case to, ends
    included; None where it is open. `history` is the learned baseline, None when there was none.
    `sigma` is what the user's rules found, from `sigma_files` files; None when he gave none.
    `deep_dive` is what the actions of T2 found; None for a case that was not looked into.
    `strip` counts the records of each channel over time; `lineage` are the processes linked to the sessions.
    `alert` is what the alert claimed, beside its record; None when no alert was given.
    `recovered` are the ids of the cited records that were read from slack.
    """

    playbook: Playbook
    intake: Intake
    coverage: Coverage
    stories: tuple[Story, ...]
    findings: tuple[Finding, ...]
    signals: tuple[Signal, ...]
    answers: tuple[Answer, ...]
    decision: Decision
    response: Response
    context: Context
    inputs: tuple[str, ...]
    version: str
    window: tuple[datetime | None, datetime | None] = (None, None)
    history: HistoryFile | None = None
    sigma: Matches | None = None
    sigma_files: int = 0
    recovered: frozenset[str] = frozenset()
    deep_dive: DeepDive | None = None
    strip: Strip | None = None
    lineage: tuple[Relative, ...] = ()
    alert: Comparison | None = None
