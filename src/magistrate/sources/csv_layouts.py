"""Recognises which export a table is by its header: the layouts stand in `csv_layouts.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from magistrate.errors import PlaybookError
from magistrate.sources.delimited import DELIMITERS, read_cells
from magistrate.strict_yaml import load_yaml

_FILE = "csv_layouts.yml"
_LINES_IN_FRONT = 5  # lines such as "#TYPE ..." and "sep=;" before the header

Part = Literal[
    "channel",
    "provider",
    "shown_provider",
    "event_id",
    "computer",
    "record_id",
    "time",
    "utc_time",
    "version",
    "message",
    "logger_sid",
    "logger_pid",
    "payload",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Layout(_Strict):
    """Which column of an export fills which part of a record. `source` says where the header was seen."""

    title: str
    source: str
    needs: tuple[str, ...]
    columns: dict[str, Part]
    message_last: bool = False
    code_page: str | None = None


class _Layouts(_Strict):
    layouts: dict[str, Layout]
    tables: tuple[tuple[str, ...], ...]
    renamed: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A recognised header. `layout` is None for a table whose rows are read as flat objects."""

    layout: Layout | None
    delimiter: str
    header: tuple[str, ...]

    @property
    def title(self) -> str:
        """What kind of export it is."""
        return self.layout.title if self.layout else "Table of events"

    def has(self, part: Part) -> bool:
        """True when a column fills the part."""
        return self.layout is not None and any(self.layout.columns.get(name) == part for name in self.header)


def find_table(text: str) -> Table | None:
    """The table that a text begins with; None when it is no event export.

    Args:
        text: the first lines of a file.
    """
    for line in text.lstrip("\ufeff").split("\n")[:_LINES_IN_FRONT]:
        line = line.rstrip("\r\0").lstrip("\ufeff")
        if not is_in_front(line):
            return table_of_header(line)
    return None


def is_in_front(line: str) -> bool:
    """True for what tools write before a header: nothing, PowerShell's type, a spreadsheet's separator."""
    return not line.strip() or line.startswith("#TYPE ") or (line.startswith("sep=") and len(line) < 8)


def table_of_header(line: str) -> Table | None:
    """The table of one header line; None when the header is that of no event export."""
    for delimiter in DELIMITERS:
        if (
            delimiter in line
            and (cells := read_cells(line, delimiter))
            and (found := table_of(cells, delimiter))
        ):
            return found
    return None


def table_of(cells: list[str], delimiter: str) -> Table | None:
    """The table whose header these cells are; None when they are no known header."""
    header = tuple(cell.strip().lstrip("\ufeff") for cell in cells)
    names = frozenset(header)
    for layout in _load().layouts.values():
        if names.issuperset(layout.needs):
            return Table(layout, delimiter, header)
    if any(names.issuperset(group) for group in _load().tables):
        renamed = _load().renamed
        return Table(None, delimiter, tuple(renamed.get(name, name) for name in header))
    return None


@cache
def code_pages() -> tuple[str, ...]:
    """Code pages that hosts of the known languages write their exports in."""
    return tuple(sorted({item.code_page for item in _load().layouts.values() if item.code_page}))


@cache
def _load() -> _Layouts:
    text = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    try:
        return _Layouts.model_validate(load_yaml(text, _FILE))
    except ValidationError as error:
        raise PlaybookError(f"{_FILE} is wrong: {error}.", hint="Correct the file.") from error
