"""Opens zip archives: by their list of members, or member by member where the list is cut off."""

from __future__ import annotations

import stat
import zipfile
import zlib
from itertools import pairwise
from typing import IO, TYPE_CHECKING, cast

from magistrate.sources.archive_members import Content, DamagedError, Fault, Member, Slice, read_blocks
from magistrate.sources.zip_streams import (
    AES,
    LIBRARY_METHODS,
    LOCAL_HEADER,
    ZSTD,
    Decoded,
    aes_facts,
    decoder,
    packed_bytes,
    unlock_aes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magistrate.sources.archive_members import Keys

_ENCRYPTED = 1
_SIZES_FOLLOW = 8
_ZIP64 = 0xFFFFFFFF
_BLOCK = 1 << 20
_SIGNATURE = b"PK\x03\x04"
_OVERLAP = (
    "The member shares its bytes with another, as in an archive made to fill the disk.",
    "Ask who made the archive; unpack it by hand.",
)
_LINK = ("The member is a link; links are not followed.", "Give the file it points to.")


def zip_members(stream: IO[bytes], keys: Keys) -> Iterator[Content]:
    """Yield the members of a zip archive."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        yield from _salvage(stream)
        return
    with archive:
        listed = archive.infolist()
        overlapping = _overlapping(listed)
        for info in listed:
            if not info.is_dir():
                yield _member(stream, archive, info, keys, overlaps=info.header_offset in overlapping)


def _overlapping(listed: list[zipfile.ZipInfo]) -> set[int]:
    """Where members start that end behind the start of the next; every start of several members as well."""
    ordered = sorted(listed, key=lambda info: info.header_offset)
    return {
        item.header_offset
        for first, second in pairwise(ordered)
        if first.header_offset + first.compress_size > second.header_offset
        or first.header_offset == second.header_offset
        for item in (first, second)
    }


def _member(
    stream: IO[bytes], archive: zipfile.ZipFile, info: zipfile.ZipInfo, keys: Keys, *, overlaps: bool
) -> Member:
    name, packed = info.orig_filename, max(info.compress_size, 1)
    if stat.S_ISLNK(info.external_attr >> 16):
        return Member(name, packed, problem=_LINK)
    if overlaps:
        return Member(name, packed, problem=_OVERLAP)
    method = info.compress_type
    try:
        if info.flag_bits & _ENCRYPTED:
            opener = _locked(stream, archive, info, keys)
            return Member(name, packed, opener) if opener else Member(name, packed, problem=keys.problem())
        if method in LIBRARY_METHODS:
            return Member(name, packed, lambda: archive.open(info))
        if method == ZSTD:
            return Member(name, packed, lambda: _zstd(stream, info))
        if unpacker := decoder(method):
            return Member(
                name, packed, lambda: _stream(Decoded(packed_bytes(stream, info), unpacker, info.CRC))
            )
    except (DamagedError, OSError) as error:
        return Member(name, packed, problem=(f"The member is damaged: {error}.", "Get a new copy."))
    return Member(name, packed, problem=_method_problem(method))


def _method_problem(method: int) -> tuple[str, str]:
    return (
        f"The member is packed by method {method}, which is not read.",
        "Unpack it by hand, then give the log.",
    )


def _stream(source: Decoded) -> IO[bytes]:
    return cast("IO[bytes]", source)


def _zstd(stream: IO[bytes], info: zipfile.ZipInfo) -> IO[bytes]:
    from magistrate.sources.unpacking import UnpackedZstd

    return cast("IO[bytes]", UnpackedZstd(cast("IO[bytes]", packed_bytes(stream, info))))


def _locked(
    stream: IO[bytes], archive: zipfile.ZipFile, info: zipfile.ZipInfo, keys: Keys
) -> Callable[[], IO[bytes]] | None:
    """What opens an encrypted member; None when no password fits."""
    if info.compress_type == AES:
        return _locked_aes(stream, info, keys)
    fitting = [password for password in keys.candidates() if _opens(archive, info, password)]
    if len(fitting) > 1:  # the old method tells a wrong password in 255 of 256 cases only
        fitting = [password for password in fitting if _reads(archive, info, password)]
    if not fitting or info.compress_type not in LIBRARY_METHODS:
        return None
    keys.fitted(fitting[0])
    return lambda: archive.open(info, pwd=fitting[0].encode())


def _opens(archive: zipfile.ZipFile, info: zipfile.ZipInfo, password: str) -> bool:
    try:
        archive.open(info, pwd=password.encode()).close()
    except (RuntimeError, NotImplementedError):
        return False
    except zipfile.BadZipFile as error:
        raise DamagedError(str(error)) from error
    return True


def _reads(archive: zipfile.ZipFile, info: zipfile.ZipInfo, password: str) -> bool:
    try:
        with archive.open(info, pwd=password.encode()) as source:
            for _ in read_blocks(source, _BLOCK):
                pass
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return False
    return True


def _locked_aes(stream: IO[bytes], info: zipfile.ZipInfo, keys: Keys) -> Callable[[], IO[bytes]] | None:
    facts = aes_facts(info)
    if facts is None:
        raise DamagedError("its encryption is not told")
    version, strength, method = facts
    for password in keys.candidates():
        source = unlock_aes(packed_bytes(stream, info), info.compress_size, strength, password)
        unpacker = decoder(method)
        if source and unpacker:
            keys.fitted(password)
            crc = info.CRC if version == 1 else None  # version 2 keeps none: it would tell of the content
            return lambda: _stream(Decoded(source, unpacker, crc))
    return None


def _salvage(stream: IO[bytes]) -> Iterator[Content]:
    """Members found one after the other, where the list at the end is missing or damaged."""
    yield Fault(
        "The zip archive is cut off or damaged: its list of members cannot be read. Whole members were looked for.",
        "Get a new copy of the archive.",
    )
    end = stream.seek(0, 2)
    at: int | None = _find(stream, 0, end)
    while at is not None:
        found = _Found(stream, at, end)
        yield found.member()
        at = _find(stream, found.next_place(), end)


def _find(stream: IO[bytes], start: int, end: int) -> int | None:
    """Place of the next local header at or behind `start`."""
    held = b""
    while start < end:
        stream.seek(start)
        block = held + stream.read(_BLOCK)
        if (place := block.find(_SIGNATURE)) >= 0:
            return start - len(held) + place
        held = block[-3:]
        start += _BLOCK
    return None


class _Found:
    """A member found by its local header."""

    def __init__(self, stream: IO[bytes], at: int, end: int) -> None:
        stream.seek(at)
        header = stream.read(LOCAL_HEADER.size).ljust(LOCAL_HEADER.size, b"\0")
        packed: int
        _, _, self._flags, self._method, _, _, self._crc, packed, _, name_bytes, extra = LOCAL_HEADER.unpack(
            header
        )
        self._name = stream.read(name_bytes).decode("utf-8", "backslashreplace")
        self._start: int = at + LOCAL_HEADER.size + name_bytes + extra
        self._streamed = bool(self._flags & _SIZES_FOLLOW) or packed == _ZIP64
        size = end - self._start if self._streamed else packed
        self._slice = Slice(stream, self._start, max(0, size))
        self._deflated: _Deflated | None = None

    def member(self) -> Member:
        """The member as far as it is there."""
        packed = max(1, self._slice.size)
        if self._flags & _ENCRYPTED:
            return Member(self._name, problem=("The member is locked, and its archive is damaged.", None))
        if self._name.endswith("/"):
            return Member(self._name, open=None)
        if self._method == 8:
            self._deflated = _Deflated(self._slice, None if self._streamed else self._crc)
            return Member(self._name, packed, lambda: cast("IO[bytes]", self._deflated))
        unpacker = None if self._streamed else decoder(self._method)
        if unpacker is None:
            return Member(self._name, packed, problem=_method_problem(self._method))
        return Member(self._name, packed, lambda: _stream(Decoded(self._slice, unpacker, self._crc)))

    def next_place(self) -> int:
        """Where to look for the next member: behind the packed bytes of this one, as far as they are known."""
        if not self._streamed:
            return self._start + self._slice.size
        return self._start + (self._deflated.used if self._deflated else 0)


class _Deflated:
    """Deflated data that tells its own end."""

    def __init__(self, source: Slice, crc: int | None) -> None:
        self._source = source
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._crc = crc
        self._sum = 0
        self.used = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end.

        Raises:
            DamagedError: the data ends early, cannot be unpacked or has another checksum than it should.
        """
        while not self._inflater.eof:
            packed = self._inflater.unconsumed_tail or self._source.read(_BLOCK)
            if not packed:
                raise DamagedError("cut off")
            try:
                block = self._inflater.decompress(packed, size)
            except zlib.error as error:
                raise DamagedError("zlib") from error
            self.used = (
                self._source.taken - len(self._inflater.unconsumed_tail) - len(self._inflater.unused_data)
            )
            self._sum = zlib.crc32(block, self._sum)
            if block:
                return block
        if self._crc is not None and self._sum != self._crc:
            raise DamagedError("wrong checksum")
        return b""

    def __enter__(self) -> _Deflated:
        return self

    def __exit__(self, *_: object) -> None:
        """The stream below belongs to the caller."""
