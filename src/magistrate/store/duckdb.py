"""The event store on DuckDB: views over the Parquet files of a case, or tables in memory.

The engine reads only below the case's events folder, runs in UTC, holds a memory limit and spills what does not
fit to a scratch folder of its own. Nothing it writes outlives `close`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import weakref
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magistrate.errors import QueryError, StoreError
from magistrate.events.learned import LEARNED_COLUMNS
from magistrate.events.schema import RECORD_COLUMNS, column_types
from magistrate.events.tables import CATEGORIES
from magistrate.portable_sql import has_outer_order, rewrite_placeholders
from magistrate.store.rows import KEYS, first_copies, row_batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from magistrate.events.schema import ColumnType
    from magistrate.store.base import Row, Value

_SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "bool": "BOOLEAN",
}
_PLAIN_TYPES = frozenset({"VARCHAR", "BIGINT", "BOOLEAN", "INTEGER", "DOUBLE"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
_RESERVED = frozenset({*CATEGORIES, "event", "record"})


class DuckDBStore:
    """`magistrate.store.base.Store` on one private DuckDB database."""

    def __init__(self, readable: Sequence[Path], *, threads: int, memory_limit: str) -> None:
        import duckdb  # here and not above: the engine takes a while to load, and --help must be fast

        self._errors: type[Exception] = duckdb.Error
        self._out_of_memory: type[Exception] = duckdb.OutOfMemoryException
        scratch = tempfile.mkdtemp(prefix="magistrate-store-")
        self._engine: Any = duckdb.connect(
            ":memory:",
            config={
                "threads": threads,
                "memory_limit": memory_limit,
                "temp_directory": scratch,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._release = weakref.finalize(self, _release, self._engine, scratch)
        allowed = [*map(str, readable), scratch]
        self._engine.execute("SET TimeZone = 'UTC'")
        self._engine.execute("SET allowed_directories = $allowed", {"allowed": allowed})
        self._engine.execute("SET enable_external_access = false")  # from here on only those folders
        self._engine.execute("SET lock_configuration = true")

    @classmethod
    def open(
        cls,
        events_dir: Path,
        *,
        threads: int = 2,
        memory_limit: str = "1GiB",
        columns: Sequence[str] | None = None,
        live_only: bool = False,
    ) -> DuckDBStore:
        """Open the Parquet files of a case: `<table>/<source>-<id>/*.parquet` and `records/*.parquet`.

        A category without files is an empty table with all columns. An event that was read more than once is
        kept once: a live one before one from slack, then the copy that comes first by (file_sha256, file,
        locator), so that neither the order nor the split of the input changes an answer.

        Args:
            events_dir: the `events` folder of a case.
            threads: worker threads of the engine; results do not depend on it.
            memory_limit: most memory the engine may use, for example `512MiB`.
            columns: the event columns to offer; None for all. The keys and `category` are always there.
            live_only: leave out the records that were recovered from slack.

        Raises:
            StoreError: the folder is missing or holds files that are not ours.
        """
        events_dir = Path(events_dir).resolve()
        if not events_dir.is_dir():
            raise StoreError(
                "The case has no events folder.", location=str(events_dir), hint="Investigate again."
            )
        records = next(
            (path for path in (events_dir / "records", events_dir.parent / "records") if path.is_dir()), None
        )
        store = cls([events_dir, *([records] if records else [])], threads=threads, memory_limit=memory_limit)
        try:
            store._open_files(events_dir, records, _wanted(columns), live_only=live_only)
        except store._errors as error:
            store.close()
            raise StoreError(
                f"The event files cannot be read: {_first_line(error)}",
                location=str(events_dir),
                hint="Investigate the logs again.",
            ) from error
        return store

    @classmethod
    def in_memory(cls, rows: Iterable[Row], *, threads: int = 1, memory_limit: str = "1GiB") -> DuckDBStore:
        """Hold the given events in memory.

        Args:
            rows: events by column name; `category` names the table, and a row without one is only a `record`.
                Missing keys become null. An evidence id that comes twice is kept once, as by `open`.
            threads: worker threads of the engine.
            memory_limit: most memory the engine may use.

        Raises:
            StoreError: a category or a value does not fit the schema.
        """
        store = cls([], threads=threads, memory_limit=memory_limit)
        kept = first_copies(rows)
        by_category: dict[str, list[Row]] = {name: [] for name in CATEGORIES}
        records: list[Row] = []
        for row in kept:
            category = row.get("category")
            if category is not None and category not in by_category:
                raise StoreError(
                    f"No table is called {str(category)[:60]!r}.", hint="Use a category of events/tables.py."
                )
            if category is not None:
                by_category[str(category)].append(row)
            records.append({"stored": category is not None, **row})
        for category, members in by_category.items():
            store._fill(category, tuple(column_types().items()), members)
        store._fill("record", RECORD_COLUMNS, records)
        store._fill("learned", LEARNED_COLUMNS, ())
        store._create_event_view(tuple(column_types()), [name for name in CATEGORIES if by_category[name]])
        return store

    def query(self, sql: str, parameters: Mapping[str, Value] | None = None, *, name: str = "") -> list[Row]:
        """Run ANSI SQL and return the rows; see `magistrate.store.base.Store.query`.

        Rows of a query without an outer ORDER BY come back sorted by their values, so that no answer depends on
        threads or on how the files were split.

        Raises:
            QueryError: the engine refused the query, or a placeholder has no value.
        """
        text, bound = _bind(sql, parameters or {}, name)
        try:
            cursor = self._engine.execute(text, bound)
            found: list[str] = [column[0] for column in cursor.description]
            fetched: list[tuple[Any, ...]] = cursor.fetchall()
        except self._errors as error:
            raise self._refused(error, name) from error
        # Most columns need no conversion: look at each type once, not at each value.
        odd = [
            number for number, column in enumerate(cursor.description) if str(column[1]) not in _PLAIN_TYPES
        ]
        rows = [_convert(row, odd) for row in fetched]
        if not has_outer_order(sql):
            rows.sort(key=_sort_key)
        return [dict(zip(found, row, strict=True)) for row in rows]

    def batches(
        self, sql: str, parameters: Mapping[str, Value] | None = None, *, rows: int, name: str = ""
    ) -> Iterator[Any]:
        """Yield the rows as Arrow record batches; see `magistrate.store.base.Store.batches`.

        Raises:
            QueryError: the engine refused the query, or a placeholder has no value.
        """
        text, bound = _bind(sql, parameters or {}, name)
        try:
            # A connection of its own: any other query would end a result that is still being read.
            cursor = self._engine.cursor()
            found = cursor.sql(text, params=bound) if bound else cursor.sql(text)
            yield from found.to_arrow_reader(rows)
        except self._errors as error:
            raise self._refused(error, name) from error

    def register(self, table: str, columns: Sequence[tuple[str, ColumnType]], rows: Iterable[Row]) -> None:
        """Create or replace a small working table; see `magistrate.store.base.Store.register`.

        Raises:
            StoreError: the name is taken by an event table or is not a plain name, or a value does not fit.
        """
        if not _NAME.fullmatch(table) or table.lower() in _RESERVED:
            raise StoreError(f"{table[:60]!r} cannot name a working table.", hint="Use another plain name.")
        self._fill(table, columns, rows)

    def close(self) -> None:
        """Release the engine and its scratch folder. Safe to call twice."""
        self._release()

    def __enter__(self) -> DuckDBStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _refused(self, error: Exception, name: str) -> QueryError:
        if isinstance(error, self._out_of_memory):
            return QueryError(
                "The query needs more memory than the store may use.",
                location=name or None,
                hint="Ask for fewer columns, or give the store more memory.",
            )
        return QueryError(
            f"The query was refused: {_first_line(error)}", location=name or None, hint="Check its columns."
        )

    def _open_files(
        self, events_dir: Path, records: Path | None, columns: tuple[str, ...], *, live_only: bool
    ) -> None:
        record_files = sorted(records.glob("*.parquet")) if records else []
        names = tuple(name for name, _ in RECORD_COLUMNS)
        self._only = 'f."recovered" IS NOT TRUE' if live_only else "TRUE"
        copies = self._create_view("record", record_files, names, dict(RECORD_COLUMNS), look_for_copies=True)
        # Every stored event has a record, so without a copy there no category can hold one.
        look = copies or not record_files
        filled = []
        for category in CATEGORIES:
            files = sorted((events_dir / category).glob("**/*.parquet"))
            if files:
                filled.append(category)
            self._create_view(category, files, columns, column_types(), look_for_copies=look)
        self._create_event_view(columns, filled)
        self._fill("learned", LEARNED_COLUMNS, ())

    def _create_view(
        self,
        table: str,
        files: Sequence[Path],
        columns: Sequence[str],
        types: Mapping[str, ColumnType],
        *,
        look_for_copies: bool,
    ) -> bool:
        """Create the view of a table and tell whether copies had to be left out."""
        if not files:
            declared = ", ".join(f'"{column}" {_SQL_TYPES[types[column]]}' for column in columns)
            self._engine.execute(f'CREATE TABLE "{table}" ({declared})')
            return False
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        # Column and table names come from our own tables and file names are quoted: no foreign text gets here.
        source = f"read_parquet([{listed}], union_by_name = true)"
        held = {column[0] for column in self._engine.execute(f"SELECT * FROM {source} LIMIT 0").description}  # noqa: S608 - as above
        # A file has only the columns that its rows fill: most events use a fifth of them.
        picked = ", ".join(
            f'f."{column}"' if column in held else f'CAST(NULL AS {_SQL_TYPES[types[column]]}) AS "{column}"'
            for column in columns
        )
        copies = look_for_copies and self._find_copies(table, source)
        view = f'CREATE VIEW "{table}" AS SELECT {picked} FROM {source} f WHERE {self._only}'  # noqa: S608 - as above
        if copies:
            view += f"""
              AND NOT EXISTS (
                SELECT 1 FROM "copy_of_{table}" c
                WHERE c.evidence_id = f.evidence_id AND c.at_file = f.filename AND c.at_row = f.file_row_number
              )"""  # noqa: S608 - as above
        self._engine.execute(view)
        return copies

    def _find_copies(self, table: str, source: str) -> bool:
        """Keep the place of each row to leave out in `copy_of_<table>`; no table when there is none."""
        repeated = f"SELECT evidence_id FROM {source} WHERE evidence_id IS NOT NULL GROUP BY evidence_id HAVING COUNT(*) > 1"  # noqa: S608 - own names and quoted file names only
        if not self._engine.execute(f"SELECT EXISTS ({repeated})").fetchone()[0]:
            return False
        keys = ", ".join(KEYS)
        self._engine.execute(
            f"""
            CREATE TABLE "copy_of_{table}" AS
            SELECT evidence_id, file, at_file, at_row FROM (
              SELECT {keys}, recovered, filename AS at_file, file_row_number AS at_row,
                ROW_NUMBER() OVER (
                  PARTITION BY evidence_id
                  ORDER BY recovered NULLS FIRST, file_sha256 NULLS LAST, file NULLS LAST, locator NULLS LAST, filename, file_row_number
                ) AS nth
              FROM {source} WHERE evidence_id IN ({repeated})
            ) WHERE nth > 1
            """  # noqa: S608 - own names and quoted file names only
        )
        return True

    def _create_event_view(self, columns: Sequence[str], filled: Sequence[str]) -> None:
        """Create the union of the categories; empty ones are left out, because every query binds all of them."""
        picked = ", ".join(f'"{column}"' for column in columns)
        members = filled or CATEGORIES[:1]
        union = " UNION ALL ".join(f'SELECT {picked} FROM "{category}"' for category in members)  # noqa: S608 - own names only
        self._engine.execute(f"CREATE VIEW event AS {union}")

    def _fill(self, table: str, columns: Sequence[tuple[str, ColumnType]], rows: Iterable[Row]) -> None:
        """Create or replace a table and insert the rows in batches."""
        import pyarrow as pa  # here and not above: slow to load

        for name, _ in columns:
            if not _NAME.fullmatch(name):
                raise StoreError(
                    f"{name[:60]!r} cannot name a column.", location=table, hint="Use a plain name."
                )
        arrow_types = {
            "text": pa.string(),
            "bigint": pa.int64(),
            "timestamp": pa.timestamp("us", "UTC"),
            "bool": pa.bool_(),
        }
        schema = pa.schema([(name, arrow_types[kind]) for name, kind in columns])
        declared = ", ".join(f'"{name}" {_SQL_TYPES[kind]}' for name, kind in columns)
        try:
            self._engine.execute(f'CREATE OR REPLACE TABLE "{table}" ({declared})')
            for batch in row_batches(rows):
                arrays = [[row.get(name) for row in batch] for name, _ in columns]
                filled = pa.table(
                    [pa.array(a, f.type) for a, f in zip(arrays, schema, strict=True)], schema=schema
                )
                self._engine.register("incoming_batch", filled)
                self._engine.execute(f'INSERT INTO "{table}" SELECT * FROM incoming_batch')  # noqa: S608 - own names only
                self._engine.unregister("incoming_batch")
        except (pa.ArrowException, self._errors, UnicodeEncodeError) as error:
            raise StoreError(
                f"A row does not fit the table: {_first_line(error)}", location=table, hint="Check its types."
            ) from error


def _bind(sql: str, parameters: Mapping[str, Value], name: str) -> tuple[str, dict[str, Value]]:
    """The text with the engine's placeholders, and a value for each.

    Raises:
        QueryError: a placeholder has no value.
    """
    text, names = rewrite_placeholders(sql, lambda placeholder: f"${placeholder}")
    if missing := sorted(names - set(parameters)):
        raise QueryError(
            f"No value is bound to {', '.join(missing)}.",
            location=name or None,
            hint="Add the parameter.",
        )
    return text, {key: parameters[key] for key in sorted(names)}


def _release(engine: Any, scratch: str) -> None:
    engine.close()
    shutil.rmtree(scratch, ignore_errors=True)


def _wanted(columns: Sequence[str] | None) -> tuple[str, ...]:
    """Columns to offer, in storage order."""
    if columns is None:
        return tuple(column_types())
    if unknown := sorted(set(columns) - set(column_types())):
        raise StoreError(f"There is no column {unknown[0]!r}.", hint="See events/columns.csv.")
    return tuple(name for name in column_types() if name in {*columns, *KEYS, "category"})


def _convert(row: tuple[Any, ...], odd: Sequence[int]) -> tuple[Any, ...]:
    if not odd:
        return row
    values = list(row)
    for number in odd:
        values[number] = _value(values[number])
    return tuple(values)


def _value(item: Any) -> Any:
    """Bring an engine's value to the closed set of `store.base.Value`."""
    if isinstance(item, datetime):
        return item.replace(tzinfo=UTC) if item.tzinfo is None else item.astimezone(UTC)
    if isinstance(item, Decimal):
        return int(item) if item == item.to_integral_value() else float(item)
    return item


def _sort_key(row: tuple[Any, ...]) -> tuple[tuple[int, Any], ...]:
    """Nulls first, then by value; values of one column share a type, so they compare."""
    return tuple((0, 0) if item is None else (1, item) for item in row)


def _first_line(error: Exception) -> str:
    text = " ".join(str(error).split("LINE ")[0].split())
    return text[:300]
