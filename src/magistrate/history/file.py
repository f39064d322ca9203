"""Reads and writes baseline files: one Parquet table, with what it was fed from in its metadata."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.errors import SchemaVersionError, SourceError, UsageError
from magistrate.events.learned import LEARNED_COLUMNS
from magistrate.history.model import FIELDS, History, Learned, LearnedRow

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

SCHEMA = "magistrate.history/1"
_SCHEMA_KEY = b"magistrate.schema"
_SOURCES_KEY = b"magistrate.sources"
MAX_ROWS = 20_000_000


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A baseline with the name and the hash of the file it was read from."""

    name: str
    sha256: str
    history: History


def write_history(history: History, path: Path) -> None:
    """Write a baseline; the old file is replaced only when the new one is whole.

    The same baseline gives the same bytes.

    Raises:
        UsageError: the file cannot be written.
    """
    import pyarrow as pa  # here and not above: start-up of the other commands
    import pyarrow.parquet as pq

    columns = {
        name: [getattr(row, item) for row in history.rows]
        for (name, _), item in zip(LEARNED_COLUMNS, FIELDS, strict=True)
    }
    sources = msgspec.json.encode([asdict(item) for item in history.sources], order="sorted")
    schema = _schema().with_metadata({_SCHEMA_KEY: SCHEMA.encode(), _SOURCES_KEY: sources})
    aside = path.with_name(f"{path.name}.part")
    try:
        with aside.open("wb") as file:
            pq.write_table(pa.table(columns, schema=schema), file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        raise UsageError(
            f"the history cannot be written ({error.strerror}).",
            location=str(path),
            hint="Choose another place.",
        ) from error


def read_history(path: Path) -> HistoryFile:
    """Read a baseline.

    Raises:
        UsageError: there is no such file.
        SourceError: the file is not a baseline.
        SchemaVersionError: another version made it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the history cannot be read ({error.strerror}).", location=str(path), hint="Check --history."
        ) from error
    try:
        table = pq.ParquetFile(pa.BufferReader(content))
        metadata = table.schema_arrow.metadata or {}
        made_by = metadata.get(_SCHEMA_KEY, b"").decode("utf-8", "replace")
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _foreign(path) from error
    if not made_by.startswith("magistrate.history/"):
        raise _foreign(path)
    if made_by != SCHEMA:
        raise SchemaVersionError(
            f"the history is of schema {made_by[:60]}, this version reads {SCHEMA}.",
            location=str(path),
            hint="Learn it again.",
        )
    try:
        if table.metadata.num_rows > MAX_ROWS or not table.schema_arrow.equals(
            _schema(), check_metadata=False
        ):
            raise _foreign(path)
        rows = tuple(_row(item) for batch in table.iter_batches() for item in batch.to_pylist())
        sources = tuple(msgspec.json.decode(metadata.get(_SOURCES_KEY, b"[]"), type=list[Learned]))
    except (
        pa.ArrowException,
        msgspec.MsgspecError,
        OSError,
        ValueError,
        TypeError,
        OverflowError,
    ) as error:  # a damaged time overflows
        raise _foreign(path) from error
    return HistoryFile(path.name, hashlib.sha256(content).hexdigest(), History(rows, sources))


def _foreign(path: Path) -> SourceError:
    return SourceError(
        "this is not a history of Magistrate, or it is damaged.",
        location=str(path),
        hint="Make one with `magistrate learn`.",
    )


def _schema() -> pa.Schema:
    import pyarrow as pa

    types = {"text": pa.string(), "bigint": pa.int64(), "timestamp": pa.timestamp("us", "UTC")}
    return pa.schema([(name, types[kind]) for name, kind in LEARNED_COLUMNS])


def _row(item: dict[str, Any]) -> LearnedRow:
    values: dict[str, Any] = {
        field: item[name] for (name, _), field in zip(LEARNED_COLUMNS, FIELDS, strict=True)
    }
    for name in ("period", "first_seen", "last_seen"):
        if not isinstance(values[name], datetime):
            raise ValueError("a row without its times")
        values[name] = values[name].astimezone(UTC)
    return LearnedRow(**values)
