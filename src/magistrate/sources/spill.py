"""Rows on their way from a worker to the event store: Arrow streams per file, Parquet in the end.

A worker writes the rows of one evidence file to spill files of its own, so that a killed worker costs that file
and nothing else. `Compactor` then reads the spills in the order of the files, so that the store's bytes do not
depend on how many workers there were or which of them was faster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from magistrate.events.schema import RECORD_COLUMNS, ColumnType, column_types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

BATCH_ROWS = 4096
_PART_ROWS = 500_000
_FLUSH_ROWS = 50_000
_FLUSH_BYTES = 48 << 20
_HELD_BYTES = 160 << 20

_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("us", "UTC"),
    "bool": pa.bool_(),
}
EVENT_SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in column_types().items()])
RECORD_SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in RECORD_COLUMNS])
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def events_path(folder: Path, index: int) -> Path:
    """Spill file of the events of the file with this number."""
    return folder / f"{index:07d}.events"


def records_path(folder: Path, index: int) -> Path:
    """Spill file of the records of the file with this number."""
    return folder / f"{index:07d}.records"


class SpillWriter:
    """Writes the rows of one evidence file in batches; `close` makes the files complete."""

    def __init__(self, folder: Path, index: int) -> None:
        self._folder = folder
        self._index = index
        self._buckets: dict[str, list[Mapping[str, Any]]] = {}
        self._records: list[Mapping[str, Any]] = []
        self._events_file: Any = None
        self._records_file: Any = None

    def add_event(self, bucket: str, row: Mapping[str, Any]) -> None:
        """Add the row of one stored event; `bucket` is its folder, `<category>/<source>-<event id>`."""
        rows = self._buckets.setdefault(bucket, [])
        rows.append(row)
        if len(rows) >= BATCH_ROWS:
            self._write_bucket(bucket)

    def add_record(self, row: Mapping[str, Any]) -> None:
        """Add the slim row of one record."""
        self._records.append(row)
        if len(self._records) >= BATCH_ROWS:
            self._write_records()

    def close(self) -> None:
        """Write what is held and finish both files."""
        for bucket in sorted(self._buckets):
            self._write_bucket(bucket)
        self._write_records()
        for writer in (self._events_file, self._records_file):
            if writer is not None:
                writer.close()

    def _write_bucket(self, bucket: str) -> None:
        rows = self._buckets[bucket]
        if not rows:
            return
        if self._events_file is None:
            path = str(events_path(self._folder, self._index))
            self._events_file = pa.ipc.new_stream(path, EVENT_SCHEMA, options=_OPTIONS)
        self._events_file.write_batch(to_batch(rows, EVENT_SCHEMA), custom_metadata={"bucket": bucket})
        self._buckets[bucket] = []

    def _write_records(self) -> None:
        if not self._records:
            return
        if self._records_file is None:
            path = str(records_path(self._folder, self._index))
            self._records_file = pa.ipc.new_stream(path, RECORD_SCHEMA, options=_OPTIONS)
        self._records_file.write_batch(to_batch(self._records, RECORD_SCHEMA))
        self._records = []


def to_batch(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Rows as one Arrow batch; missing keys become null."""
    present = set().union(*rows)
    arrays = [
        pa.array([row.get(field.name) for row in rows], field.type)
        if field.name in present
        else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class Compactor:
    """Moves spill files into the Parquet files of a case, one file after the other, and removes them."""

    def __init__(self, spill: Path, events: Path, records: Path) -> None:
        self._spill = spill
        self._events = events
        self._records = records
        self._tables: dict[Path, _Table] = {}

    def take(self, index: int) -> None:
        """Move the rows of the file with this number; a file without rows has no spill."""
        path = events_path(self._spill, index)
        if path.exists():
            with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
                while True:
                    try:
                        batch, metadata = stream.read_next_batch_with_custom_metadata()
                    except StopIteration:
                        break
                    bucket = metadata[b"bucket"].decode()
                    self._add(self._events / bucket, EVENT_SCHEMA, batch)
            path.unlink()
        path = records_path(self._spill, index)
        if path.exists():
            with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
                for batch in stream:
                    self._add(self._records, RECORD_SCHEMA, batch)
            path.unlink()

    def close(self) -> None:
        """Write what is held and finish every file."""
        for folder in sorted(self._tables):
            self._tables[folder].close()

    def _add(self, folder: Path, schema: pa.Schema, batch: pa.RecordBatch) -> None:
        if folder not in self._tables:
            self._tables[folder] = _Table(folder, schema)
        self._tables[folder].add(batch)
        held = sum(table.held_bytes for table in self._tables.values())
        if held > _HELD_BYTES:
            largest = max(sorted(self._tables), key=lambda item: self._tables[item].held_bytes)
            self._tables[largest].flush()


class _Table:
    """The Parquet files of one folder: parts of a bounded number of rows."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = schema
        self._held: list[pa.RecordBatch] = []
        self._held_rows = 0
        self.held_bytes = 0
        self._part = 0
        self._part_rows = 0
        self._writer: Any = None

    def add(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._held_rows += batch.num_rows
        self.held_bytes += batch.nbytes
        if self._held_rows >= _FLUSH_ROWS or self.held_bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        if not self._held:
            return
        if self._writer is None:
            path = self._folder / f"part-{self._part:05d}.parquet"
            self._writer = pq.ParquetWriter(str(path), self._schema, compression="zstd", compression_level=1)
        table = pa.Table.from_batches(self._held, self._schema).combine_chunks()
        self._writer.write_table(table)
        self._part_rows += self._held_rows
        self._held, self._held_rows, self.held_bytes = [], 0, 0
        if self._part_rows >= _PART_ROWS:
            self._finish_part()

    def close(self) -> None:
        self.flush()
        self._finish_part()

    def _finish_part(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._part += 1
            self._part_rows = 0
