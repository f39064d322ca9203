"""S12: a child of the provider host, or its lineage, opens a new connection to the outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.rows import moment, text
from magistrate.context.lookup import is_external_address
from magistrate.detections.hit import Hit
from magistrate.detections.queries import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Outside addresses that a lineage connects to within `window_minutes` and the host did not before."""
    for row in frame.query(indicator, sql("lineage_connections")):
        address = text(row, "DestinationIp")
        if not is_external_address(frame.context, address):
            continue
        earlier = frame.query(
            indicator,
            sql("earlier_connections"),
            host=text(row, "host"),
            address=address,
            before=moment(row, "started"),
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
