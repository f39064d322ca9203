"""A stream of bytes read block by block, of which only the piece that is being split is held."""

from __future__ import annotations

from typing import BinaryIO

_BLOCK = 1 << 20
_BOM = b"\xef\xbb\xbf"


class TextWindow:
    """One pass over a stream; `buffer[position:]` is what is still to be split.

    `base` is the offset in the stream of the buffer's first byte, `line` the number of the line at `position`, from
    1. `long_scans` counts the pieces that were searched to a far end, so that a subclass can stop doing so.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.buffer = b""
        self.position = 0
        self.base = 0
        self.line = 1
        self.ended = False
        self.long_scans = 0

    def more(self, least: int = _BLOCK) -> bool:
        """Read on, at least `least` bytes where there are so many; False at the end of the stream."""
        if self.ended:
            return False
        block = self.stream.read(max(least, _BLOCK))
        if not block:
            self.ended = True
            return False
        self.base += self.position
        self.buffer = self.buffer[self.position :] + block
        self.position = 0
        return True

    def skip_bom(self) -> None:
        """Pass over a byte order mark at the start of the stream."""
        while len(self.buffer) < len(_BOM) and self.more():
            pass
        if self.buffer.startswith(_BOM):
            self.position = len(_BOM)
