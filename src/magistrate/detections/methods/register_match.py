"""M1: every acting activity of a story is covered by the known-good register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.detections.hit import Hit
from magistrate.detections.register import acting_activities, covering_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Stories that the register covers whole: parent, shape, account, source, place and time of each activity."""
    for story in frame.stories:
        entries = covering_entries(frame.context, story)
        if not entries:
            continue
        acting = acting_activities(story)
        yield Hit(
            story_id=story.id,
            host=acting[0].host,
            utc=story.first,
            values={
                "entries": ", ".join(entry.id for entry in entries),
                "purpose": "; ".join(dict.fromkeys(entry.purpose for entry in entries)),
                "location": ", ".join(entry.location for entry in entries if entry.location),
            },
            evidence=tuple(item for activity in acting[:5] for item in activity.evidence[:1]),
            activity_ids=tuple(activity.id for activity in acting),
        )
