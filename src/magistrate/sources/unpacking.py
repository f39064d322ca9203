"""Recognises packed data and unpacks it as a stream that gives its good part and says what was wrong with the rest."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import IO

from magistrate.sources.tar_archive import is_tar

_BLOCK = 1 << 16

_Decompressor = bz2.BZ2Decompressor | lzma.LZMADecompressor


def packing_kind(head: bytes) -> str | None:
    """Kind of container by its first bytes: zip, 7z, tar, gzip, bzip2, xz or zstd; None for anything else."""
    for start, kind in (
        (b"PK\x03\x04", "zip"),
        (b"PK\x05\x06", "zip"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
    ):
        if head.startswith(start):
            return kind
    return "tar" if is_tar(head) else None


def unpack(stream: IO[bytes], kind: str) -> Unpacked | UnpackedZstd:
    """A stream of the unpacked content; `remarks` tells afterwards what could not be read."""
    return UnpackedZstd(stream) if kind == "zstd" else Unpacked(stream, kind)


class _Gzip:
    """A gzip member with the interface of the other two decompressors."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Unpack up to `max_length` bytes; what is left over of `data` is kept."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data


class Unpacked:
    """A gzip, bzip2 or xz stream, members one after the other. Damage ends it with a remark, never with an error."""

    def __init__(self, stream: IO[bytes], kind: str) -> None:
        self._stream = stream
        self._kind = kind
        self._unpacker = self._new()
        self._pending = b""
        self._begun = False
        self._done = False
        self.remarks: list[str] = []

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end or where the damage begins."""
        while not self._done:
            if not self._pending and self._unpacker.needs_input:
                self._pending = self._stream.read(_BLOCK)
                if not self._pending:
                    self._end_of_input()
                    return b""
            try:
                out = self._unpacker.decompress(self._pending, size)
            except (zlib.error, OSError, lzma.LZMAError) as error:
                self._stop(f"Damaged ({type(error).__name__}); the good part was read.")
                return b""
            self._pending = b""
            self._begun = True
            if self._unpacker.eof:
                self._next_member(self._unpacker.unused_data)
            if out:
                return out
        return b""

    def __enter__(self) -> Unpacked:
        return self

    def __exit__(self, *_: object) -> None:
        """The stream below belongs to the caller."""

    def _new(self) -> _Gzip | _Decompressor:
        if self._kind == "gzip":
            return _Gzip()
        return bz2.BZ2Decompressor() if self._kind == "bzip2" else lzma.LZMADecompressor()

    def _next_member(self, rest: bytes) -> None:
        """Begin the next member of a concatenated file; zeros between members are padding."""
        while not rest.strip(b"\0"):
            rest = self._stream.read(_BLOCK)
            if not rest:
                self._done = True
                return
        if packing_kind(rest) == self._kind:
            self._unpacker, self._pending, self._begun = self._new(), rest, False
        else:
            self._stop("Bytes follow the end of the packed data; they were not read.")

    def _end_of_input(self) -> None:
        self._done = True
        if self._begun:
            self.remarks.append("Cut off: the packed data ends early; the part before was read.")

    def _stop(self, remark: str) -> None:
        self._done = True
        self.remarks.append(remark)


class UnpackedZstd:
    """A zstd stream by pyarrow, which is here anyway. Damage ends it with a remark."""

    def __init__(self, stream: IO[bytes]) -> None:
        import pyarrow as pa  # here and not above: slow to load

        self._errors = (pa.ArrowException, OSError)
        self._reader = pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd")
        self.remarks: list[str] = []

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end or where the damage begins."""
        try:
            return bytes(self._reader.read(min(size, 1 << 18)))
        except self._errors:
            if not self.remarks:
                self.remarks.append("Cut off or damaged; the part before was read.")
            return b""

    def __enter__(self) -> UnpackedZstd:
        return self

    def __exit__(self, *_: object) -> None:
        """The stream below belongs to the caller."""
