"""A case as one file: written in one order with one date, and opened without trusting it.

Nothing in a bundle is believed before its hash was compared: names that could leave a folder, names that are there
twice, and sizes that were not announced are refused before a byte is written. The record is then checked as any other.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from magistrate.cases.database import FILE as RECORD_FILE
from magistrate.cases.entries import canonical
from magistrate.cases.files import EVENTS, MARKER, digest, known_files
from magistrate.cases.record import SEAL, read_record
from magistrate.errors import ExportError, SourceError, UsageError
from magistrate.sources.durable import sync_folder, sync_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.cases.record import Record

MANIFEST = "manifest.json"
_FORM = "magistrate.bundle/1"
_DATE = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20
MOST_FILES = 100_000
MOST_BYTES = 50 << 30  # as for archives of evidence
_MOST_MANIFEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says it holds: SHA-256 and size of each file, and the record they belong to."""

    case: str
    entries: int
    head: str
    files: dict[str, tuple[str, int]]


def bundle_names(folder: Path, record: Record, *, events: bool) -> list[str]:
    """The files that belong into a bundle: the record, all that it vouches for, and the event store if wanted."""
    names = {RECORD_FILE, SEAL, MARKER, *known_files(record)}
    if events:
        names |= {
            path.relative_to(folder).as_posix() for path in (folder / EVENTS).rglob("*") if path.is_file()
        }
    else:
        names = {name for name in names if not name.startswith(f"{EVENTS}/")}
    return sorted(name for name in names if (folder / name).is_file())


def write_bundle(folder: Path, target: Path, *, events: bool = True) -> str:
    """Write a case into one zip file; the same case gives the same bytes.

    Args:
        folder: the case; the caller holds its lock.
        target: the file, outside the case; replaced only by a whole one.
        events: whether the event store goes along, without which the verdict cannot be made once more.

    Returns:
        SHA-256 of the file.

    Raises:
        UsageError: the target lies in the case.
        ExportError: the disk refused.
    """
    if target.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            "the bundle would lie in the case itself.", location=str(target), hint="Name another -o."
        )
    record = read_record(folder)
    names = bundle_names(folder, record, events=events)
    files = {name: [digest(folder / name), (folder / name).stat().st_size] for name in names}
    facts = {
        "form": _FORM,
        "case": record.case_id,
        "entries": len(record.entries),
        "head": record.head,
        "files": files,
    }
    aside = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            archive.writestr(_info(MANIFEST), canonical(facts) + "\n")
            for name in names:
                with (
                    (folder / name).open("rb") as source,
                    archive.open(_info(name), "w", force_zip64=True) as member,
                ):
                    shutil.copyfileobj(source, member, _BLOCK)
        aside.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise ExportError(
            f"the bundle could not be written: {error.strerror or error}.",
            location=str(target),
            hint="Make room on the disk or name another file with -o.",
        ) from error
    return digest(target)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    info.create_system = 3  # the same on every system
    return info


def open_bundle(bundle: Path, folder: Path) -> Manifest:
    """Unpack a bundle of another person into a new folder; all of it is there, or nothing.

    Args:
        bundle: the file.
        folder: does not exist yet.

    Raises:
        UsageError: the folder exists.
        SourceError: the file is no bundle, holds what its manifest does not announce, or was changed.
    """
    if folder.exists():
        raise UsageError("the folder exists.", location=str(folder), hint="Name a new one with -o.")
    aside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with _members(bundle) as (archive, members):
            manifest = _manifest(archive, members, bundle)
            for name, (sha256, size) in sorted(manifest.files.items()):
                _unpack(archive, members[name], aside / name, size)
                if digest(aside / name) != sha256:
                    raise _bad(bundle, f"{name} has another SHA-256 than announced")
        if (fault := next(iter(read_record(aside).faults), None)) is not None:
            raise _bad(bundle, fault)
        if read_record(aside).head != manifest.head:
            raise _bad(bundle, "its record has another head than announced")
        sync_tree(aside)
        aside.replace(folder)
        sync_folder(folder.parent)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _bad(bundle, f"{type(error).__name__}: {error}") from error
    except OSError as error:
        raise ExportError(
            f"the bundle could not be unpacked: {error.strerror or error}.",
            location=str(folder),
            hint="Make room on the disk or name another folder with -o.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return manifest


@contextmanager
def _members(bundle: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    with zipfile.ZipFile(bundle) as archive:
        infos = archive.infolist()
        members = {info.filename: info for info in infos}
        if len(members) != len(infos) or len(infos) > MOST_FILES:
            raise _bad(bundle, "a name is there twice, or there are too many")
        for name in members:
            if not _is_plain(name):
                raise _bad(bundle, f"the name {ascii(name)[:80]} could leave the folder")
        yield archive, members


def _is_plain(name: str) -> bool:
    """Whether a name can only mean a file below the folder it is unpacked to, on any system."""
    parts = PurePosixPath(name).parts
    safe = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")
    return (
        0 < len(name) <= 200
        and len(parts) <= 5
        and set(name) <= safe
        and "/".join(parts) == name
        and not any(part.startswith("..") or part.endswith(".") for part in parts)
        and not name.startswith("/")
    )


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], bundle: Path) -> Manifest:
    info = members.get(MANIFEST)
    if info is None or info.file_size > _MOST_MANIFEST:
        raise _bad(bundle, f"it has no {MANIFEST}")
    with archive.open(info) as stream:
        facts: dict[str, Any] = json.loads(stream.read(_MOST_MANIFEST + 1))
    if not isinstance(facts, dict) or facts.get("form") != _FORM or not isinstance(facts.get("files"), dict):
        raise _bad(bundle, "its manifest is of another form")
    files = {str(name): (str(pair[0]), int(pair[1])) for name, pair in facts["files"].items()}
    if set(files) | {MANIFEST} != set(members) or MANIFEST in files:
        raise _bad(bundle, "it holds other files than its manifest announces")
    if {RECORD_FILE, SEAL} - set(files) or sum(size for _, size in files.values()) > MOST_BYTES:
        raise _bad(bundle, "it has no record, or is too large")
    return Manifest(str(facts["case"]), int(facts["entries"]), str(facts["head"]), files)


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, size: int) -> None:
    """Write one member, no byte more than announced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(info) as source, path.open("xb") as target:
        _copy(source, target, size)


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    left = size
    while block := source.read(min(_BLOCK, left + 1)):
        left -= len(block)
        if left < 0:
            raise ValueError("a file is longer than announced")
        target.write(block)
    if left:
        raise ValueError("a file is shorter than announced")


def _bad(bundle: Path, what: str) -> SourceError:
    return SourceError(
        f"this is no bundle that can be opened: {what}. Nothing was unpacked.",
        location=bundle.name,
        hint="Ask its sender for it again, and compare the SHA-256 that the export printed.",
    )
