"""Keeps what was read of each evidence file, so that a run after a kill goes on instead of beginning again.

A file's rows and account are kept under a key made of its content, its label, the options that change rows and the
state of our readers. A kept file checks itself by hash: what a crash cut short is no match, and is read again. It
is therefore not flushed to the disk one by one, which would cost more than reading it again.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, fields
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

import msgspec

from magistrate.sources.intake_file import FileResult, Job, Kept, LeafResult, intake_file
from magistrate.sources.seals import Seal, hash_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from magistrate.sources.base import IntakeOptions

_DIGEST = hashlib.sha256().digest_size
_NO_MATTER = frozenset({"jobs", "work_dir", "resume_dir", "passwords"})
"""Options that change no row. No trace of a password is kept: while some are given, locked files are read anew."""

_READER_CODE = ("sources", "events", "strict_yaml.py")
_LIBRARIES = ("evtx", "msgspec", "pyarrow")


@dataclass(frozen=True, slots=True)
class _Account:
    """What is kept beside the rows of one file."""

    leaves: list[LeafResult]
    spill_sha256: str


def take_in(job: Job, send: Callable[[str, int], None]) -> FileResult:
    """Take in one file, or find what an earlier run made of it; see `intake_file`."""
    if job.kept_in is None:
        return intake_file(job, send)
    result = intake_file(job, send, lambda known: _find(job, known))
    # After a kill of a worker the account depends on when it came; it is not what another run would find.
    if result.kept is Kept.NO and result.seal and result.repeatable and not job.skip:
        _keep(job, result, _key(job, result.seal))
    return result


def rows_fingerprint(options: IntakeOptions) -> str:
    """What the rows of a file depend on beside the file: our readers, the libraries and the options."""
    chosen = [(field.name, getattr(options, field.name)) for field in fields(options)]
    matter = [(name, value) for name, value in chosen if name not in _NO_MATTER]
    text = f"{_readers_fingerprint()}|{matter!r}|{bool(options.passwords)}"
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _readers_fingerprint() -> str:
    """Hash of every file that reads or maps records: a changed mapping must never meet rows of the old one."""
    digest = hashlib.sha256()
    for name, content in _files(resources.files("magistrate"), _READER_CODE):
        digest.update(f"{name}|{len(content)}|".encode())
        digest.update(content)
    versions = [f"{library} {metadata.version(library)}" for library in _LIBRARIES]
    digest.update(";".join(versions).encode())
    return digest.hexdigest()


def _files(folder: Traversable, names: tuple[str, ...] | None = None) -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if (names is not None and item.name not in names) or item.name == "__pycache__":
            continue
        if item.is_dir():
            yield from _files(item)
        else:
            yield item.name, item.read_bytes()


def write_checked(path: Path, content: Any) -> None:
    """Write a value with its hash in front, aside and into place."""
    body = msgspec.msgpack.encode(content)
    # Two workers may write one account: the run of a killed parent can still have one.
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    aside.write_bytes(hashlib.sha256(body).digest() + body)
    aside.replace(path)


def read_checked(path: Path, kind: Any) -> Any:
    """Read such a value; None when it is missing, cut short or of another form."""
    try:
        content = path.read_bytes()
        body = memoryview(content)[_DIGEST:]
        if hashlib.sha256(body).digest() != content[:_DIGEST]:
            return None
        return msgspec.msgpack.decode(body, type=kind)
    except (OSError, ValueError):  # decoding errors of msgspec are ValueErrors
        return None


def _key(job: Job, known: Seal) -> str:
    text = f"{job.fingerprint}|{known.sha256}|{known.size_bytes}|{job.label}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _places(folder: Path, key: str) -> tuple[Path, Path]:
    return folder / f"{key}.account", folder / f"{key}.spill"


def _find(job: Job, known: Seal) -> FileResult | None:
    """What is already known of the file: in the finished store, or beside it from a run that did not finish."""
    key = _key(job, known)
    if key == job.stored_as:
        return FileResult(job.index, seal=known, key=key, kept=Kept.STORED)
    if job.kept_in is None:
        return None
    account_path, spill = _places(job.kept_in, key)
    account: _Account | None = read_checked(account_path, _Account)
    if account is None or (account.spill_sha256 and account.spill_sha256 != _hash_file(spill)):
        return None
    return FileResult(
        job.index,
        account.leaves,
        seal=known,
        key=key,
        kept=Kept.SPILLED,
        spill=spill if account.spill_sha256 else None,
    )


def _keep(job: Job, result: FileResult, key: str) -> None:
    if job.kept_in is None:
        return
    account_path, spill = _places(job.kept_in, key)
    if result.spill is not None:
        # Fails when another run has removed our work folder: then this worker outlived its own run and must end.
        result.spill.replace(spill)
        result.spill = spill
    sha256 = _hash_file(spill) if result.spill is not None else ""
    write_checked(account_path, _Account(result.leaves, sha256))
    result.key = key


def _hash_file(path: Path) -> str:
    """SHA-256 of a file; empty when there is none."""
    try:
        with path.open("rb") as stream:
            return hash_stream(stream)[0]
    except FileNotFoundError:
        return ""
