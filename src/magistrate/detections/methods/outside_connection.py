"""S12: a child of the provider host, or its lineage, opens a new connection to the outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.rows import moment, text
from magistrate.context.lookup import is_external_address
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator

_CONNECTIONS = """
WITH lineage AS (
  SELECT a.story_id, a.activity_id, a.host, a.Timestamp AS started, a.process_key, a.process_id, a.image_name
  FROM activity a WHERE a.kind = 'child'
  UNION ALL
  SELECT s.story_id, s.activity_id, s.host, s.Timestamp AS started, s.process_key, s.process_id, s.image_name
  FROM story_process s JOIN activity a ON a.activity_id = s.activity_id AND a.kind = 'child' WHERE s.via = 'descendant'
)
SELECT l.story_id, l.activity_id, l.started, l.image_name AS program, e.evidence_id, e.Timestamp, e.host, e.Channel, e.EventID, e.RecordId,
  e.file, e.Image, e.SourceIp, e.DestinationIp, e.DestinationPort
FROM lineage l JOIN network_connection e ON e.host = l.host AND (e.ProcessGuid = l.process_key OR (e.ProcessGuid IS NULL AND e.ProcessId = l.process_id))
WHERE e.Initiated = TRUE AND e.Timestamp >= l.started AND e.Timestamp <= l.started + :window_minutes * INTERVAL '1' MINUTE
"""
_EARLIER = """
SELECT COUNT(*) AS seen FROM network_connection e
WHERE e.host = :host AND e.DestinationIp = :address AND e.Timestamp < :before
"""


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Outside addresses that a lineage connects to within `window_minutes` and the host did not before."""
    for row in frame.query(indicator, _CONNECTIONS):
        address = text(row, "DestinationIp")
        if not is_external_address(frame.context, address):
            continue
        earlier = frame.query(
            indicator, _EARLIER, host=text(row, "host"), address=address, before=moment(row, "started")
        )
        if earlier and earlier[0]["seen"]:
            continue
        yield Hit(
            story_id=text(row, "story_id") or "",
            host=text(row, "host") or "",
            utc=moment(row),
            values={
                "address": address or "",
                "port": text(row, "DestinationPort") or "",
                "program": text(row, "program") or "",
            },
            evidence=frame.evidence(row),
            activity_ids=(text(row, "activity_id") or "",),
        )
