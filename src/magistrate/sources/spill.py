"""Rows on their way from a worker to the event store: Arrow streams per file, Parquet in the end.

A worker writes the rows of one evidence file to spill files of its own, so that a killed worker costs that file
and nothing else. `Compactor` then reads the spills in the order of the files, so that the store's bytes do not
depend on how many workers there were or which of them was faster.
"""

from __future__ import annotations

import struct
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from magistrate.events.schema import RECORD_COLUMNS, ColumnType, column_types

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RECORDS = "records"
"""Folder of the slim rows."""

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
_HEAD = struct.Struct("<IQ")  # bytes of the bucket's name, bytes of the batch
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def spill_path(folder: Path, index: int) -> Path:
    """Spill file of the evidence file with this number."""
    return folder / f"{index:07d}.spill"


class SpillWriter:
    """Writes the rows of one evidence file in batches; `close` makes the file complete.

    The file is a sequence of batches, each with the folder it belongs to. A batch has only the columns that its
    rows fill: most events use a third of them.
    """

    def __init__(self, folder: Path, index: int) -> None:
        self._path = spill_path(folder, index)
        self._buckets: dict[str, _Rows] = {}
        self._file: Any = None

    def add_event(self, bucket: str, row: Mapping[str, Any]) -> None:
        """Add the row of one stored event; `bucket` is its folder, `<category>/<source>-<event id>`."""
        rows = self._buckets.get(bucket)
        if rows is None:
            rows = self._buckets[bucket] = _SlimRows() if bucket == RECORDS else _Rows()
        if rows.add(row) >= BATCH_ROWS:
            self._write(bucket, rows)

    def add_record(self, row: Mapping[str, Any]) -> None:
        """Add the slim row of one record."""
        self.add_event(RECORDS, row)

    def close(self) -> None:
        """Write what is held and finish the file."""
        for bucket in sorted(self._buckets):
            self._write(bucket, self._buckets[bucket])
        if self._file is not None:
            self._file.close()

    def _write(self, bucket: str, rows: _Rows) -> None:
        batch = rows.take()
        if batch.num_rows:
            self.add_batch(bucket, batch)

    def add_batch(self, bucket: str, batch: pa.RecordBatch) -> None:
        """Add rows that are columns already; those that are missing are null."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema, options=_OPTIONS) as stream:
            stream.write_batch(batch)
        content = sink.getvalue()
        name = bucket.encode()
        if self._file is None:
            self._file = self._path.open("wb")
        self._file.write(_HEAD.pack(len(name), content.size))
        self._file.write(name)
        self._file.write(content)


def read_spill(path: Path) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Bucket and batch of everything in a spill file, with the columns that were written."""
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            name_bytes, content_bytes = _HEAD.unpack(head)
            bucket = file.read(name_bytes).decode()
            with pa.ipc.open_stream(file.read(content_bytes)) as stream:
                yield bucket, stream.read_next_batch()


class _Rows:
    """Rows of one bucket, held as bare values: a row is taken apart while it is at hand."""

    schema = EVENT_SCHEMA

    def __init__(self) -> None:
        self._empty: dict[str, Any] = {}
        self._held: list[tuple[Any, ...]] = []

    def add(self, row: Mapping[str, Any]) -> int:
        """Hold one row and tell how many are held."""
        full = {**self._empty, **row}
        if len(full) > len(self._empty):
            self._empty = dict.fromkeys(full)
        self._held.append(tuple(full.values()))
        return len(self._held)

    def take(self) -> pa.RecordBatch:
        """The rows as one Arrow batch with those columns of the schema that some row has; none is held then."""
        # Rows from before a column came are shorter.
        columns = dict(zip(self._empty, zip_longest(*self._held), strict=False))
        self._held = []
        fields = [field for field in self.schema if field.name in columns]
        arrays = [pa.array(columns[field.name], field.type) for field in fields]
        return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


class _SlimRows(_Rows):
    """Rows of which only the slim columns are kept."""

    schema = RECORD_SCHEMA

    def __init__(self) -> None:
        super().__init__()
        self._empty = dict.fromkeys(self.schema.names)

    def add(self, row: Mapping[str, Any]) -> int:
        self._held.append(tuple(map(row.get, self._empty)))
        return len(self._held)


def widen(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with all columns of the schema; those it lacks are null."""
    places = {name: place for place, name in enumerate(batch.schema.names)}
    arrays = [
        batch.column(places[field.name]) if field.name in places else pa.nulls(batch.num_rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class Compactor:
    """Gathers the rows of all evidence files, one file after the other, into the Parquet files of a case."""

    def __init__(self, out_dir: Path) -> None:
        self._out_dir = out_dir
        self._tables: dict[str, _Table] = {}

    def close(self) -> None:
        """Write what is held and finish every file."""
        for bucket in sorted(self._tables):
            self._tables[bucket].close()

    def add(self, bucket: str, batch: pa.RecordBatch) -> None:
        """Append rows to the table of a bucket."""
        if bucket not in self._tables:
            schema = RECORD_SCHEMA if bucket == RECORDS else EVENT_SCHEMA
            self._tables[bucket] = _Table(self._out_dir / bucket, schema)
        self._tables[bucket].add(batch)
        if sum(table.held_bytes for table in self._tables.values()) > _HELD_BYTES:
            largest = max(sorted(self._tables), key=lambda name: self._tables[name].held_bytes)
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
        wide = [widen(batch, self._schema) for batch in self._held]
        table = pa.Table.from_batches(wide, self._schema).combine_chunks()
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
