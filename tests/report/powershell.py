"""Reads PowerShell with a parser's grammar; nothing is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import tree_sitter
import tree_sitter_pwsh

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_pwsh.language()))
_TYPOGRAPHIC = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e"


def parses(text: str) -> bool:
    """Whether a text is whole PowerShell.

    The grammar does not know that typographic quotes are quotes, so a text that holds one counts as broken.
    """
    return not set(text) & set(_TYPOGRAPHIC) and not _PARSER.parse(text.encode()).root_node.has_error


def code_lines(text: str) -> list[str]:
    """Lines that are neither empty nor comments."""
    return [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]


@dataclass(frozen=True)
class Parts:
    """A script: the text of each function on its top level, and what stands outside of all of them."""

    bodies: list[str]
    outside: str


def function_bodies(text: str) -> Parts:
    """Takes a script apart by its functions."""
    encoded = text.encode()
    spans = [node.byte_range for node in _outermost(_PARSER.parse(encoded).root_node)]
    outside, position = b"", 0
    for first, last in spans:
        outside += encoded[position:first]
        position = last
    return Parts([encoded[a:b].decode() for a, b in spans], (outside + encoded[position:]).decode())


def calls(text: str) -> list[str]:
    """Names of the commands that a text calls, those of nested blocks included."""
    found = [node for node in _walk(_PARSER.parse(text.encode()).root_node) if node.type == "command_name"]
    return [node.text.decode() for node in found]


def _outermost(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    for child in node.children:
        if child.type == "function_statement":
            yield child
        else:
            yield from _outermost(child)


def _walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
