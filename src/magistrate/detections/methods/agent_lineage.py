"""M7: a management agent with a verified path and signer is the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.rows import text
from magistrate.detections.hit import Hit
from magistrate.detections.queries import sql
from magistrate.detections.register import acting_activities

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Stories whose every acting activity has a parent below one of the agents' folders, with a signature on record.

    Without a signature record nothing is verified, and the finding does not hold.
    """
    folders = tuple(item.strip().lower() for item in str(indicator.parameters["folders"].value).split(";"))
    signed = {
        (text(row, "host"), text(row, "image")): row for row in frame.query(indicator, sql("signed_parents"))
    }
    if not signed:
        return
    for story in frame.stories:
        acting = acting_activities(story)
        parents = [((a.host, (a.parent or "").lower()), a) for a in acting]
        if all(key[1].startswith(folders) and key in signed for key, _ in parents):
            signers = sorted({text(signed[key], "signer") or "" for key, _ in parents})
            yield Hit(
                story_id=story.id,
                host=acting[0].host,
                utc=story.first,
                values={"parent": parents[0][0][1], "signer": ", ".join(signers)},
                evidence=tuple(item for a in acting[:5] for item in a.evidence[:1]),
                activity_ids=tuple(a.id for a in acting),
            )
