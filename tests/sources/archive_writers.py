"""Writes the archives that the standard library cannot, for tests."""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import zipfile
import zlib

import inflate64
import pyarrow as pa
from Cryptodome.Cipher import AES
from Cryptodome.Util import Counter

from magistrate.sources.zip_streams import LOCAL_HEADER

CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")


def zip_of(
    name: str, method: int, packed: bytes, content: bytes, *, flags: int = 0, extra: bytes = b""
) -> bytes:
    """A zip archive of one member, whose packed bytes are given."""
    label, crc = name.encode(), zlib.crc32(content)
    sizes = (crc, len(packed), len(content))
    local = LOCAL_HEADER.pack(b"PK\x03\x04", 20, flags, method, 0, 33, *sizes, len(label), len(extra))
    start = local + label + extra + packed
    central = CENTRAL.pack(
        b"PK\x01\x02", 20, 20, flags, method, 0, 33, *sizes, len(label), len(extra), 0, 0, 0, 0, 0
    )
    directory = central + label + extra
    end = END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(start), 0)
    return start + directory + end


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def aes_zip(content: bytes, password: str, *, strength: int = 3, version: int = 2) -> bytes:
    """A zip with one AES member, after WinZip's note."""
    salt = bytes(range(4 + 4 * strength))
    size = len(salt) * 2
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1000, 2 * size + 2)
    counter = Counter.new(128, initial_value=1, little_endian=True)
    locked = AES.new(keys[:size], AES.MODE_CTR, counter=counter).encrypt(deflated(content))
    code = hmac.new(keys[size : 2 * size], locked, "sha1").digest()[:10]
    extra = struct.pack("<HHH2sBH", 0x9901, 7, version, b"AE", strength, 8)
    return zip_of("a", 99, salt + keys[-2:] + locked + code, content, flags=1, extra=extra)


def old_zip(content: bytes, password: str) -> bytes:
    """A zip with one member locked by PKWARE's first method (APPNOTE 6.1)."""
    table = [zlib.crc32(bytes([n]), 0xFFFFFFFF) ^ 0xFFFFFFFF for n in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def mix(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password.encode():
        mix(byte)
    out = bytearray()
    head = bytes(11) + bytes([zlib.crc32(content) >> 24])
    for byte in head + deflated(content):
        mask = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 0xFF))
        mix(byte)
    return zip_of("a", 8, bytes(out), content, flags=1)


def deflate64_zip(content: bytes) -> bytes:
    packer = inflate64.Deflater()
    return zip_of("a", 9, packer.deflate(content) + packer.flush(), content)


def zstd_zip(content: bytes) -> bytes:
    return zip_of("a", 93, pa.Codec("zstd").compress(content, asbytes=True), content)


class _Pipe(io.RawIOBase):
    """A target that cannot go back, so that sizes follow each member."""

    def __init__(self) -> None:
        self.content = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.content += data
        return len(data)


def streamed_zip(*members: tuple[str, bytes]) -> bytes:
    """A zip as programs write it to a pipe: the sizes stand behind each member."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return bytes(pipe.content)
