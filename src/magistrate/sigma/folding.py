"""Comparing without case, the same way everywhere: one character for one character.

Sigma compares without case and does not say how outside ASCII. Here each character is replaced by its own lower-case
form when that is one character, whatever stands beside it; a capital that has no single lower-case form stays. So a
text keeps its length, and a part of a text folds as the whole does, which one pass for many literals rests on.
"""

from __future__ import annotations


class _Fold(dict[int, str]):
    """Fills itself: the folded form of each character that was ever asked for."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        lower = character.lower()
        self[code] = folded = lower if len(lower) == 1 else character
        return folded


_FOLD = _Fold()


def fold(text: str) -> str:
    """The text without case."""
    return text.lower() if text.isascii() else text.translate(_FOLD)


def fold_name(name: str) -> str:
    """A field name without case and blanks, as Sigma wants names with blanks written together.

    ASCII letters only, so that a look-alike letter never names a known field.
    """
    return (name.lower() if name.isascii() else name).replace(" ", "")
