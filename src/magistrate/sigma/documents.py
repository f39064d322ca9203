"""Reads rule files: every YAML document by itself, so that a broken one costs no other.

A line that begins with `---` or `...` ends a document wherever it stands, so the text is cut there before anything
is parsed. Each piece is read by `magistrate.strict_yaml`: no tags, no repeated keys, limits on size, depth, values
and aliases, and text stays text (`NO`, `010`, `12:30`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from magistrate.errors import PlaybookError, UsageError
from magistrate.strict_yaml import load_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_FILE_BYTES = 4 << 20  # the largest published rule file is below 0.2 MB
_ENDINGS = frozenset({".yml", ".yaml"})
_MARK = re.compile(r"^(---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RuleDocument:
    """One YAML document: its value, or why it could not be read.

    `text` is what the digest of a rule set is made of. `read` fills in the value.
    """

    path: str
    line: int
    text: str
    value: object = None
    problem: str = ""


def find_rule_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Files that the user named and YAML files below the folders that he named, in order of path.

    Raises:
        UsageError: a path does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (item for item in path.rglob("*") if item.suffix.lower() in _ENDINGS and item.is_file())
            found.update(dict.fromkeys(inside))
        elif path.is_file():
            found[path] = None
        else:
            raise UsageError(
                "There is no such rule file or folder.", location=str(path), hint="Check the path."
            )
    return tuple(sorted(found))


def split_documents(path: Path) -> Iterator[RuleDocument]:
    """Yield the documents of one file, not parsed yet; a file that cannot be read is one document with a problem."""
    name = str(path)
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            yield RuleDocument(name, 1, "", problem=f"The file is larger than {MAX_FILE_BYTES >> 20} MiB.")
            return
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        yield RuleDocument(name, 1, "", problem="The file is not UTF-8 text.")
        return
    except OSError as error:
        yield RuleDocument(name, 1, "", problem=f"The file cannot be read: {error.strerror}.")
        return
    for line, piece in _split(text):
        if piece.strip():
            yield RuleDocument(name, line, piece)


def read_document(document: RuleDocument) -> RuleDocument:
    """The document with its value, or with the problem that it has. The value is None when nothing stands in it."""
    if document.problem:
        return document
    try:
        value = load_document(document.text, document.path).value
    except PlaybookError as error:
        return replace(document, line=document.line + _line_in(error), problem=error.message)
    return replace(document, value=value)


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Pieces between document marks with the line of their first character."""
    start = 0
    for match in _MARK.finditer(text):
        yield text.count("\n", 0, start) + 1, text[start : match.start()]
        start = match.end()
    yield text.count("\n", 0, start) + 1, text[start:]


def _line_in(error: PlaybookError) -> int:
    line = (error.location or "").rpartition(":")[2]
    return int(line) - 1 if line.isdecimal() else 0
