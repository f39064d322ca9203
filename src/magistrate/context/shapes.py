r"""Command shapes: what stays of a command line when its variable parts are taken out, and matching by shape.

A shape is a command in lower case whose variable parts are placeholders, for example
`sc \\<host> config remoteregistry start= demand`. Register entries are written as shapes by people;
`command_shape` makes one from a recorded command, and what it makes can be pasted into the register.

Matching never backtracks into a placeholder, so that hostile text costs bounded time: command lines are written by
intruders too.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_COMMAND = 32_768  # Windows limits a command line to 32,767 characters; longer text matches no shape

# Every class has an upper bound and gives nothing back (possessive): a search costs at most bound x length.
_PLACEHOLDERS = {
    "any": "",
    "host": r"[a-z0-9][a-z0-9._-]{0,252}+",
    "ip": r"[0-9a-f:.%]{3,45}+",
    "guid": r"\{?+[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?+",
    "n": r"[0-9]{1,8192}+",
    "epoch": r"[0-9]{10}(?:\.[0-9]{1,7}+)?+",
    "hex": r"(?:0x)?+[0-9a-f]{1,8192}+",
    "base64": r"[a-z0-9+/]{4,32768}+={0,2}+",
    "user": r"[^\\/:*?\"<>|]{1,104}+",
}
_MARK = re.compile(r"<([a-z][a-z0-9_]*)>")
_SYSTEM_FOLDER = re.compile(
    r"^\"?(?:c:|%systemroot%|%windir%)?\\(?:windows\\)?(?:system32|syswow64)\\(?=[^\\]+$)"
)

# No letter or digit beside it; an underscore may stand there, as in psscript_output_<guid>.txt.
_GUID = re.compile(
    r"\{?(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])\}?"
)
_ADDRESS = re.compile(r"(?<![\w:.])[0-9a-f:.]{3,45}(?![\w:.])")
_UNC_HOST = re.compile(r"\\\\(?!\.\\|\?\\)[a-z0-9][a-z0-9._-]{0,252}(?=\\)")
_NAMED_HOST = re.compile(
    r"(?<![\w<])((?:/node:|/s:|-computername[ :]|-cn[ :]|-computer[ :])[ ]?[\"']?)[a-z0-9][a-z0-9._-]{0,252}"
)
_USER_FOLDER = re.compile(r"(\\(?:users|documents and settings)\\)[^\\/:*?\"<>|]{1,104}(?=\\)")
_EPOCH = re.compile(r"(?<![0-9.])1[0-9]{9}(?:\.[0-9]{1,7})?(?![0-9])")
_HEX = re.compile(r"(?<![\w<])(?:0x)?(?=[a-f]*[0-9])[0-9a-f]{8,}(?![\w>])")
_BASE64 = re.compile(r"(?<![a-z0-9+/<])[a-z0-9+/]{40,}={0,2}")
# Redirections such as `2>&1` are no values: they stay.
_NUMBER = re.compile(r"(?<![\w<&])[0-9]+(?![\w>])|[0-9]{3,}")


def command_shape(command: str, hosts: Collection[str] = ()) -> str:
    """Take the variable parts out of a command line (triage practice 3.1).

    Args:
        command: the command as recorded; only its first 32,768 characters count.
        hosts: host names known in the case, which become `<host>` wherever they stand as a word.

    Returns:
        Lower-case text with GUIDs, addresses, host names, user folders, epochs, hex of 8 and base64 of 40 or more
        characters, and numbers replaced by placeholders. Verbs, switches and class names stay.
    """
    text = _plain(command[:MAX_COMMAND])
    text = _GUID.sub("<guid>", text)
    text = _ADDRESS.sub(lambda match: "<ip>" if _is_address(match.group()) else match.group(), text)
    text = _UNC_HOST.sub(r"\\\\<host>", text)
    text = _NAMED_HOST.sub(r"\1<host>", text)
    for host in sorted({name.lower() for name in hosts if name}, key=lambda name: (-len(name), name)):
        text = re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w.-])", "<host>", text)
    text = _USER_FOLDER.sub(r"\1<user>", text)
    text = _EPOCH.sub("<epoch>", text)
    text = _HEX.sub("<hex>", text)
    text = _BASE64.sub("<base64>", text)
    return _NUMBER.sub("<n>", text)


@dataclass(frozen=True, slots=True)
class Shape:
    """A compiled shape; `pieces` are the parts between `<any>` placeholders, to be found in order."""

    text: str
    pieces: tuple[re.Pattern[str], ...]

    def matches(self, command: str | None) -> bool:
        """Tell whether a whole command has this shape; False when there is no command."""
        if command is None or len(command) > MAX_COMMAND:
            return False
        text = _plain(command)
        position = 0
        for number, piece in enumerate(self.pieces):
            found = piece.match(text) if number == 0 else piece.search(text, position)
            if found is None:
                return False
            position = found.end()
        return True


@lru_cache(maxsize=1024)
def compile_shape(text: str) -> Shape:
    """Compile a shape as a person wrote it.

    Raises:
        ValueError: the shape is too wide to mean anything, or names an unknown placeholder.
    """
    if problem := shape_problem(text):
        raise ValueError(problem)
    parts = _plain(text).split("<any>")
    pieces = [_piece(part) for part in parts]
    pieces[-1] += r"\Z"
    return Shape(text, tuple(re.compile(piece, re.DOTALL) for piece in pieces))


def shape_problem(text: str) -> str | None:
    """Say why a shape must not stand in the register; None when it may (triage practice 2.14)."""
    plain = _plain(text)
    names = _MARK.findall(plain)
    if unknown := sorted(set(names) - set(_PLACEHOLDERS)):
        known = ", ".join(f"<{name}>" for name in _PLACEHOLDERS)
        return f"the placeholder <{unknown[0]}> is unknown; known are {known}"
    if len(plain) > 2_000 or len(names) > 20:
        return "the shape is longer than 2,000 characters or has more than 20 placeholders"
    words = _MARK.sub(" ", plain).replace("*", " ").split()
    if not any(re.search(r"[a-z0-9]{2}", word) for word in words):
        return "the shape fits every command; write the words that stay the same"
    _, _, arguments = plain.partition(" ")
    literal = _MARK.sub(" ", arguments)
    if not re.search(r"[a-z0-9]", literal):
        return "the shape names a program only; write its arguments too"
    if "<any>" in plain and not re.search(r"[a-z0-9_]{4}", literal):
        return "the shape names a program with any arguments; write at least one argument of four letters"
    return None


def _piece(part: str) -> str:
    """Regular expression of the text between two `<any>`."""
    pieces: list[str] = []
    end = 0
    for mark in _MARK.finditer(part):
        pieces += [re.escape(part[end : mark.start()]), f"(?>{_PLACEHOLDERS[mark.group(1)]})"]
        end = mark.end()
    return "".join([*pieces, re.escape(part[end:])])


def _plain(command: str) -> str:
    """Lower case, single blanks, and the program without quotes, system folder and `.exe`."""
    text = " ".join(command.lower().split())
    program, blank, rest = _program(text)
    program = _SYSTEM_FOLDER.sub("", program).strip('"').removesuffix(".exe")
    return f"{program}{blank}{rest}"


def _program(text: str) -> tuple[str, str, str]:
    """Split off the program: up to the closing quote when it is quoted, else up to the first blank."""
    if text.startswith('"') and (end := text.find('"', 1)) > 0:
        return text[1:end], " " if text[end + 1 :].strip() else "", text[end + 1 :].strip()
    return text.partition(" ")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
