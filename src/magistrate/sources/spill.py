"""Rows on their way from a worker to the event store: one spill per evidence file, Parquet in the end.

A worker writes the rows of one evidence file to a spill of its own, so that a killed worker costs that file and
nothing else. `Compactor` then reads the spills in the order of the files, so that the store's bytes do not depend
on how many workers there were or which of them was faster.

Rows of one table that are many go into the spill as a finished Parquet file, which the compactor only copies; few
rows go there as an Arrow stream, and the compactor gathers those of many evidence files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
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
_FLUSH_BYTES = 32 << 20
_HELD_BYTES = 64 << 20
_PARQUET_ROWS = 4096  # fewer are not worth a file of their own: a query opens every file of its tables

_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "timestamp": pa.timestamp("us", "UTC"),
    "bool": pa.bool_(),
}
EVENT_SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in column_types().items()])
RECORD_SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in RECORD_COLUMNS])
_HEAD = struct.Struct(
    "<IQQ"
)  # bytes of the bucket's name, bytes that follow, rows if they are Parquet, else 0
_ALIKE = frozenset({"Timestamp", "RecordId"})
_SINGULAR = frozenset({*_ALIKE, "evidence_id", "locator", "event_data"})
"""Columns whose values hardly come twice, so that a dictionary of them only costs."""
_COUNTED = ("Timestamp", "EventID", "RecordId", "host", "Channel")
"""Columns that queries narrow down; the smallest and largest value of the others would help none."""
_ALWAYS = frozenset(name for name, _ in RECORD_COLUMNS if name in column_types())
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


def spill_path(folder: Path, index: int) -> Path:
    """Spill file of the evidence file with this number."""
    return folder / f"{index:07d}.spill"


@dataclass(frozen=True, slots=True)
class ParquetPart:
    """A finished Parquet file with rows of one table."""

    content: bytes
    num_rows: int


class SpillWriter:
    """Writes the rows of one evidence file; `close` makes the file complete.

    The file is a sequence of batches and Parquet files, each with the folder it belongs to. A batch has only the
    columns that its rows fill: most events use a third of them.
    """

    def __init__(self, folder: Path, index: int) -> None:
        self._path = spill_path(folder, index)
        self._rows: dict[str, _Rows] = {}
        self._held: dict[str, _Held] = {}
        self._file: Any = None

    def add_event(self, bucket: str, row: Mapping[str, Any]) -> None:
        """Add the row of one stored event; `bucket` is its folder, `<category>/<source>-<event id>`."""
        rows = self._rows.get(bucket)
        if rows is None:
            rows = self._rows[bucket] = _SlimRows() if bucket == RECORDS else _Rows()
        if rows.add(row) >= BATCH_ROWS:
            self.add_batch(bucket, rows.take())

    @property
    def path(self) -> Path | None:
        """The file with the rows; None when there are none. Asked of the writer: a file that is gone held some."""
        return self._path if self._file is not None else None

    def add_record(self, row: Mapping[str, Any]) -> None:
        """Add the slim row of one record."""
        self.add_event(RECORDS, row)

    def add_batch(self, bucket: str, batch: pa.RecordBatch) -> None:
        """Add rows that are columns already; those that are missing are null."""
        if not batch.num_rows:
            return
        held = self._held.get(bucket)
        if held is None:
            held = self._held[bucket] = _Held()
        held.add(batch)
        if held.is_full():
            self._write(bucket, held)
        while sum(item.size_bytes for item in self._held.values()) > _HELD_BYTES:
            largest = max(sorted(self._held), key=lambda name: self._held[name].size_bytes)
            self._write(largest, self._held[largest])

    def close(self) -> None:
        """Write what is held and finish the file."""
        for bucket in sorted(self._rows):
            self.add_batch(bucket, self._rows[bucket].take())
        for bucket in sorted(self._held):
            self._write(bucket, self._held[bucket])
        if self._file is not None:
            self._file.close()

    def _write(self, bucket: str, held: _Held) -> None:
        """Write what is held of one table, as Parquet or as batches."""
        rows = held.rows
        batches = held.take()
        if rows >= _PARQUET_ROWS:
            sink = pa.BufferOutputStream()
            schema = filled_schema(bucket, batches)
            with parquet_writer(sink, schema) as writer:
                writer.write_table(as_table(batches, schema))
            self._append(bucket, sink.getvalue(), rows)
            return
        for batch in batches:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema, options=_OPTIONS) as stream:
                stream.write_batch(batch)
            self._append(bucket, sink.getvalue(), 0)

    def _append(self, bucket: str, content: pa.Buffer, rows: int) -> None:
        name = bucket.encode()
        if self._file is None:
            self._file = self._path.open("wb")
        self._file.write(_HEAD.pack(len(name), content.size, rows))
        self._file.write(name)
        self._file.write(content)


def read_spill(path: Path) -> Iterator[tuple[str, pa.RecordBatch | ParquetPart]]:
    """Bucket and rows of everything in a spill file: Parquet files, and batches with the columns that were written."""
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            name_bytes, content_bytes, rows = _HEAD.unpack(head)
            bucket = file.read(name_bytes).decode()
            content = file.read(content_bytes)
            if rows:
                yield bucket, ParquetPart(content, rows)
                continue
            with pa.ipc.open_stream(content) as stream:
                yield bucket, stream.read_next_batch()


class _Held:
    """Batches of one table that wait to be written together."""

    def __init__(self) -> None:
        self._batches: list[pa.RecordBatch] = []
        self.rows = self.size_bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self.rows += batch.num_rows
        self.size_bytes += batch.nbytes

    def is_full(self) -> bool:
        return self.rows >= _FLUSH_ROWS or self.size_bytes >= _FLUSH_BYTES

    def take(self) -> list[pa.RecordBatch]:
        """What is held; nothing is then."""
        batches, self._batches, self.rows, self.size_bytes = self._batches, [], 0, 0
        return batches


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


def as_table(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """Batches with different columns as one table with all columns of the schema."""
    rows = sum(batch.num_rows for batch in batches)
    columns = []
    for field in schema:
        if all(batch.schema.get_field_index(field.name) < 0 for batch in batches):
            columns.append(pa.chunked_array([pa.nulls(rows, field.type)]))
            continue
        parts = [
            batch.column(place)
            if (place := batch.schema.get_field_index(field.name)) >= 0
            else pa.nulls(batch.num_rows, field.type)
            for batch in batches
        ]
        columns.append(pa.chunked_array(parts, field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def filled_schema(bucket: str, batches: list[pa.RecordBatch]) -> pa.Schema:
    """The columns that a Parquet file with these rows has: those that they fill, and those that every query asks for."""
    if bucket == RECORDS:
        return RECORD_SCHEMA
    filled = _ALWAYS.union(*(batch.schema.names for batch in batches))
    return pa.schema([field for field in EVENT_SCHEMA if field.name in filled])


def parquet_writer(where: Any, schema: pa.Schema) -> Any:
    """A writer of Parquet as all files of a store are written; `where` is a path or a sink."""
    return pq.ParquetWriter(
        where,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in schema.names if name not in _SINGULAR],
        column_encoding={name: "DELTA_BINARY_PACKED" for name in schema.names if name in _ALIKE},
        write_statistics=[name for name in schema.names if name in _COUNTED],
        store_schema=False,
    )


class Compactor:
    """Gathers the rows of all evidence files, one file after the other, into the Parquet files of a case."""

    def __init__(self, out_dir: Path) -> None:
        self._out_dir = out_dir
        self._tables: dict[str, _Table] = {}

    def close(self) -> None:
        """Write what is held and finish every file."""
        for bucket in sorted(self._tables):
            self._tables[bucket].close()

    def add(self, bucket: str, rows: pa.RecordBatch | ParquetPart) -> None:
        """Append rows to the table of a bucket."""
        if bucket not in self._tables:
            self._tables[bucket] = _Table(self._out_dir, bucket)
        table = self._tables[bucket]
        if isinstance(rows, ParquetPart):
            table.add_part(rows)
            return
        table.add(rows)
        if sum(item.held.size_bytes for item in self._tables.values()) > _HELD_BYTES:
            largest = max(sorted(self._tables), key=lambda name: self._tables[name].held.size_bytes)
            self._tables[largest].flush()


class _Table:
    """The Parquet files of one folder: parts of a bounded number of rows."""

    def __init__(self, out_dir: Path, bucket: str) -> None:
        self._bucket = bucket
        self._folder = out_dir / bucket
        self._folder.mkdir(parents=True, exist_ok=True)
        self._schema = pa.schema([])
        self.held = _Held()
        self._part = 0
        self._part_rows = 0
        self._writer: Any = None

    def add(self, batch: pa.RecordBatch) -> None:
        self.held.add(batch)
        if self.held.is_full():
            self.flush()

    def add_part(self, part: ParquetPart) -> None:
        """Take a finished file as the next one, so that rows stay in the order they came."""
        self.close()
        self._path().write_bytes(part.content)
        self._part += 1

    def flush(self) -> None:
        rows = self.held.rows
        batches = self.held.take()
        if not batches:
            return
        schema = filled_schema(self._bucket, batches)
        if not set(schema.names) <= set(self._schema.names):
            self._finish_part()  # a file cannot get further columns
        if self._writer is None:
            self._schema = schema
            self._writer = parquet_writer(str(self._path()), schema)
        self._writer.write_table(as_table(batches, self._schema).combine_chunks())
        self._part_rows += rows
        if self._part_rows >= _PART_ROWS:
            self._finish_part()

    def close(self) -> None:
        self.flush()
        self._finish_part()

    def _path(self) -> Path:
        return self._folder / f"part-{self._part:05d}.parquet"

    def _finish_part(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._part += 1
            self._part_rows = 0
