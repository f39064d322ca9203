"""Settles the accounts of all files: which records are copies, and in what order everything is told."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import TYPE_CHECKING

from magistrate.sources.base import Intake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.sources.base import FileIntake
    from magistrate.sources.intake_file import LeafResult

_ID_BYTES = 8
_IDS_AT_ONCE = 4_000_000


def settle(leaves: list[LeafResult], notes: tuple[str, ...]) -> Intake:
    """Count duplicates across files and put the accounts in order.

    A record belongs to the first file that holds it, by file hash and label, as in the store; what was read from
    slack comes after everything live.
    """
    ordered = sorted(leaves, key=lambda leaf: (leaf.intake.sha256, leaf.intake.file))
    live = [leaf.ids[: leaf.intake.loaded * _ID_BYTES] for leaf in ordered]
    slack = [leaf.ids[leaf.intake.loaded * _ID_BYTES :] for leaf in ordered]
    repeats = _count_repeats([*live, *slack])
    counts = zip(repeats[: len(ordered)], repeats[len(ordered) :], strict=True)
    files = [_without_repeats(leaf.intake, *count) for leaf, count in zip(ordered, counts, strict=True)]
    issues = [issue for leaf in ordered for issue in leaf.issues]
    return Intake(
        tuple(sorted(files, key=lambda file: (file.file, file.sha256))),
        tuple(sorted(issues, key=lambda issue: (issue.file, issue.locator or "", issue.reason))),
        notes,
    )


def _without_repeats(intake: FileIntake, live: int, slack: int) -> FileIntake:
    """The account with its repeated records counted as duplicates."""
    return replace(
        intake,
        loaded=intake.loaded - live,
        recovered=intake.recovered - slack,
        recovered_read=intake.recovered_read - slack,
        duplicate=intake.duplicate + live + slack,
    )


def _count_repeats(ids: Sequence[bytes]) -> list[int]:
    """For each file, how many of its ids were seen before in it or in a file ahead of it.

    Ids are hashes, so they are counted in slices of their range when there are too many to hold at once.
    """
    total = sum(len(block) for block in ids) // 8
    slices = max(1, -(-total // _IDS_AT_ONCE))
    width = -(-(1 << 64) // slices)
    counts = [0] * len(ids)
    for part in range(slices):
        seen: set[int] = set()
        for index, block in enumerate(ids):
            numbers = array("Q")
            numbers.frombytes(block)
            wanted = numbers if slices == 1 else [n for n in numbers if n // width == part]
            before = len(seen)
            seen.update(wanted)
            counts[index] += len(wanted) - (len(seen) - before)
    return counts
