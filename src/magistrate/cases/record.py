"""The record of a case folder: the file with the entries, and the seal beside it that says how it was left.

The seal holds the number of entries, the head and the SHA-256 of the file. It finds a changed byte that no entry
rests on, and an end that was cut. It proves nothing against somebody who rewrites both: that is what a printed or
anchored head is for.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from magistrate.cases import database
from magistrate.cases.chain import chain_fault
from magistrate.cases.entries import Draft, Entry, Kind, make_entry
from magistrate.errors import StoreError, UsageError
from magistrate.sources.durable import sync_folder, write_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

SEAL = "case.seal"
_SEAL_FORM = "magistrate.seal/1"
_ASIDE = f".{database.FILE}.part"
OWN_FILES = frozenset({database.FILE, f"{database.FILE}-wal", f"{database.FILE}-shm", SEAL})
"""Files that the record itself consists of."""


@dataclass(frozen=True, slots=True)
class Seal:
    """How the record was left by the last write that was finished."""

    case: str
    entries: int
    head: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Record:
    """The entries as found. `faults` say what is not as it was left; `remarks` what a stopped write explains."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    resealable: bool = False

    @property
    def head(self) -> str:
        """Hash of the last entry; empty when there is none."""
        return self.entries[-1].hash if self.entries else ""

    @property
    def case_id(self) -> str:
        """Generated id of the case."""
        return str(self.entries[0].facts.get("case", "")) if self.entries else ""

    def last(self, kind: Kind) -> Entry | None:
        """The newest entry of a kind."""
        return next((entry for entry in reversed(self.entries) if entry.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, and by which clock. A name is what somebody says; `system` is the user that the system knows."""

    name: str
    clock: Callable[[], datetime]
    system: str = ""

    def utc(self) -> str:
        """The time now as an entry has it."""
        return self.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def signed(self, draft: Draft) -> Draft:
        """A draft that also names the user of the system, where that is another name."""
        if self.system in ("", self.name):
            return draft
        return Draft(draft.kind, {**draft.facts, "system_user": self.system})


def has_record(folder: Path) -> bool:
    """Whether a folder holds a record, or what is left of one; one that was stopped while it was made is none."""
    return (folder / database.FILE).exists() or ((folder / SEAL).exists() and not _is_unmade(folder))


def _is_unmade(folder: Path) -> bool:
    """True when a run was stopped between the seal and the file of a new record: that file still stands aside."""
    known = _read_seal(folder / SEAL)
    return (folder / _ASIDE).exists() and known is not None and known.entries == 1


def create_record(folder: Path, author: Author, case_id: str, label: str, version: str) -> Entry:
    """Begin the record of a case; nothing of it is there before all of it is.

    Args:
        folder: the case, which has no record.
        author: who makes the case.
        case_id: generated, see `magistrate.cases.clock.new_case_id`.
        label: what people call the case; no path or key is ever made from it.
        version: of this program.

    Raises:
        StoreError: the disk refused, or the file of an older record is gone.
    """
    if has_record(folder):
        raise StoreError(
            f"the record of this case is gone: {SEAL} is there, {database.FILE} is not.",
            location=str(folder),
            hint="Restore it from a copy, or use another folder.",
        )
    facts = {"case": case_id, "label": label, "version": version}
    first = make_entry(Draft(Kind.CREATED, facts), None, utc=author.utc(), by=author.name)
    aside = folder / _ASIDE
    try:
        database.create(aside)
        database.add(aside, [first])
        _seal(folder, aside, [first])
        aside.replace(folder / database.FILE)
        sync_folder(folder)
    except OSError as error:
        raise _refused(error, folder) from error
    return first


def read_record(folder: Path) -> Record:
    """Read the record and compare it with itself and with its seal; nothing is changed.

    Raises:
        UsageError: the folder has no record.
        StoreError: it cannot be read at all.
    """
    path, seal_path = folder / database.FILE, folder / SEAL
    if not has_record(folder):
        raise UsageError(
            "this case has no record: a version before records made it, or the record was removed.",
            location=str(folder),
            hint="Investigate the evidence again with --force to begin one.",
        )
    if not path.exists():
        return Record((), (f"{database.FILE} is missing, {SEAL} is there: the record was removed",))
    content = database.load(path)
    if content.fault:
        return Record((), (f"{database.FILE}: {content.fault}",))
    fault = chain_fault(content.entries)
    if fault:
        return Record(content.entries, (fault,))
    known = _read_seal(seal_path)
    if known is None:
        return Record(content.entries, (f"{SEAL} is missing or damaged",))
    return _compare(content, known)


def _compare(content: database.Content, known: Seal) -> Record:
    """The record against its seal, when its chain is whole."""
    entries = content.entries
    if entries[0].facts.get("case") != known.case:
        return Record(entries, (f"{SEAL} is that of another case",))
    if len(entries) < known.entries:
        fault = f"entry {len(entries) + 1}: cut off; {SEAL} says that {known.entries} entries were written"
        return Record(entries, (fault,))
    if entries[known.entries - 1].hash != known.head:
        return Record(entries, (f"entry {known.entries}: not the head that {SEAL} says was written",))
    if len(entries) > known.entries:
        more = len(entries) - known.entries
        remark = (
            f"{more} entries at the end are whole but not sealed: a write was stopped before its last step"
        )
        return Record(entries, remarks=(remark,))
    if content.waiting:
        return Record(entries, remarks=("a write was stopped before anything was added",))
    if (content.sha256, content.size_bytes) != (known.sha256, known.size_bytes):
        fault = f"{database.FILE}: bytes that no entry rests on were changed after the last write"
        return Record(entries, (fault,), resealable=True)
    return Record(entries)


def check_whole(record: Record, folder: Path) -> None:
    """Make sure that a record may be gone on with.

    Raises:
        StoreError: an entry is not as it was written, or entries are gone.
    """
    if record.faults and not record.resealable:
        raise StoreError(
            f"the record of this case is not as it was left: {record.faults[0]}. Nothing was added.",
            location=str(folder),
            hint="Run 'magistrate case verify', and restore the folder from a copy.",
        )


def append(folder: Path, drafts: Sequence[Draft], author: Author) -> tuple[Entry, ...]:
    """Add entries to the record; when this returns they lie on the disk.

    The caller holds the lock of the case.

    Returns:
        The new entries. When bytes of the file had changed that no entry rests on, an entry before them says so.

    Raises:
        UsageError: the folder has no record.
        StoreError: the record is not as it was left, or the disk refused.
    """
    found = read_record(folder)
    check_whole(found, folder)
    before = found.entries[-1]
    new: list[Entry] = []
    said = [Draft(Kind.RESEALED, {"fault": found.faults[0]})] if found.faults else []
    for draft in (*said, *drafts):
        before = make_entry(author.signed(draft), before, utc=author.utc(), by=author.name)
        new.append(before)
    path = folder / database.FILE
    database.add(path, new)
    try:
        _seal(folder, path, (*found.entries, *new))
    except OSError as error:
        raise _refused(error, folder) from error
    return tuple(new)


def _seal(folder: Path, path: Path, entries: Sequence[Entry]) -> None:
    content = database.load(path)
    if content.fault or content.entries[-1].hash != entries[-1].hash:
        raise StoreError("the record does not hold what was written.", location=str(path.name))
    facts = Seal(
        case=str(entries[0].facts["case"]),
        entries=len(entries),
        head=entries[-1].hash,
        sha256=content.sha256,
        size_bytes=content.size_bytes,
    )
    text = json.dumps({"form": _SEAL_FORM, **asdict(facts)}, sort_keys=True, indent=2) + "\n"
    write_aside(folder / SEAL, text.encode("ascii"))


def _read_seal(path: Path) -> Seal | None:
    """The seal; None when it is missing or not exactly as it was written."""
    try:
        text = path.read_bytes().decode("ascii")
        facts = json.loads(text)
        if json.dumps(facts, sort_keys=True, indent=2) + "\n" != text or facts.pop("form") != _SEAL_FORM:
            return None
        return Seal(**facts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _refused(error: OSError, folder: Path) -> StoreError:
    return StoreError(
        f"the record of the case could not be written: {error.strerror or error}.",
        location=str(folder),
        hint="Make room on the disk and check the folder, then run the same command again.",
    )
