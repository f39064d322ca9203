"""Undo what hides a command: noise characters, quoting tricks, base64.

Attack text can be long and shaped to hurt, so every step here is one linear pass over at most `MAX_TEXT` characters.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib

MAX_TEXT = 262_144
"""Characters that are looked at; a longer text is cut and says so by a fact of its own."""

_MAX_INFLATED = 1_048_576
_DASHES = "-/\u2013\u2014\u2015"  # PowerShell takes these as the start of a parameter
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_FROM_BASE64 = re.compile(r"frombase64string\s*\(\s*\(?\s*['\"]([A-Za-z0-9+/=\s]{8,})['\"]", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u200b\ufeff]+")


def split_words(text: str) -> list[str]:
    r"""Split a command line the way its program sees it: white space outside quotes, quotes removed.

    A single quote groups only where a value may start (after white space, `=`, `(`, `,` or `:`), so that a lone
    apostrophe does not swallow the rest. An escaped quote (backslash and quote) is a character, except after a drive colon
    (`"C:\\"` closes).
    """
    return [word for word, _ in scan_words(text)]


def scan_words(text: str) -> list[tuple[str, int]]:
    """Words as `split_words` gives them, each with the position where it starts in the text."""
    words: list[tuple[str, int]] = []
    word: list[str] = []
    quote = ""
    start = -1
    index = 0
    while index < len(text):
        char = text[index]
        previous = text[index - 1] if index else " "
        if char == "\\" and text[index + 1 : index + 2] == '"' and previous != ":" and quote != "'":
            start = index if start < 0 else start
            word.append('"')
            index += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                word.append(char)
        elif char == '"' or (char == "'" and (previous.isspace() or previous in "=(,:")):
            quote = char
            start = index if start < 0 else start
        elif char.isspace():
            if start >= 0:
                words.append(("".join(word), start))
            word, start = [], -1
        else:
            start = index if start < 0 else start
            word.append(char)
        index += 1
    if start >= 0:
        words.append(("".join(word), start))
    return words


def strip_noise(text: str) -> str:
    """Remove what cmd.exe ignores: carets, doubled quotes inside words, runs of white space.

    >>> strip_noise('c^m""d  /c  w^mi^c')
    'cmd /c wmic'
    """
    if "^" in text:
        text = re.sub(r"\^(.?)", r"\1", text, flags=re.DOTALL)
    if '""' in text:
        text = re.sub(r'(?<=\w)""(?=\w)', "", text)
    return _SPACES.sub(" ", text).strip()


def basename(path: str) -> str:
    r"""Last part of a Windows path in lower case, without quotes.

    >>> basename('"C:\\Windows\\System32\\CMD.EXE"')
    'cmd.exe'
    """
    return path.strip().strip("\"'").replace("/", "\\").rsplit("\\", 1)[-1].lower().strip()


def program_name(word: str) -> str:
    """Program named by a word of a command line, without path and `.exe`."""
    return basename(word).removesuffix(".exe").removesuffix(".com")


def is_switch(word: str, name: str, *, shortest: int = 1) -> bool:
    """Whether a word is `name` written as a PowerShell switch, whole or cut to at least `shortest` letters."""
    if len(word) < 1 + shortest or word[0] not in _DASHES:
        return False
    bare = word[1:].lower().rstrip(":").replace("`", "")
    return len(bare) >= shortest and name.startswith(bare)


def decode_base64(token: str) -> str | None:
    """Text behind a base64 token: UTF-16LE, UTF-8, or either of them deflated; None when it is not text."""
    compact = re.sub(r"[^A-Za-z0-9+/]", "", token)
    if len(compact) < 8:
        return None
    compact += "=" * (-len(compact) % 4)
    try:
        raw = base64.b64decode(compact[:MAX_TEXT], validate=True)
    except binascii.Error:
        return None
    return _as_text(raw) or _inflated(raw)


def _as_text(raw: bytes) -> str | None:
    """Bytes as text when they read as text."""
    for encoding in ("utf-16-le", "utf-8"):
        if encoding == "utf-16-le" and raw[1::2].count(0) * 2 < len(raw) // 2:
            continue  # ASCII in UTF-16LE has a zero in each second byte
        try:
            text = raw[: len(raw) // 2 * 2 if encoding == "utf-16-le" else len(raw)].decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.lstrip("\ufeff").rstrip("\x00")
        if text and sum(char.isprintable() or char.isspace() for char in text) >= 0.95 * len(text):
            return text
    return None


def _inflated(raw: bytes) -> str | None:
    """Text of a gzip, zlib or raw deflate stream, bounded in size."""
    for window in (31, 15, -15):
        try:
            data = zlib.decompressobj(window).decompress(raw, _MAX_INFLATED)
        except zlib.error:
            continue
        if data and (text := _as_text(data)):
            return text
    return None


def encoded_command(words: list[str]) -> str | None:
    """Decoded text of PowerShell's `-EncodedCommand` in any spelling (`-e`, `-enc`, `-ec`, `/EncodedC`).

    Without such a switch, a word that is nothing but a long base64 text of UTF-16 counts too: a template may pass
    the switch through a variable.
    """
    for index, word in enumerate(words[:-1]):
        if is_switch(word, "encodedcommand") or word[1:].lower() == "ec":
            decoded = decode_base64(words[index + 1])
            if decoded is not None:
                return decoded
    for word in words[1:]:
        if len(word) >= 64 and _BASE64.fullmatch(word) and (decoded := decode_base64(word)):
            return decoded
    return None


def embedded_base64(text: str, *, limit: int = 8) -> list[str]:
    """Texts behind the literals of `FromBase64String('...')`, at most `limit`."""
    found: list[str] = []
    for match in _FROM_BASE64.finditer(text[:MAX_TEXT]):
        if decoded := decode_base64(match.group(1)):
            found.append(decoded)
        if len(found) >= limit:
            break
    return found
