"""The files of a case that the record vouches for: reports, cited records, and the list that vouches for the store."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from magistrate.cases.entries import Kind
from magistrate.errors import ExportError
from magistrate.sources.intake_store import LIST, changed_part
from magistrate.sources.seals import hash_stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from magistrate.cases.record import Record

EVENTS = "events"
MARKER = "case.json"
STORE_LIST = f"{EVENTS}/{LIST}"


def digest(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        ExportError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hash_stream(stream)[0]
    except OSError as error:
        raise ExportError(
            f"the file cannot be read back: {error.strerror or error}.",
            location=path.name,
            hint="Check the disk, then run the same command again.",
        ) from error


def is_local_file(path: Path) -> bool:
    """Whether a path that a record names may be opened: a plain file, and no share that would be logged on to.

    A record can come from another person, so its paths are only claims.
    """
    return not str(path).startswith(("\\\\", "//")) and path.is_file()


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of files by their name in the case; names without a file are left out."""
    return {name: digest(folder / name) for name in sorted(names) if (folder / name).is_file()}


def text_digest(text: str) -> str:
    """SHA-256 of a text as it is written to a file."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def known_files(record: Record) -> dict[str, str]:
    """SHA-256 of every file that the record vouches for now: what the newest entry about it says."""
    known: dict[str, str] = {}
    for entry in record.entries:
        if entry.kind == Kind.STARTED:
            known = {}
        elif entry.kind in (Kind.REPORTS, Kind.EXPORT):
            known.update(_files_of(entry.facts))
    return known


def _files_of(facts: dict[str, Any]) -> dict[str, str]:
    files = facts.get("files")
    if not isinstance(files, dict):
        return {}
    return {
        str(name): str(sha256)
        for name, sha256 in files.items()
        if not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
    }


def file_faults(folder: Path, record: Record) -> Iterator[str]:
    """Say what is not as the record has it: reports, cited records, the event store, and a case that is not complete."""
    known = known_files(record)
    if not known:
        yield "the case is not complete: run the same 'magistrate investigate' again"
        return
    marker = _marker(folder)
    if marker.get("complete") is False:
        yield f"{MARKER}: says that the case is not complete; run the same 'magistrate investigate' again"
        return
    if events_left_out(folder, record):
        known.pop(STORE_LIST, None)
    for name, sha256 in sorted(known.items()):
        path = folder / name
        if not path.is_file():
            yield f"{name}: missing"
        elif digest(path) != sha256:
            yield f"{name}: not as it was written"
    if STORE_LIST in known and (changed := changed_part(folder / EVENTS)):
        yield f"{EVENTS}/{changed}: not as it was written"


def events_left_out(folder: Path, record: Record) -> bool:
    """Whether this is a copy that an export made without the event store."""
    exported = any(
        entry.kind == Kind.EXPORT and entry.facts.get("events") is False for entry in record.entries
    )
    return exported and not (folder / EVENTS).exists()


def _marker(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a damaged one fails by its hash
        return {}
    return facts if isinstance(facts, dict) else {}
