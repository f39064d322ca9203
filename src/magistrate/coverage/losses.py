"""What the intake could not read, by file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.sources.base import Intake


@dataclass(frozen=True, slots=True)
class Loss:
    """Records of one file that were not read. `records` is 0 when records are missing but nobody knows how many."""

    records: int
    reason: str


def file_losses(intake: Intake) -> dict[str, Loss]:
    """Find the files that lost records: bad, refused or behind an issue such as a cut file.

    Returns:
        Losses by file label, sorted; files that were read completely are not in it.
    """
    lost: dict[str, int] = {}
    reasons: dict[str, str] = {}
    for item in intake.files:
        if item.bad + item.refused > 0:
            lost[item.file] = item.bad + item.refused
            reasons[item.file] = item.reason or "unreadable records"
    by_issue: dict[str, int] = {}
    for issue in intake.issues:
        by_issue[issue.file] = by_issue.get(issue.file, 0) + issue.records
        reasons.setdefault(issue.file, issue.reason)
    for file, records in by_issue.items():
        # Issues explain the counted losses and may add records that nothing could count: never add both.
        lost[file] = max(lost.get(file, 0), records)
    return {file: Loss(lost[file], reasons[file]) for file in sorted(lost)}
