"""What other systems call our dispositions and severities: `dispositions.csv` and `severities.csv` beside this module."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from magistrate.decision.model import Disposition

SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4", "none")


@dataclass(frozen=True, slots=True)
class DispositionWords:
    """One disposition: as a sentence for who reads no logs, and as other systems know it."""

    reached: str
    thehive_status: str
    ocsf_verdict_id: int
    ocsf_status_id: int
    jira_label: str


@dataclass(frozen=True, slots=True)
class SeverityWords:
    """One severity as other systems know it; `none` stands for a case that is not escalated."""

    ocsf_severity_id: int
    thehive_severity: int
    jira_priority: str
    navigator_score: int


def disposition_words(disposition: str) -> DispositionWords:
    """The words for a disposition."""
    row = _rows("dispositions.csv", "disposition", tuple(sorted(Disposition)))[disposition]
    return DispositionWords(
        reached=row["reached"],
        thehive_status=row["thehive_status"],
        ocsf_verdict_id=int(row["ocsf_verdict_id"]),
        ocsf_status_id=int(row["ocsf_status_id"]),
        jira_label=row["jira_label"],
    )


def severity_words(severity: str | None) -> SeverityWords:
    """The words for a severity, None where nothing is escalated."""
    row = _rows("severities.csv", "severity", SEVERITIES)[severity or "none"]
    return SeverityWords(
        ocsf_severity_id=int(row["ocsf_severity_id"]),
        thehive_severity=int(row["thehive_severity"]),
        jira_priority=row["jira_priority"],
        navigator_score=int(row["navigator_score"]),
    )


@cache
def _rows(name: str, key: str, wanted: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The rows of a table by their key.

    Raises:
        ValueError: a key is missing, repeated or unknown, or a row gives no source.
    """
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    if sorted(row[key] for row in rows) != sorted(wanted):
        raise ValueError(f"{name}: wanted exactly one row for each of {', '.join(sorted(wanted))}")
    if bare := [row[key] for row in rows if not row["source"]]:
        raise ValueError(f"{name}: {', '.join(bare)} without a source")
    return {row[key]: row for row in rows}
