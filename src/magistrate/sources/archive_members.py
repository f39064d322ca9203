"""What the openers of archives hand out: members as streams, and what is wrong with the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOCKED = (
    "The member needs a password.",
    "Give it in a file with --password-file, or unpack the archive first.",
)
WRONG_PASSWORD = (
    "The member needs a password, and none of those given fits.",
    "Ask who made the archive, and give it with --password-file.",
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive.

    `name` is the stored name: a label, never a path. `packed_bytes` is its share of the archive. With a `problem`
    (what is wrong, what to do) it is not opened. `open` may be called once, before the next member is asked for;
    the stream may raise an error where the data is damaged, and tell of harmless oddities in `remarks`.
    """

    name: str
    packed_bytes: int = 1
    open: Callable[[], IO[bytes]] | None = None
    problem: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is wrong with the archive itself; members before and after it are handed out."""

    reason: str
    hint: str | None = None


Content = Member | Fault


class DamagedError(ValueError):
    """Packed data that cannot be unpacked from here on."""


@dataclass(slots=True)
class Keys:
    """The passwords that the analyst gave. `needed` tells afterwards whether any archive was locked."""

    passwords: Sequence[str] = field(default=(), repr=False)
    needed: bool = False

    def candidates(self) -> Sequence[str]:
        """The passwords to try, the one that fitted last first."""
        self.needed = True
        return self.passwords

    def fitted(self, password: str) -> None:
        """Remember which password fitted: archives of one collection share it."""
        self.passwords = (password, *(other for other in self.passwords if other != password))

    def problem(self) -> tuple[str, str | None]:
        """Why a locked member is not opened."""
        return WRONG_PASSWORD if self.passwords else LOCKED


class Slice:
    """A stretch of a stream, read from its start to its end."""

    closed = False  # Arrow asks

    def __init__(self, stream: IO[bytes], start: int, size: int) -> None:
        self._stream = stream
        self._start = self._at = start
        self._left = size
        self.size = size

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; empty at the end of the stretch, or where the stream ends before."""
        wanted = self._left if size < 0 else min(size, self._left)
        self._stream.seek(self._at)
        block = self._stream.read(wanted)
        self._at += len(block)
        self._left -= len(block)
        return block

    @property
    def taken(self) -> int:
        """Number of bytes that were read."""
        return self._at - self._start

    @property
    def is_cut(self) -> bool:
        """True when the stream ended before the stretch did; to be asked at the end."""
        return self._left > 0


def read_blocks(source: IO[bytes], size: int) -> Iterator[bytes]:
    """The blocks of a stream."""
    while block := source.read(size):
        yield block
