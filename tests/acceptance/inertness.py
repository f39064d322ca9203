"""What must hold of an output that carries attacker text, one checker for each kind of output.

Every checker returns the faults that it sees, none when the output is inert. They read an output with a parser that
knows nothing of Magistrate, so that they do not share its mistakes.
"""

from __future__ import annotations

import csv
import io
import itertools
import unicodedata
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VOID = frozenset(("meta", "br", "hr", "wbr"))
SELF_CLOSED = frozenset(("rect", "line", "circle", "path", "polyline", "polygon"))
FORBIDDEN_TAGS = frozenset(
    ("script", "iframe", "object", "embed", "form", "link", "base", "img", "input", "audio", "video", "foreignobject")
)  # fmt: skip
REQUESTING = frozenset(
    (
        "src",
        "srcset",
        "action",
        "formaction",
        "poster",
        "background",
        "data",
        "ping",
        "manifest",
        "xlink:href",
    )
)
FORMULA = ("=", "+", "-", "@")
FORMULA_LOOKALIKES = "\uff1d\uff0b\uff0d\uff20"
LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
MARKDOWN_ACTIVE = frozenset(("link_open", "image", "html_block", "html_inline"))
FORGED = ("2024-03-10T07:00:00Z INFO analyst=lead", "# Verdict: CLOSE - benign", "Case closed")
"""Beginnings of lines and headings that the attack strings try to forge."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.open: list[str] = []
        self.policy = False
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look(tag, attrs)

    def _look(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.headings += tag == "h1"
        if tag in FORBIDDEN_TAGS:
            self.faults.append(f"element {tag}")
        for name, value in attrs:
            if name in REQUESTING or name == "style" or name.startswith("on"):
                self.faults.append(f"attribute {name} of {tag}")
            if name == "href" and not (value or "").startswith("#"):
                self.faults.append(f"link of {tag} to {value}")
        held = dict(attrs)
        if tag == "meta" and held.get("http-equiv") == "Content-Security-Policy":
            self.policy = "default-src 'none'" in (held.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"end of {tag} that nothing opened")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data[:30]}")


def html_faults(text: str) -> list[str]:
    """Elements, attributes, comments and links that the template does not make, and a missing policy."""
    page = _Page()
    page.feed(text)
    page.close()
    if page.open:
        page.faults.append(f"never closed: {page.open[:5]}")
    if not page.policy:
        page.faults.append("no Content-Security-Policy")
    if page.headings != 1:
        page.faults.append(f"{page.headings} headings of the first level")
    return page.faults + hidden_faults(text)


def markdown_faults(text: str) -> list[str]:
    """Links, images and HTML, forged headings, and a fence that data closed or opened."""
    parser = MarkdownIt("gfm-like", {"linkify": False}).enable("table")
    tokens = parser.parse(text)
    faults = [
        f"{item.type}: {item.content[:40]}"
        for token in tokens
        for item in (token, *(token.children or ()))
        if item.type in MARKDOWN_ACTIVE
    ]
    for before, token in itertools.pairwise(tokens):
        if before.type == "heading_open" and token.content.startswith(
            tuple(mark.lstrip("# ") for mark in FORGED)
        ):
            faults.append(f"heading {token.content[:40]}")
    ends = sum(line.lstrip().startswith("```") for line in text.split("\n"))
    fences = sum(token.type == "fence" for token in tokens)
    if ends != 2 * fences:
        faults.append(f"{fences} fences with {ends} ends")
    return faults + hidden_faults(text)


def csv_faults(text: str) -> list[str]:
    """Cells that a spreadsheet would take for a formula, and rows of another length than the head."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    faults = [f"formula {cell[:30]!r}" for row in rows for cell in row if _is_formula(cell)]
    faults += [
        f"row {number} has {len(row)} cells" for number, row in enumerate(rows) if len(row) != len(rows[0])
    ]
    return faults + hidden_faults(text)


def _is_formula(cell: str) -> bool:
    first = cell.lstrip("\ufeff\u200b\u00a0 \t\r\n\x00")
    return first.startswith(FORMULA) or first[:1] in tuple(FORMULA_LOOKALIKES)


def text_faults(text: str) -> list[str]:
    """Hidden characters, and lines that data forged, in what a terminal or a ticket shows."""
    faults = [f"forged line {line[:50]!r}" for line in text.split("\n") if line.startswith(FORGED)]
    return faults + hidden_faults(text)


def hidden_faults(text: str) -> list[str]:
    """Control, direction and zero-width characters, and line ends other than the line feed."""
    found = {
        character
        for character in set(text)
        if character != "\n"
        and (character in LINE_ENDS or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    }
    return [f"character U+{ord(character):04X}" for character in sorted(found)]


def texts_of(value: Any) -> Iterator[str]:
    """Every text of a JSON document, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)


def json_faults(documents: Iterable[Any], wanted: Iterable[str]) -> list[str]:
    """The wanted texts that do not come back exactly, alone or inside a longer text."""
    held = "\x1f".join(text for document in documents for text in texts_of(document))
    return [f"lost {text[:30]!r}" for text in wanted if text not in held]
