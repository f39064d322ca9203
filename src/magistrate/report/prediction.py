"""What a case says in the words that recordings are labelled with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.decision.verdict import to_label
from magistrate.detections.finding import Tier
from magistrate.report.build import t1047_observed

if TYPE_CHECKING:
    from magistrate.events.evidence import Evidence
    from magistrate.report.case_file import CaseFile


@dataclass(frozen=True, slots=True)
class Prediction:
    """One line of a predictions file. `evidence` holds the record ids of the active stories, sorted.

    `findings` counts the findings of active stories that do not mitigate; 0 when WMI was not observed. `error` is
    the sentence of the failure when the recording could not be investigated.
    """

    file: str
    verdict: str
    t1047: bool
    methods: tuple[str, ...]
    accounts: tuple[str, ...]
    hosts: tuple[str, ...]
    findings: int
    disposition: str
    rule: str
    evidence: tuple[int, ...]
    seconds: float
    error: str | None = None


def predict(case: CaseFile, file: str, seconds: float) -> Prediction:
    """Sum a case up for scoring; a recording of which nothing could be loaded counts as failed."""
    if not case.intake.records_loaded:
        return failed(file, seconds, "no record could be loaded")
    active = tuple(story for story in case.stories if not story.background)
    names = {story.id for story in active}
    observed = t1047_observed(case.stories)
    counted = [item for item in case.findings if item.story_id in names and item.tier is not Tier.MITIGATING]
    # An address stands for the source only where no name is known: one host, one entry.
    hosts = {
        host for story in active for host in (*story.hosts, story.source_host or story.source_ip) if host
    }
    evidence: list[Evidence] = [
        record for story in active for activity in story.activities for record in activity.evidence
    ]
    label = to_label(case.decision, case.findings, case.signals, case.coverage)
    return Prediction(
        file=file,
        verdict=label.value,
        t1047=observed,
        methods=tuple(sorted({name for story in active for name in story.methods})),
        accounts=tuple(sorted({account.name for story in active for account in story.accounts})),
        hosts=tuple(sorted(hosts)),
        findings=len(counted) if observed else 0,
        disposition=case.decision.disposition.value,
        rule=case.decision.rule,
        evidence=tuple(sorted({item.record_id for item in evidence if item.record_id is not None})),
        seconds=round(seconds, 3),
    )


def failed(file: str, seconds: float, error: str) -> Prediction:
    """The line of a recording that could not be investigated: nothing can be said about it."""
    return Prediction(
        file=file,
        verdict="insufficient",
        t1047=False,
        methods=(),
        accounts=(),
        hosts=(),
        findings=0,
        disposition="HOLD-DATA",
        rule="",
        evidence=(),
        seconds=round(seconds, 3),
        error=error,
    )
