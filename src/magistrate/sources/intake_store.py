"""The event store of a case as intake builds it: aside, then into place with a list of what it was made from.

The list says which rows came from which file, so that a later run takes the rows of unchanged files from here.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from magistrate.sources.base import Intake  # noqa: TC001 - part of the runtime type of a field
from magistrate.sources.durable import sync_folder, sync_tree
from magistrate.sources.intake_file import LeafResult  # noqa: TC001 - part of the runtime type of a field
from magistrate.sources.resume import read_checked, write_checked
from magistrate.sources.seals import hash_stream
from magistrate.sources.spill import BATCH_ROWS, RECORDS, Compactor, ParquetPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyarrow as pa


LIST = "intake.list"
_IDS = "intake.ids"
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One evidence file of a store: its accounts, and the first row and number of rows in each table folder.

    The ids of its records lie in a file of their own, `id_counts` of them for each account.
    """

    key: str
    label: str
    leaves: list[LeafResult]
    id_counts: list[int]
    rows: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class StoreList:
    """What a store was made from, and the files it consists of with size and hash."""

    files: list[StoredFile]
    problems: list[tuple[str, str]]
    intake: Intake
    parts: list[tuple[str, int, str]]


class StoredIntake:
    """A finished store whose files are as they were written."""

    def __init__(self, folder: Path, listed: StoreList) -> None:
        self._folder = folder
        self.listed = listed
        self._tables: dict[str, _Cursor] = {}
        self._by_key = {file.key: file for file in listed.files}
        sizes = [sum(file.id_counts) * _ID_BYTES for file in listed.files]
        starts = [0, *accumulate(sizes)]
        self._id_starts = {file.key: start for file, start in zip(listed.files, starts, strict=False)}

    @classmethod
    def open(cls, folder: Path) -> StoredIntake | None:
        """The store in a folder; None when there is none, or when anything in it is not as it was written."""
        listed: StoreList | None = read_checked(folder / LIST, StoreList)
        if listed is None or listed.parts != _parts(folder):
            return None
        return cls(folder, listed)

    def find(self, key: str) -> StoredFile | None:
        """The file that was stored under a key."""
        return self._by_key.get(key)

    def leaves(self, file: StoredFile) -> list[LeafResult]:
        """The accounts of a file with the ids of its records."""
        with (self._folder / _IDS).open("rb") as stream:
            stream.seek(self._id_starts[file.key])
            return [
                replace(leaf, ids=stream.read(count * _ID_BYTES))
                for leaf, count in zip(file.leaves, file.id_counts, strict=True)
            ]

    def batches(self, file: StoredFile) -> Iterator[tuple[str, pa.RecordBatch | ParquetPart]]:
        """The rows of a file. Files are asked for in the order in which they were stored."""
        for table, (first, count) in sorted(file.rows.items()):
            if table not in self._tables:
                self._tables[table] = _Cursor(self._folder / table)
            for batch in self._tables[table].take(first, count):
                yield table, batch


class _Cursor:
    """Reads the Parquet parts of one table once, from front to back."""

    def __init__(self, folder: Path) -> None:
        self._parts: list[_Part] = []
        for path in sorted(folder.glob("*.parquet")):
            start = self._parts[-1].end if self._parts else 0
            self._parts.append(_Part(path, start, pq.read_metadata(str(path)).num_rows))
        self._at = 0

    def take(self, first: int, count: int) -> Iterator[pa.RecordBatch | ParquetPart]:
        """`count` rows from row `first`, which must not lie before what was taken already.

        A part of which all rows are wanted comes as it is: most rows of a large file are such parts.
        """
        end = first + count
        while first < end:
            part = self._parts[self._at]
            if part.end <= first:
                part.close()
                self._at += 1
            elif first == part.start and part.end <= end:
                yield ParquetPart(part.path.read_bytes(), part.rows)
                first = part.end
            else:
                upto = min(end, part.end)
                yield from part.take(first, upto)
                first = upto


class _Part:
    """One Parquet file and the rows of its table that it holds, read from front to back."""

    def __init__(self, path: Path, start: int, rows: int) -> None:
        self.path = path
        self.start = start
        self.rows = rows
        self.end = start + rows
        self._next = start
        self._held: pa.RecordBatch | None = None
        self._file: Any = None
        self._batches: Iterator[pa.RecordBatch] = iter(())

    def take(self, first: int, end: int) -> Iterator[pa.RecordBatch]:
        """The rows from `first` up to `end`, numbered as in the table."""
        if self._file is None:
            self._file = pq.ParquetFile(str(self.path))
            self._batches = self._file.iter_batches(batch_size=BATCH_ROWS)
        while first < end:
            if self._held is None:
                self._held = next(self._batches)
            ahead = min(first - self._next, self._held.num_rows)
            wanted = self._held.slice(ahead, end - first)
            yield from [wanted] if wanted.num_rows else []
            first += wanted.num_rows
            used = ahead + wanted.num_rows
            self._next += used
            rest = self._held.slice(used)
            self._held = rest if rest.num_rows else None

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._batches, self._file = iter(()), None


@dataclass(slots=True)
class StoreBuilder:
    """Writes a new store beside the place it will have. Nothing stands under the final name before `finish`."""

    folder: Path
    _aside: Path = field(init=False)
    _compactor: Compactor = field(init=False)
    _files: list[StoredFile] = field(init=False, default_factory=list)
    _totals: dict[str, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._aside = aside_of(self.folder)
        (self._aside / RECORDS).mkdir(parents=True)
        self._compactor = Compactor(self._aside)

    def add(
        self,
        key: str,
        label: str,
        leaves: list[LeafResult],
        batches: Iterable[tuple[str, pa.RecordBatch | ParquetPart]],
    ) -> None:
        """Append the rows of one evidence file."""
        rows: dict[str, tuple[int, int]] = {}
        for table, batch in batches:
            first = self._totals.get(table, 0)
            known = rows.get(table, (first, 0))
            rows[table] = (known[0], known[1] + batch.num_rows)
            self._totals[table] = first + batch.num_rows
            self._compactor.add(table, batch)
        counts = [len(leaf.ids) // _ID_BYTES for leaf in leaves]
        self._files.append(StoredFile(key, label, leaves, counts, rows))

    def finish(self, intake: Intake, problems: list[tuple[str, str]], *, lasting: bool) -> None:
        """Complete the store and put it in its place.

        Args:
            intake: the settled account.
            problems: inputs that were not read, with the reason.
            lasting: bring it to the disk and list what it was made from, for a later run.

        Raises:
            OSError: the disk refused.
        """
        self._compactor.close()
        if lasting:
            self._write_list(intake, problems)
            sync_tree(self._aside)
        _swap(self._aside, self.folder)

    def _write_list(self, intake: Intake, problems: list[tuple[str, str]]) -> None:
        with (self._aside / _IDS).open("wb") as stream:
            for file in self._files:
                stream.writelines(leaf.ids for leaf in file.leaves)
        files = [
            replace(file, leaves=[replace(leaf, ids=b"") for leaf in file.leaves]) for file in self._files
        ]
        write_checked(
            self._aside / LIST, StoreList(files, problems, replace(intake, seals=()), _parts(self._aside))
        )


def changed_part(folder: Path) -> str | None:
    """The first file of a finished store that is not as it was written; None when all are.

    The list itself is named when it is missing, damaged or of another version.
    """
    listed: StoreList | None = read_checked(folder / LIST, StoreList)
    if listed is None:
        return LIST
    found, known = set(_parts(folder)), set(listed.parts)
    return min((name for name, *_ in found ^ known), default=None)


def stored_intake(folder: Path) -> Intake | None:
    """The account of a finished store, without seals; None when there is none or the store was changed."""
    stored = StoredIntake.open(folder)
    return stored.listed.intake if stored else None


def settle_folder(folder: Path) -> None:
    """Finish or undo what a kill interrupted while a store was put in its place."""
    old, aside = _old_of(folder), aside_of(folder)
    if not folder.exists() and read_checked(aside / LIST, StoreList) is not None:
        aside.replace(folder)
    if not folder.exists() and old.exists():
        old.replace(folder)
    for rest in (old, aside):
        shutil.rmtree(rest, ignore_errors=True)


def _swap(aside: Path, folder: Path) -> None:
    """Put a store in the place of an older one. A folder cannot be replaced in one step; `settle_folder` repairs."""
    old = _old_of(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    aside.replace(folder)
    sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def aside_of(folder: Path) -> Path:
    """Where the store of a folder is built."""
    return folder.with_name(f"{folder.name}.part")


def _old_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.old")


def _parts(folder: Path) -> list[tuple[str, int, str]]:
    """Every file of a store but the list, with size and hash."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != LIST:
            with path.open("rb") as stream:
                sha256, size = hash_stream(stream)
            found.append((path.relative_to(folder).as_posix(), size, sha256))
    return found
