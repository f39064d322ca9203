"""Sigma's value modifiers: pySigma's, and our own where its result would not be what a record holds.

Encodings work on bytes here, so that `utf16|base64offset` starts with the two bytes of the mark and a character
outside ASCII shifts the offsets by its real length. Regular expressions are not tried with Python's own engine.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

from sigma.exceptions import SigmaValueError
from sigma.modifiers import (
    SigmaModifier,
    SigmaValueModifier,
    SigmaWindowsDashModifier,
    modifier_mapping,
)
from sigma.types import Placeholder, SigmaExpansion, SigmaString, SigmaType

MAX_REGEX_CHARACTERS = 4096
MAX_DASHES = 5  # each has five forms, and all of them are combined
_DASH = re.compile(r"\B[-/]\b")
_FLAGS = {"i": "i", "ignorecase": "i", "m": "m", "multiline": "m", "s": "s", "dotall": "s"}
# What stays the same in Base64 when 0, 1 or 2 unknown bytes come before the value.
_FIRST = (0, 2, 3)
_CUT = (0, 3, 2)


class EncodedString(SigmaString):
    """Bytes as a text of characters up to 255."""

    data: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> EncodedString:
        """The bytes as a value without wildcards."""
        made = cls()
        made.data = data
        made.s = [data.decode("latin-1")] if data else []
        return made


class Regex(SigmaType):
    """A regular expression that nothing has tried yet; `flags` is a set of i, m and s."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.flags: set[str] = set()


def _bytes_of(value: SigmaString) -> bytes:
    text = _text_of(value)
    return value.data if isinstance(value, EncodedString) else text.encode("utf-8")


def _text_of(value: SigmaString) -> str:
    if not all(isinstance(part, str) for part in value.s):
        raise SigmaValueError("a wildcard or placeholder cannot be encoded")
    return "".join(map(str, value.s))


class Base64(SigmaValueModifier[SigmaString, SigmaString]):
    """The value in Base64."""

    def modify(self, val: SigmaString) -> SigmaString:
        """Encode one value."""
        return SigmaString.from_str(b64encode(_bytes_of(val)).decode())


class Base64Offset(SigmaValueModifier[SigmaString, SigmaExpansion]):
    """The value as it may stand inside a longer Base64 text."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        """Encode one value at the three offsets."""
        data = _bytes_of(val)
        forms = []
        for offset in range(3):
            text = b64encode(b" " * offset + data).decode()
            forms.append(text[_FIRST[offset] : len(text) - _CUT[(len(data) + offset) % 3]])
        if not all(forms):
            raise SigmaValueError("the value is too short to be found inside Base64")
        return SigmaExpansion([SigmaString.from_str(form) for form in forms])


class _Utf16(SigmaValueModifier[SigmaString, SigmaString]):
    encoding = "utf-16-le"
    mark = b""

    def modify(self, val: SigmaString) -> SigmaString:
        """Encode one value."""
        if isinstance(val, EncodedString):
            raise SigmaValueError("a value is encoded as UTF-16 twice")
        return EncodedString.of(self.mark + _text_of(val).encode(self.encoding))


class Utf16Be(_Utf16):
    """UTF-16, most significant byte first."""

    encoding = "utf-16-be"


class Utf16Marked(_Utf16):
    """UTF-16 with a byte order mark."""

    mark = b"\xff\xfe"


class RegularExpression(SigmaValueModifier[SigmaString, Regex]):
    """The value is a regular expression."""

    def modify(self, val: SigmaString) -> Regex:
        """Take the text as written."""
        if self.applied_modifiers:
            raise SigmaValueError("re must be the first modifier")
        if len(val.original) > MAX_REGEX_CHARACTERS:
            raise SigmaValueError(f"a regular expression is longer than {MAX_REGEX_CHARACTERS} characters")
        return Regex(val.original)


class _Flag(SigmaValueModifier[Regex, Regex]):
    flag = ""

    def modify(self, val: Regex) -> Regex:
        """Set the flag."""
        val.flags.add(self.flag)
        return val


class WindowsDash(SigmaWindowsDashModifier):
    """Every dash that starts an option in each of its forms."""

    def modify(self, val: SigmaString) -> SigmaExpansion:
        """Expand one value, unless it would become thousands."""
        dashes = sum(len(_DASH.findall(part)) for part in val.s if isinstance(part, str))
        if dashes > MAX_DASHES:
            raise SigmaValueError(f"windash on a value with more than {MAX_DASHES} dashes")
        return super().modify(val)


def _flag(letter: str) -> type[SigmaModifier[Any, Any]]:
    return type(f"Flag{letter.upper()}", (_Flag,), {"flag": letter, "__doc__": f"Flag {letter}."})


_OF_LETTER = {letter: _flag(letter) for letter in "ims"}

MODIFIERS: dict[str, type[SigmaModifier[Any, Any]]] = {
    **modifier_mapping,
    "base64": Base64,
    "base64offset": Base64Offset,
    "utf16": Utf16Marked,
    "utf16be": Utf16Be,
    "utf16le": _Utf16,
    "wide": _Utf16,
    "re": RegularExpression,
    "windash": WindowsDash,
    **{name: _OF_LETTER[letter] for name, letter in _FLAGS.items()},
}
"""Every modifier that a rule may use, by the name in the rule."""


def placeholders(value: SigmaString) -> tuple[str, ...]:
    """Names of the placeholders in a value."""
    return tuple(part.name for part in value.s if isinstance(part, Placeholder))
