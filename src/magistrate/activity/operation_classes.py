"""Classes of WMI operation: what an act did, in the five words that history and answers count by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magistrate.activity.model import Activity

CLASSES = ("subscription", "process_create", "method", "query", "other")
"""The most telling first. Registry writes and deletions are method calls."""


def class_of(activity: Activity) -> str:
    """Class of operation of one act."""
    if activity.operation in ("delete", "registry"):
        return "method"
    return activity.operation if activity.operation in CLASSES else "other"
