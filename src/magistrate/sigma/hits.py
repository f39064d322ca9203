"""Reads what is needed of the events that rules matched: pointer, host, account, session, source."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from magistrate.events.evidence import Evidence
from magistrate.sigma.model import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from magistrate.store.base import Store

_ROWS = 8_192
_TABLE = "sigma_hit"


def read_hits(store: Store, evidence_ids: Iterable[str]) -> dict[str, Hit]:
    """Hits by evidence id; an id that no event of the store has is left out."""
    ids = sorted(evidence_ids)
    if not ids:
        return {}
    store.register(_TABLE, (("evidence_id", "text"),), ({"evidence_id": one} for one in ids))
    sql = """
        SELECT e.evidence_id, e.host, e.Timestamp, e.Channel, e.EventID, e.RecordId, e.file, e.category,
          e."User", e.LogonId, e.SourceIp
        FROM event e JOIN sigma_hit h ON h.evidence_id = e.evidence_id
    """
    found: dict[str, Hit] = {}
    for batch in store.batches(sql, rows=_ROWS, name="hits of rules"):
        for row in batch.to_pylist():
            found[row["evidence_id"]] = _hit(row)
    return found


def _hit(row: Mapping[str, object]) -> Hit:
    utc = row["Timestamp"]
    evidence = Evidence(
        str(row["evidence_id"]),
        str(row["host"] or ""),
        _utc(utc),
        str(row["Channel"] or ""),
        row["EventID"] if isinstance(row["EventID"], int) else 0,
        row["RecordId"] if isinstance(row["RecordId"], int) else None,
        str(row["file"] or ""),
    )
    return Hit(
        evidence,
        str(row["category"] or ""),
        row["User"] if isinstance(row["User"], str) else None,
        row["LogonId"] if isinstance(row["LogonId"], int) else None,
        row["SourceIp"] if isinstance(row["SourceIp"], str) else None,
    )


def _utc(value: object) -> datetime | None:
    return value.astimezone(UTC) if isinstance(value, datetime) else None
