"""Events and case folders for the tests of stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from magistrate.events.schema import RECORD_COLUMNS, column_types

T0 = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
_ARROW = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("us", "UTC"),
    "bool": pa.bool_(),
}


def event(number, category="process_creation", **values):
    row = {
        "evidence_id": f"{number:016x}", "Timestamp": T0 + timedelta(seconds=number), "host": "pc1.corp.example",
        "Channel": "Security", "EventID": 4688, "RecordId": number, "category": category, "file_sha256": "aa",
        "file": "a.evtx", "locator": str(number), "raw": "<Event/>",
    }  # fmt: skip
    return row | values


def write_case(folder, rows, parts=1):
    """Write the Parquet layout of a case: rows go to `parts` files in turn."""
    for part in range(parts):
        mine = rows[part::parts]
        for category in {row["category"] for row in mine if row.get("category")}:
            target = folder / category / "security-4688"
            target.mkdir(parents=True, exist_ok=True)
            schema = pa.schema([(name, _ARROW[kind]) for name, kind in column_types().items()])
            members = [row for row in mine if row.get("category") == category]
            pq.write_table(pa.Table.from_pylist(members, schema), target / f"part-{part}.parquet")
        (folder / "records").mkdir(parents=True, exist_ok=True)
        schema = pa.schema([(name, _ARROW[kind]) for name, kind in RECORD_COLUMNS])
        members = [{"stored": bool(row.get("category")), **row} for row in mine]
        pq.write_table(pa.Table.from_pylist(members, schema), folder / "records" / f"part-{part}.parquet")
    return folder
