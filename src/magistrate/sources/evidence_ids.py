"""Ids of records that do not depend on the file a record came in, its place there or who read it."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ID_BYTES = 8
_SOURCES_REMEMBERED = 4096
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_NUMBER = (1 << 64) - 1
_NO_TIME = -(1 << 63)
_PLACE = struct.Struct("<Qq")  # record id, microseconds since 1970: fills the hash's 16 bytes of salt


def evidence_id(
    host: str, channel: str, event_id: int, record_id: int | None, utc: datetime | None, content: bytes
) -> str:
    """Id of one record: a hash of host, channel, event id, record id, time and recorded data, 16 hex characters."""
    number = _NO_NUMBER if record_id is None else record_id & _NO_NUMBER
    micros = _NO_TIME if utc is None else (utc - _EPOCH) // _MICROSECOND
    return _digest(content, _PLACE.pack(number, micros), hash_source(host, channel, event_id)).hex()


def evidence_digests(
    sources: Iterable[bytes], numbers: Iterable[int], micros: Iterable[int], contents: Iterable[bytes]
) -> list[bytes]:
    """Ids of many records as bytes; the same as `evidence_id` gives.

    Args:
        sources: `hash_source` of each record.
        numbers: record ids.
        micros: times in microseconds since 1970.
        contents: recorded data.
    """
    pack = _PLACE.pack
    return [
        blake2b(content, digest_size=ID_BYTES, salt=pack(number, micro), person=source).digest()
        for source, number, micro, content in zip(sources, numbers, micros, contents, strict=True)
    ]


@lru_cache(maxsize=_SOURCES_REMEMBERED)
def hash_source(host: str, channel: str, event_id: int) -> bytes:
    """Where a kind of event comes from, as the 16 bytes that make one hash differ from another."""
    text = f"{host}|{channel}|{event_id}".encode("utf-8", "surrogatepass")
    return blake2b(text, digest_size=blake2b.PERSON_SIZE).digest()


def _digest(content: bytes, place: bytes, source: bytes) -> bytes:
    return blake2b(content, digest_size=ID_BYTES, salt=place, person=source).digest()
