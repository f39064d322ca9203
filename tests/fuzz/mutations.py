"""Ways to damage an input. Each takes a random source, so that the same seed gives the same bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random

CHUNK_BYTES = 65_536
FIRST_RECORD = 512
_EDGES = (0, 1, 27, 28, 511, 512, 513, 65_535, 65_536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_TOKENS = bytes([*range(0x10), 0x21, 0x41, 0x45, 0x46, 0x81, 0xFF])

Mutation = Callable[[bytearray, Random, Sequence[bytes]], None]


def mutated_chunk(seeds: Sequence[bytes], random: Random) -> bytes:
    """One chunk with one to four kinds of damage."""
    chunk = bytearray(random.choice(seeds))
    for change in random.choices(CHUNK_MUTATIONS, k=random.randint(1, 4)):
        change(chunk, random, seeds)
    return bytes(chunk)


def _place(chunk: bytearray, random: Random) -> int:
    """A place inside the used area more often than not."""
    used = int.from_bytes(chunk[48:52].ljust(4, b"\0"), "little")
    end = used if FIRST_RECORD < used < len(chunk) and random.random() < 0.8 else len(chunk)
    return random.randrange(max(end - 4, 1))


def _flip_bits(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    for _ in range(random.choice((1, 1, 4, 64))):
        chunk[_place(chunk, random)] ^= 1 << random.randrange(8)


def _frames(chunk: bytearray) -> list[int]:
    found, at = [], chunk.find(b"\x2a\x2a\0\0")
    while at >= 0:
        found.append(at)
        at = chunk.find(b"\x2a\x2a\0\0", at + 4)
    return found


def _change_size(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """The size in front of a record, its copy behind it, or both alike."""
    frames = _frames(chunk)
    if not frames:
        return
    at = random.choice(frames)
    size = int.from_bytes(chunk[at + 4 : at + 8].ljust(4, b"\0"), "little")
    new = random.choice((*_EDGES, size + 8, max(size - 8, 0), size * 2)) & 0xFFFFFFFF
    places = [at + 4] if random.random() < 0.5 else [at + 4, at + new - 4]
    for place in places:
        if 0 <= place <= len(chunk) - 4:
            struct.pack_into("<I", chunk, place, new)


def _change_offset(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """An entry of the string or template table, or a pointer inside the used area."""
    if len(chunk) < FIRST_RECORD:
        return
    place = random.choice(
        (128 + 4 * random.randrange(64), 384 + 4 * random.randrange(32), _place(chunk, random))
    )
    known = [n for n in struct.unpack_from("<96I", chunk, 128) if n]
    value = random.choice((*_EDGES, random.randrange(CHUNK_BYTES), *known[:4]))
    if place <= len(chunk) - 4:
        struct.pack_into("<I", chunk, place, value)


def _make_loop(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """Two nodes of a table that point at each other."""
    if len(chunk) < FIRST_RECORD:
        return
    nodes = [n for n in struct.unpack_from("<96I", chunk, 128) if FIRST_RECORD <= n <= len(chunk) - 4]
    if nodes:
        first, second = random.choice(nodes), random.choice(nodes)
        struct.pack_into("<I", chunk, first, second)
        struct.pack_into("<I", chunk, second, first)


def _change_header(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    place = random.choice((0, 8, 16, 24, 32, 40, 44, 48, 52, 120, 124))
    if place <= len(chunk) - 4:
        struct.pack_into("<I", chunk, place, random.choice((*_EDGES, random.randrange(CHUNK_BYTES))))


def _change_token(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    chunk[_place(chunk, random)] = random.choice(_TOKENS)


def _splice(chunk: bytearray, random: Random, seeds: Sequence[bytes]) -> None:
    """A stretch of another chunk, at its own place or elsewhere."""
    other = random.choice(seeds)
    start = random.randrange(len(other))
    piece = other[start : start + random.choice((16, 512, 4096, 32_768))]
    at = start if random.random() < 0.5 else random.randrange(max(len(chunk), 1))
    chunk[at : at + len(piece)] = piece


def _zero(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    at = 512 * random.randrange(max(len(chunk) // 512, 1))
    end = min(at + random.choice((512, 4096)), len(chunk))
    chunk[at:end] = bytes(end - at)


def _truncate(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    del chunk[random.randrange(1, max(len(chunk), 2)) :]


def _shift(chunk: bytearray, random: Random, _: Sequence[bytes]) -> None:
    at = random.randrange(len(chunk) + 1)
    chunk[at:at] = random.choice((b"\0", b"ElfChnk\0", b"\x2a\x2a\0\0", bytes(random.randrange(1, 700))))


CHUNK_MUTATIONS: tuple[Mutation, ...] = (
    _flip_bits, _change_size, _change_offset, _make_loop, _change_header, _change_token, _splice, _zero, _truncate, _shift,
)  # fmt: skip

_PIECES = (
    b"", b"\0", b"\n", b"\r\n", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b",", b";", b"\t", b":", b"<", b">", b"</",
    b"<Event>", b"</Event>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#x0;", b"<![CDATA[", b"]]>", b"<?xml", b"null",
    b"NaN", b"-1e999", b"18446744073709551616", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf0\x9f", b"\xc2",
    b"\\ud800", b"\\u0000", b'"EventID":', b'"Event":{"System":', b"[" * 300, b'{"a":' * 300, b"<a>" * 300, b"9" * 5000,
)  # fmt: skip


def mutated_line(line: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """One line with one to four kinds of damage; it may become several lines, or none."""
    damaged = bytearray(line)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(damaged) + 1)
        length = random.choice((1, 2, 8, 64))
        kind = random.randrange(6)
        if kind == 0 and damaged:
            damaged[min(at, len(damaged) - 1)] ^= 1 << random.randrange(8)
        elif kind == 1:
            damaged[at:at] = random.choice(_PIECES)
        elif kind == 2:
            del damaged[at : at + length]
        elif kind == 3:
            damaged[at:at] = damaged[at : at + length] * random.choice((1, 2, 50))
        elif kind == 4:
            other = random.choice(others)
            start = random.randrange(len(other) + 1)
            damaged[at : at + length] = other[start : start + random.choice((4, 64, 1024))]
        else:
            del damaged[at:]
    return bytes(damaged)
