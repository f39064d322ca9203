"""M6: an installer or update ran on the host in the same minute, or is the parent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.model import Kind
from magistrate.activity.rows import moment, text
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator

# `update` is the name of an event table and a word of SQL, so this query stands here and not in the playbook.
_UPDATES = """
SELECT a.story_id, a.activity_id, a.host, a.Timestamp AS acted, e.evidence_id, e.Timestamp, e.Channel, e.EventID, e.RecordId, e.file
FROM activity a JOIN update e ON e.host = a.host
WHERE a.kind IN ('child', 'client') AND e.EventID IN (1040, 1042, 1033, 11707, 19, 43)
  AND e.Timestamp >= a.Timestamp - :around_seconds * INTERVAL '1' SECOND
  AND e.Timestamp <= a.Timestamp + :around_seconds * INTERVAL '1' SECOND
"""
_INSTALLERS = (
    "c:\\windows\\system32\\msiexec.exe",
    "c:\\windows\\syswow64\\msiexec.exe",
    "c:\\windows\\servicing\\trustedinstaller.exe",
    "c:\\windows\\system32\\wuauclt.exe",
    "c:\\windows\\system32\\usoclient.exe",
)


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Activities beside an installer transaction or update record, and clients that an installer started."""
    for row in frame.query(indicator, _UPDATES):
        yield Hit(
            story_id=text(row, "story_id") or "",
            host=text(row, "host") or "",
            utc=moment(row, "acted"),
            values={"what": f"{text(row, 'Channel')} event {text(row, 'EventID')}"},
            evidence=frame.evidence(row),
            activity_ids=(text(row, "activity_id") or "",),
        )
    for story, activity in frame.activities():
        if activity.kind is Kind.CLIENT and (activity.parent or "").lower() in _INSTALLERS:
            yield Hit(
                story_id=story.id,
                host=activity.host,
                utc=activity.utc,
                values={"what": activity.parent or ""},
                evidence=activity.evidence[:1],
                activity_ids=(activity.id,),
            )
