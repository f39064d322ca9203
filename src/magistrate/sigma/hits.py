"""Reads what is needed of the events that rules matched: pointer, host, account, session, source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from magistrate.events.evidence import Evidence
from magistrate.sigma.model import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magistrate.store.base import Store

NO_TIME = (1 << 63) - 1
"""Stands for no time, so that events without one come last."""
_ROWS = 32_768
_TABLE = "sigma_hit"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = [
    "evidence_id",
    "host",
    "Timestamp",
    "Channel",
    "EventID",
    "RecordId",
    "file",
    "category",
    "User",
    "LogonId",
    "SourceIp",
]


def event_times(batch: Any) -> list[int]:
    """Time of each event of a batch in microseconds, NO_TIME where it has none."""
    import pyarrow as pa  # here and not above: slow to load
    import pyarrow.compute as compute

    times = batch.column("Timestamp").cast(pa.timestamp("us", "UTC")).cast(pa.int64())
    found: list[int] = compute.fill_null(times, NO_TIME).to_pylist()
    return found


def read_hits(store: Store, evidence_ids: Iterable[str]) -> dict[str, Hit]:
    """Hits by evidence id; an id that no event of the store has is left out."""
    found: dict[str, Hit] = {}
    for batch in _read(store, evidence_ids, _COLUMNS):
        columns = [
            event_times(batch) if name == "Timestamp" else batch.column(name).to_pylist() for name in _COLUMNS
        ]
        for row in zip(*columns, strict=True):
            found[row[0]] = _hit(*row)
    return found


def _read(store: Store, evidence_ids: Iterable[str], columns: Sequence[str]) -> Iterator[Any]:
    ids = sorted(evidence_ids)
    if not ids:
        return
    store.register(_TABLE, (("evidence_id", "text"),), ({"evidence_id": one} for one in ids))
    picked = ", ".join(f'e."{column}"' for column in columns)
    # Column names are our own.
    sql = f"SELECT {picked} FROM event e JOIN sigma_hit h ON h.evidence_id = e.evidence_id"  # noqa: S608 - as above
    yield from store.batches(sql, rows=_ROWS, name="hits of rules")


def _hit(
    evidence_id: str,
    host: str | None,
    time: int,
    channel: str | None,
    event_id: int | None,
    record_id: int | None,
    file: str | None,
    category: str | None,
    account: str | None,
    logon_id: int | None,
    source_ip: str | None,
) -> Hit:
    utc = None if time == NO_TIME else _EPOCH + timedelta(microseconds=time)
    evidence = Evidence(evidence_id, host or "", utc, channel or "", event_id or 0, record_id, file or "")
    return Hit(evidence, category or "", account, logon_id, source_ip)
