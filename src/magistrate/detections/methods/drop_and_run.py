"""D9: a file written over the network or in the same session, and run by the provider host right after."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import image_name
from magistrate.activity.model import Kind
from magistrate.activity.rows import moment, text
from magistrate.detections.hit import Hit
from magistrate.detections.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator
    from magistrate.store.base import Row

_PROGRAMS = (".exe", ".dll", ".ps1", ".bat", ".cmd", ".vbs", ".js", ".hta", ".scr", ".xml", ".cpl", ".ocx")


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Children whose image, or a program file their command names, was written up to `drop_minutes` before.

    A signed Microsoft image is left out by its company where that was recorded; a loaded file counts only when the
    system process (the SMB server) wrote it or a share record shows the write.
    """
    by_activity: dict[str, list[Row]] = {}
    for row in frame.query(indicator, sql("recent_writes")):
        by_activity.setdefault(str(row["activity_id"]), []).append(row)
    for story, activity in frame.activities():
        if activity.kind is Kind.CHILD and activity.id in by_activity:
            yield from _dropped(frame, story, activity, by_activity[activity.id])


def _dropped(frame: Frame, story: Story, activity: Activity, rows: list[Row]) -> Iterator[Hit]:
    image = (activity.image or "").lower().replace("\\\\", "\\")
    command = (activity.command or "").lower()
    known_company = (activity.fact("process.company") or "").lower().startswith("microsoft")
    for row in rows:
        path = (text(row, "TargetFilename") or "").lower()
        name = image_name(path)
        over_network = row["EventID"] == 5145 or (text(row, "Image") or "").lower() == "system"
        is_image = (
            not known_company
            and bool(name)
            and (image == path or (row["EventID"] == 5145 and image.endswith("\\" + name)))
        )
        stem = path.removesuffix(".dll").removesuffix(".exe")
        is_loaded = over_network and len(stem) > 6 and stem in command and _is_program(path)
        if is_image or is_loaded:
            when = moment(row)
            gap = activity.utc - when if activity.utc and when else timedelta(0)
            yield Hit(
                story_id=story.id,
                host=activity.host,
                utc=activity.utc,
                values={
                    "file": text(row, "TargetFilename") or "",
                    "seconds": str(int(gap.total_seconds())),
                    "writer": text(row, "Image") or "unknown",
                },
                evidence=(*activity.evidence[:1], *frame.evidence(row)),
                activity_ids=(activity.id,),
            )
            return


def _is_program(path: str) -> bool:
    """A file that can run; a name without ending counts, since tools drop those too."""
    name = image_name(path)
    return "." not in name or name.endswith(_PROGRAMS)
