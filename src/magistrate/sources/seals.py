"""What evidence was when it was read, so that a report is never written about evidence that has changed since."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - part of the runtime type of a field
from typing import IO, TYPE_CHECKING

from magistrate.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Seal:
    """Content and identity of one evidence file at the moment it was read.

    `identity` is device, inode, size and the two times (changed content, changed file) in nanoseconds.
    """

    path: Path
    label: str
    sha256: str
    size_bytes: int
    identity: tuple[int, ...]


def hash_stream(stream: IO[bytes], alive: Callable[[], None] = lambda: None) -> tuple[str, int]:
    """SHA-256 and length of a stream, which is read to its end and put back to its start."""
    digest = hashlib.sha256()
    size = 0
    stream.seek(0)
    while block := stream.read(_BLOCK):
        digest.update(block)
        size += len(block)
        alive()
    stream.seek(0)
    return digest.hexdigest(), size


def seal(stream: IO[bytes], path: Path, label: str, alive: Callable[[], None] = lambda: None) -> Seal:
    """Hash an open evidence file. Its identity is taken before, so that a write during the reading shows later."""
    identity = _identity(os.fstat(stream.fileno()))
    sha256, size = hash_stream(stream, alive)
    return Seal(path, label, sha256, size, identity)


def check_seals(seals: Iterable[Seal]) -> None:
    """Make sure that the evidence still is what was read.

    A file whose identity is unchanged is not read again: an edit changes its times, and the second of them cannot
    be set back by a program. Any other is hashed again; a copy or a touch of the same bytes does no harm.

    Raises:
        SourceError: a file has other content now, or is gone; no report may be written.
    """
    for known in seals:
        try:
            if _identity(known.path.stat()) == known.identity:
                continue
            with known.path.open("rb") as stream:
                sha256, _ = hash_stream(stream)
        except OSError as error:
            raise SourceError(
                f"The evidence cannot be checked again ({error.strerror}), so no report was written.",
                location=known.label,
                hint="Make it available, then investigate again.",
            ) from error
        if sha256 != known.sha256:
            raise SourceError(
                f"The evidence changed after it was read (SHA-256 was {known.sha256[:16]}, is {sha256[:16]}), "
                "so no report was written.",
                location=known.label,
                hint="Copy the evidence to where nobody writes to it, then investigate the copy.",
            )


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
