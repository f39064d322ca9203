"""Numbers that look random and are the same on every machine and Python version."""

from __future__ import annotations

import hashlib
import uuid


class Dice:
    """A sequence of numbers that depends only on the seed and on how often it was asked."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0

    def number(self, low: int, high: int) -> int:
        """The next number from low to high, both included."""
        self._count += 1
        return low + digest(self._seed, str(self._count)) % (high - low + 1)

    def guid(self) -> str:
        """The next GUID, in braces."""
        self._count += 1
        return guid_of(self._seed, str(self._count))


def digest(*parts: str) -> int:
    """A number of 64 bits that stands for these texts."""
    return int.from_bytes(hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest(), "big")


def guid_of(*parts: str) -> str:
    """A GUID in braces that stands for these texts."""
    raw = hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()
    return "{" + str(uuid.UUID(bytes=raw)).upper() + "}"


def sha256_of(text: str) -> str:
    """A file hash for a program that does not exist; always the same for the same path."""
    return hashlib.sha256(text.lower().encode()).hexdigest().upper()
