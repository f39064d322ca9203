"""Finds the encoding of a text by its first bytes and reads it as UTF-8.

Windows tools write one export in UTF-8, UTF-16 or the code page of the host, with and without a mark in front.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, BinaryIO

from magistrate.sources.json_values import Utf8Stream
from magistrate.sources.shown_bytes import show_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_SAMPLE_BYTES = 512
_UTF_8 = ("utf-8", "utf-8-sig")


def detect_encoding(head: bytes, code_pages: Sequence[str] = ()) -> str:
    """Python name of the encoding of a text.

    Args:
        head: the first bytes of the text, a few hundred at least where there are so many.
        code_pages: encodings to take in their order when the bytes are no UTF-8; the first that can read them all.

    Returns:
        By the mark in front, the place of the zero bytes, the XML declaration or the code pages; else utf-8.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    sample = head[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 8 and not even:
        return "utf-16-le"
    if even > len(sample) // 8 and not odd:
        return "utf-16-be"
    if _decodes(head, "utf-8"):
        return "utf-8"
    declared = _DECLARED.match(head)
    names = [declared.group(1).decode("ascii"), *code_pages] if declared else code_pages
    return next((name for name in names if _is_single_text(name) and _decodes(head, name)), "utf-8")


def read_head(stream: BinaryIO, size: int = 1 << 16) -> bytes:
    """The first bytes of a stream, which is set back to its start."""
    head = stream.read(size)
    stream.seek(0)
    return head


def as_utf8(stream: BinaryIO, encoding: str) -> BinaryIO:
    """The same text as UTF-8 bytes; a byte order mark may stand in front."""
    if encoding in _UTF_8:
        return stream
    return Utf8Stream(stream, encoding)  # type: ignore[return-value] # only read() is used


def encoding_note(encoding: str) -> str | None:
    """What to tell about an encoding; None for plain UTF-8."""
    return None if encoding in _UTF_8 else f"The text is {encoding.upper()}."


def visible_text(raw: bytes) -> tuple[str, bool]:
    r"""The bytes as text, and whether some were no UTF-8; those are shown as \xNN."""
    try:
        return raw.decode("utf-8"), False
    except UnicodeDecodeError:
        return show_bytes(raw.decode("utf-8", "surrogateescape")), True


def _decodes(head: bytes, encoding: str) -> bool:
    """True when the bytes are valid text, apart from a character that the end may cut."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(head)
    except UnicodeError:
        return False
    return True


def _is_single_text(name: str) -> bool:
    """True for an encoding of text that is written byte after byte; the declaration is foreign text."""
    try:
        info = codecs.lookup(name)
    except LookupError:
        return False
    is_text: bool = getattr(info, "_is_text_encoding", False)
    return is_text and not info.name.startswith(
        ("utf-16", "utf-32", "utf-7", "unicode", "raw", "idna", "puny")
    )
