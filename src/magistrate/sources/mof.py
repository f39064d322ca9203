"""Reads the MOF text that WMI-Activity 5861 holds: the filter and the consumer of a new binding."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Possessive throughout: the text is the intruder's, and nothing here may try a run of blanks more than once.
_INSTANCE = re.compile(r"instance\s++of\s++(\w{1,128}+)[^{]{0,64}\{")
_PROPERTY = re.compile(
    r"""\s*+(\w{1,128}+)\s*+=\s*+(?:
        (?P<text>(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"\s*+)++)
        |\{(?P<array>[^}]*+)\}\s*+
        |(?P<plain>[^;{}"]*+)
    );""",
    re.VERBOSE | re.DOTALL,
)
_PIECE = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Instance:
    """One MOF instance: its class and its properties, texts unescaped, arrays as their inner text."""

    class_name: str
    properties: dict[str, str]


def parse_instances(text: str) -> tuple[Instance, ...]:
    """Every instance in the text; properties after a broken one are left out. Empty when there is none."""
    found = []
    position = 0
    while start := _INSTANCE.search(text, position):
        properties: dict[str, str] = {}
        position = start.end()
        while match := _PROPERTY.match(text, position):
            name = match.group(1)
            value = match.group("array") or match.group("plain") or ""
            if match.group("text") is not None:
                value = "".join(unescape(piece) for piece in _PIECE.findall(match.group("text")))
            properties.setdefault(name, value.strip() if match.group("text") is None else value)
            position = match.end()
        found.append(Instance(start.group(1), properties))
    return tuple(found)


def unescape(text: str) -> str:
    """Undo MOF's backslash escapes in one pass."""
    return _ESCAPE.sub(_unescape_one, text) if "\\" in text else text


def sid_from_bytes(text: str) -> str | None:
    """Read a CreatorSID such as `1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0` (here S-1-5-32-544).

    The bytes are revision, count, six bytes of authority (big-endian), then four bytes for each sub-authority
    (little-endian).

    Returns:
        None when the bytes are no SID.
    """
    try:
        raw = bytes(int(part) for part in text.split(","))
    except ValueError:
        return None
    if len(raw) < 8 or raw[0] != 1 or len(raw) != 8 + 4 * raw[1]:
        return None
    parts = [int.from_bytes(raw[at : at + 4], "little") for at in range(8, len(raw), 4)]
    return "-".join(["S", "1", str(int.from_bytes(raw[2:8], "big")), *map(str, parts)])


def _unescape_one(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPES.get(code, code)
