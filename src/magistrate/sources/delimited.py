"""Splits a stream of delimited text (CSV) into rows.

Every row keeps its own account: a broken one costs one row. A quote that is never closed would swallow the rest of
a file, so a row that does not come out right ends where another row plainly begins.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from magistrate.sources.text_encoding import visible_text
from magistrate.sources.text_window import TextWindow

if TYPE_CHECKING:
    from collections.abc import Iterator

DELIMITERS = (",", ";", "\t", "|")

_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d+")
_SHAPE_CELLS = 3
_SHAPE_CHARACTERS = 80
_SHAPES_KEPT = 256
_LONG_SCANS = 64  # after so many quotes that were never closed, a row ends with its line
# A quote that stays open until the end is a file cut off inside a cell when the end is this near; what follows it
# belongs to the cell. Farther away it is a stray quote, and the rows behind it are read.
_NEAR_THE_END = 1 << 16


class Row(NamedTuple):
    """One row and its place. `flags` are remarks on how it was written."""

    cells: list[str]
    raw: str
    line: int
    offset: int
    flags: tuple[str, ...] = ()


class BadRow(NamedTuple):
    """Text that is no row we can take, and why."""

    reason: str
    line: int
    offset: int
    size_bytes: int
    refused: bool = False


def read_cells(line: str, delimiter: str) -> list[str] | None:
    """Cells of one row; None when its quotes do not come out."""
    try:
        rows = list(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def split_rows(stream: BinaryIO, delimiter: str, row_bytes: int) -> Iterator[Row | BadRow]:
    """Yield every row of the stream in order, and a `BadRow` for each that cannot be read; blank lines are none.

    Args:
        stream: UTF-8 bytes.
        delimiter: what stands between cells, one ASCII character.
        row_bytes: most bytes of one row.
    """
    return _Splitter(stream, delimiter, row_bytes).run()


class _Splitter(TextWindow):
    """Splits a stream; see `TextWindow` for what is held."""

    def __init__(self, stream: BinaryIO, delimiter: str, row_bytes: int) -> None:
        super().__init__(stream)
        self.delimiter = delimiter
        self.row_bytes = row_bytes
        self.shapes: set[tuple[str, ...]] = set()
        self.widths: set[int] = set()

    def run(self) -> Iterator[Row | BadRow]:
        self.skip_bom()
        while True:
            end = self._line_end(0)
            if end == 0 and self.position >= len(self.buffer):
                return
            if end < 0:
                yield self._drop_long_line()
            elif not self.buffer[self.position : self.position + end].strip(b" \t\r\n\0,;|"):
                self._advance(end)
            else:
                yield self._take_row(end)

    def _advance(self, size: int) -> None:
        self.line += self.buffer.count(b"\n", self.position, self.position + size)
        self.position += size

    def _line_end(self, start: int) -> int:
        """Bytes from the row's start to behind the next newline after `start`; -1 when that is above the limit."""
        seen = start
        while True:
            found = self.buffer.find(b"\n", self.position + seen)
            size = (found + 1 if found >= 0 else len(self.buffer)) - self.position
            if size > self.row_bytes:
                return -1
            if found >= 0:
                return size
            seen = size
            if not self.more(seen):
                return seen

    def _take_row(self, end: int) -> Row | BadRow:
        first_end = end
        quotes = self.buffer.count(b'"', self.position, self.position + end)
        while quotes % 2:
            following = self._line_end(end) if self.long_scans <= _LONG_SCANS else end
            if following == end or following < 0:
                return self._open_quote(first_end, end, at_limit=following < 0)
            quotes += self.buffer.count(b'"', self.position + end, self.position + following)
            end = following
        text, broken = visible_text(self.buffer[self.position : self.position + end].rstrip(b"\r\n"))
        cells = read_cells(text.replace("\0", ""), self.delimiter)
        if cells is None:
            stray = self._row_start_inside(first_end, end)
            return self._bad(stray or end, "the quotes of the row do not come out")
        if stray := self._row_start_inside(first_end, end) if len(cells) not in self.widths else 0:
            return self._bad(stray, "a quote that is not closed; the next row begins before it")
        self._remember(cells)
        flags = ("bytes that are not UTF-8, shown as \\xNN",) if broken else ()
        row = Row(cells, text, self.line, self.base + self.position, flags)
        self._advance(end)
        return row

    def _open_quote(self, first_end: int, end: int, *, at_limit: bool) -> BadRow:
        self.long_scans += 1
        stray = self._row_start_inside(first_end, end)
        if stray and (at_limit or end > _NEAR_THE_END or not self._is_cut_off(end)):
            return self._bad(stray, "a quote that is not closed; the next row begins before it")
        if at_limit or self.long_scans > _LONG_SCANS:
            return self._bad(first_end, "a quote that is not closed", refused=at_limit)
        lines = self.buffer.count(b"\n", self.position, self.position + end)
        return self._bad(end, f"a quote that is not closed; the last {lines} lines are inside it")

    def _is_cut_off(self, end: int) -> bool:
        """True when the text ends inside a cell that is written as it should be."""
        text = self.buffer[self.position : self.position + end].decode("utf-8", "replace").replace("\0", "")
        try:
            list(csv.reader([text], delimiter=self.delimiter, strict=True))
        except csv.Error as error:
            return "unexpected end" in str(error)
        return True

    def _bad(self, size: int, reason: str, *, refused: bool = False) -> BadRow:
        bad = BadRow(reason, self.line, self.base + self.position, size, refused)
        self._advance(size)
        return bad

    def _drop_long_line(self) -> BadRow:
        """Skip to the next line without holding what is skipped."""
        line, offset = self.line, self.base + self.position
        while (end := self.buffer.find(b"\n", self.position)) < 0:
            self.position = len(self.buffer)
            if not self.more():
                end = len(self.buffer) - 1
                break
        self._advance(end + 1 - self.position)
        size = self.base + self.position - offset
        return BadRow(f"longer than {self.row_bytes} bytes", line, offset, size, refused=True)

    def _remember(self, cells: list[str]) -> None:
        if len(self.shapes) < _SHAPES_KEPT:
            self.shapes.add(_shape(cells))
            self.widths.add(len(cells))

    def _row_start_inside(self, start: int, end: int) -> int:
        """Offset of the first line behind `start` that begins as rows before it did; 0 when there is none."""
        at = start
        while at < end:
            following = self.buffer.find(b"\n", self.position + at, self.position + end)
            stop = following + 1 - self.position if following >= 0 else end
            line = self.buffer[self.position + at : self.position + min(stop, at + 2000)]
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            if self.delimiter in text and _shape(text.split(self.delimiter, _SHAPE_CELLS)) in self.shapes:
                return at
            at = stop
        return 0


def _shape(cells: list[str]) -> tuple[str, ...]:
    """How a row begins: the first cells with letters and digits made alike."""
    return tuple(_plain_shape(cell[:_SHAPE_CHARACTERS].strip('"')) for cell in cells[:_SHAPE_CELLS])


def _plain_shape(cell: str) -> str:
    return _DIGITS.sub("9", _LETTERS.sub("a", cell))
