"""The SQLite file of the record: how it is laid out, written, and read without trusting it.

Reading never writes: the bytes of the file are hashed and then examined in memory, so that what was checked is what
was read. A file with other tables, views or triggers than ours is refused before any of its rows is looked at.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from magistrate.cases.entries import Entry
from magistrate.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = "case.sqlite"
APPLICATION = 0x4D474331  # "MGC1"
LAYOUT = 1
_MAGIC = b"SQLite format 3\x00"
MOST_BYTES = 512 << 20
_MOST_VALUE = 64 << 20  # one entry; the evidence list of 100,000 files has 20 MB
_DAMAGE = (sqlite3.Error, ValueError, OverflowError, MemoryError)  # text that is no UTF-8 is a ValueError
_BUSY_SECONDS = 5.0

TABLES = (
    """CREATE TABLE entry (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  kind TEXT NOT NULL,
  utc TEXT NOT NULL,
  by TEXT NOT NULL,
  body TEXT NOT NULL,
  previous TEXT UNIQUE REFERENCES entry (hash),
  hash TEXT NOT NULL UNIQUE,
  CHECK ((number = 1) = (previous IS NULL))
) STRICT""",
    """CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END""",
    """CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'an entry is never removed'); END""",
    """CREATE TRIGGER entry_follows_the_last BEFORE INSERT ON entry
WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM entry)
BEGIN SELECT RAISE(ABORT, 'an entry follows the last one'); END""",
)
_INSERT = "INSERT INTO entry (number, kind, utc, by, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)"
_SELECT = "SELECT number, kind, utc, by, body, previous, hash FROM entry ORDER BY number"
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, _MOST_VALUE),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 10_000),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 50),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 2),
    (sqlite3.SQLITE_LIMIT_VDBE_OP, 100_000),
    (sqlite3.SQLITE_LIMIT_COLUMN, 20),
)


@dataclass(frozen=True, slots=True)
class Content:
    """What was found in the file. `fault` says why no entry could be read; `waiting` that a write was stopped."""

    sha256: str
    size_bytes: int
    entries: tuple[Entry, ...] = ()
    fault: str | None = None
    waiting: bool = False


def create(path: Path) -> None:
    """Make an empty file; the caller moves it into place.

    Raises:
        StoreError: the disk refused.
    """
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)
    with _told(path), closing(_connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {LAYOUT}")
        connection.execute("BEGIN IMMEDIATE")
        for statement in TABLES:
            connection.execute(statement)
        connection.execute("COMMIT")


def add(path: Path, entries: Sequence[Entry]) -> None:
    """Append entries in one transaction: all of them lie on the disk afterwards, or none.

    Raises:
        StoreError: the disk refused, or the entries do not follow the last one there.
    """
    with _told(path), closing(_connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            rows = [(e.number, e.kind, e.utc, e.by, e.body, e.previous, e.hash) for e in entries]
            connection.executemany(_INSERT, rows)
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def load(path: Path) -> Content:
    """Read every entry, changing nothing.

    Raises:
        StoreError: the file cannot be read at all, or is larger than any record.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise StoreError(
                f"the record of the case has {size:,} bytes; more than {MOST_BYTES:,} are not read.",
                location=path.name,
                hint="This is not a record that Magistrate wrote.",
            )
        content = path.read_bytes()
        waiting = _size(path.with_name(f"{path.name}-wal")) > 0
        found = Content(hashlib.sha256(content).hexdigest(), len(content), waiting=waiting)
        entries, fault = _entries_with_log(path) if waiting else _entries_of(content)
    except OSError as error:
        raise StoreError(
            f"the record of the case cannot be read: {error.strerror or error}.",
            location=path.name,
            hint="Check the folder and your rights there.",
        ) from error
    return Content(found.sha256, found.size_bytes, entries, fault, waiting)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _entries_of(content: bytes) -> tuple[tuple[Entry, ...], str | None]:
    if not content.startswith(_MAGIC):
        return (), "the file is not a SQLite database"
    # Bytes 18 and 19 say "WAL", which a database in memory cannot have; the rest of the file is whole without it.
    plain = content[:18] + b"\x01\x01" + content[20:] if content[18:20] == b"\x02\x02" else content
    try:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.deserialize(plain)
            return _read(connection)
    except _DAMAGE as error:
        return (), f"the file is damaged: {error}"


def _entries_with_log(path: Path) -> tuple[tuple[Entry, ...], str | None]:
    """As above, with what a stopped write left beside the file; a copy, as reading it means writing."""
    with tempfile.TemporaryDirectory(prefix="magistrate-record-") as folder:
        copy = Path(folder) / FILE
        shutil.copyfile(path, copy)
        shutil.copyfile(path.with_name(f"{path.name}-wal"), copy.with_name(f"{FILE}-wal"))
        try:
            with closing(_connect(copy)) as connection:
                return _read(connection)
        except _DAMAGE as error:
            return (), f"the file is damaged: {error}"


def _read(connection: sqlite3.Connection) -> tuple[tuple[Entry, ...], str | None]:
    _harden(connection)
    if fault := _layout_fault(connection):
        return (), fault
    for pragma in ("integrity_check(5)", "foreign_key_check"):
        found = connection.execute(f"PRAGMA {pragma}").fetchall()
        if found and found != [("ok",)]:
            return (), f"the file is damaged: {found[0][0]}"
    rows = connection.execute(_SELECT).fetchall()
    return tuple(Entry(*row) for row in rows), None


def _layout_fault(connection: sqlite3.Connection) -> str | None:
    layout = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"
    ).fetchall()
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (application, version) != (APPLICATION, LAYOUT):
        return f"the file is not a record of this form (application {application:#x}, version {version})"
    if [row[0] for row in layout] != list(TABLES):
        return "the file has other tables, triggers or views than a record has; its rows were not looked at"
    return None


def _harden(connection: sqlite3.Connection) -> None:
    """Run nothing that the file brings along, and bound what it may cost."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")
    for name, most in _LIMITS:
        connection.setlimit(name, most)
    if hasattr(connection, "setconfig"):  # Python 3.12 and newer
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # type: ignore[attr-defined,unused-ignore]


def _connect(path: Path) -> sqlite3.Connection:
    """Open for writing. The lock is held until it is closed, so that no shared memory is needed beside the file."""
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        _harden(connection)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(
            f"the record of the case could not be written: {error}. Nothing was added.",
            location=path.name,
            hint="Make room on the disk and check the folder, then run the same command again.",
        ) from error
