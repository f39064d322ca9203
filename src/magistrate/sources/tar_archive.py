"""Opens tar archives member by member, without a list that grows with the archive."""

from __future__ import annotations

import tarfile
from typing import IO, TYPE_CHECKING, cast

from magistrate.sources.archive_members import Content, Fault, Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magistrate.sources.archive_members import Keys

_ERRORS = (tarfile.TarError, ValueError, OSError, EOFError, OverflowError)
_LINK = (
    "The member is a link, a device or a pipe; only plain files are read.",
    "Give the file it stands for.",
)


def is_tar(head: bytes) -> bool:
    """Tell a tar archive by its first header; old archives have no mark, only a checksum."""
    if head[257:262] == b"ustar":
        return True
    block = head[: tarfile.BLOCKSIZE]
    if len(block) < tarfile.BLOCKSIZE or not block[0]:
        return False
    try:
        member = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except _ERRORS:
        return False
    return bool(member.name)


def tar_members(stream: IO[bytes], _keys: Keys) -> Iterator[Content]:
    """Yield the members of a tar archive."""
    try:
        archive = tarfile.TarFile(fileobj=stream, errors="backslashreplace")
    except _ERRORS:
        yield Fault("The tar archive is damaged: it cannot be opened.")
        return
    with archive:
        while True:
            try:
                member = archive.next()
            except _ERRORS:
                yield Fault("The tar archive is cut off or damaged; members before this were read.")
                return
            if member is None:
                return
            archive.members = []  # type: ignore[attr-defined] # or it grows with the archive; not in the stubs
            if member.isdir():
                continue
            if member.isreg():
                yield Member(member.name, max(member.size, 1), _reader(archive, member))
            else:
                yield Member(member.name, problem=_LINK)


def _reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    return lambda: cast("IO[bytes]", archive.extractfile(member))
