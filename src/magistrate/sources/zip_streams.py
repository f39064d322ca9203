"""Streams of zip members that the standard library cannot unpack: AES, Deflate64 and zstd.

Layout after PKWARE's APPNOTE 6.3.10 (local header 4.3.7, methods 4.4.5) and WinZip's AE-1/AE-2 note.
"""

from __future__ import annotations

import bz2
import hashlib
import hmac
import lzma
import struct
import zlib
from typing import IO, TYPE_CHECKING, Any, Protocol

from magistrate.sources.archive_members import DamagedError, Slice

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable

DEFLATE64, ZSTD, AES = 9, 93, 99
_STORED, _DEFLATE, _BZIP2, _LZMA = 0, 8, 12, 14
LIBRARY_METHODS = frozenset({_STORED, _DEFLATE, _BZIP2, _LZMA})
"""Methods that the standard library unpacks."""

LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_AES_EXTRA = 0x9901
_SALT_BYTES = {1: 8, 2: 12, 3: 16}
_ROUNDS = 1000
_CODE_BYTES = 10
_BLOCK = 1 << 16


class _Decoder(Protocol):
    """Unpacks what is fed to it."""

    def decompress(self, data: bytes) -> bytes:
        """What the next bytes unpack to."""
        ...


class _Source(Protocol):
    """Something to read from."""

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


def packed_bytes(stream: IO[bytes], info: zipfile.ZipInfo) -> Slice:
    """The packed bytes of a member.

    Raises:
        DamagedError: there is no member where the list of members says.
    """
    stream.seek(info.header_offset)
    header = stream.read(LOCAL_HEADER.size)
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise DamagedError("no member where the list says")
    *_, name_bytes, extra_bytes = LOCAL_HEADER.unpack(header)
    start = info.header_offset + LOCAL_HEADER.size + name_bytes + extra_bytes
    return Slice(stream, start, info.compress_size)


def decoder(method: int) -> _Decoder | None:
    """What unpacks a method; None when nothing here does."""
    if method == DEFLATE64:
        import inflate64  # comes with py7zr; here and not above, because hardly any archive needs it

        inflater: Any = inflate64.Inflater()
        return _Inflate64(inflater)
    makers: dict[int, Callable[[], _Decoder]] = {
        _STORED: _Stored,
        _DEFLATE: lambda: zlib.decompressobj(-zlib.MAX_WBITS),
        _BZIP2: bz2.BZ2Decompressor,
    }
    return makers[method]() if method in makers else None


class _Stored:
    def decompress(self, data: bytes) -> bytes:
        return data


class _Inflate64:
    def __init__(self, inflater: Any) -> None:
        self._inflater = inflater

    def decompress(self, data: bytes) -> bytes:
        return bytes(self._inflater.inflate(data))


class Decoded:
    """A member as a stream; checks its checksum at the end where it has one."""

    def __init__(self, source: _Source, unpacker: _Decoder, crc: int | None) -> None:
        self._source = source
        self._unpacker = unpacker
        self._crc = crc
        self._sum = 0
        self._held = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end.

        Raises:
            DamagedError: the data ends early or has another checksum than it should.
        """
        while not self._held:
            packed = self._source.read(_BLOCK)
            if not packed:
                self._finish()
                return b""
            try:
                self._held = memoryview(self._unpacker.decompress(packed))
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
                raise DamagedError(type(error).__name__) from error
        block = bytes(self._held[:size])
        self._held = self._held[size:]
        self._sum = zlib.crc32(block, self._sum)
        return block

    def _finish(self) -> None:
        if getattr(self._source, "is_cut", False):
            raise DamagedError("cut off")
        if self._crc is not None and self._sum != self._crc:
            raise DamagedError("wrong checksum")

    def __enter__(self) -> Decoded:
        return self

    def __exit__(self, *_: object) -> None:
        """The stream below belongs to the caller."""


def aes_facts(info: zipfile.ZipInfo) -> tuple[int, int, int] | None:
    """Version (1 or 2), strength (1 to 3) and packing method of an AES member; None when it is not told right."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _AES_EXTRA and size >= 7 and len(extra) >= 11:
            version, vendor, strength, method = struct.unpack_from("<H2sBH", extra, 4)
            return (version, strength, method) if vendor == b"AE" and strength in _SALT_BYTES else None
        extra = extra[4 + size :]
    return None


class Decrypted:
    """The packed bytes of an AES member, decrypted; its authentication code is checked at the end."""

    def __init__(self, source: Slice, cipher: Any, code: Any, left: int) -> None:
        self._source = source
        self._cipher = cipher
        self._code = code
        self._left = left

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; empty at the end.

        Raises:
            DamagedError: the content is not what was locked.
        """
        if not self._left:
            return b""
        block = self._source.read(self._left if size < 0 else min(size, self._left))
        if not block:
            raise DamagedError("cut off")
        self._left -= len(block)
        self._code.update(block)
        if not self._left and not hmac.compare_digest(
            self._code.digest()[:_CODE_BYTES], self._source.read(_CODE_BYTES)
        ):
            raise DamagedError("wrong authentication code")
        plain: bytes = self._cipher.decrypt(block)
        return plain


def unlock_aes(packed: Slice, size: int, strength: int, password: str) -> Decrypted | None:
    """Decrypt an AES member of `size` packed bytes; None when the password does not fit.

    Raises:
        DamagedError: the member is too short to be one.
    """
    from Cryptodome.Cipher import (
        AES as CIPHER,
    )  # comes with py7zr; here and not above, as it is seldom needed
    from Cryptodome.Util import Counter

    salt_bytes = _SALT_BYTES[strength]
    key_bytes = salt_bytes * 2
    salt, check = packed.read(salt_bytes), packed.read(2)
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, _ROUNDS, 2 * key_bytes + 2)
    if not hmac.compare_digest(keys[-2:], check):
        return None
    counter = Counter.new(128, initial_value=1, little_endian=True)
    cipher = CIPHER.new(keys[:key_bytes], CIPHER.MODE_CTR, counter=counter)
    code = hmac.new(keys[key_bytes : 2 * key_bytes], digestmod="sha1")
    left = size - salt_bytes - 2 - _CODE_BYTES
    if left < 0:
        raise DamagedError("too short for its encryption")
    return Decrypted(packed, cipher, code, left)
