"""A short way for the JSON that products write; what is unusual in any way is left to `json_values`.

Both give the same value, so which of them took an object never shows.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_LOOSE_KEY = re.compile(rb'"[ \t\r\n]+:')

_decode_quickly = msgspec.json.Decoder(float_hook=str).decode


def usual_object(raw: bytes) -> tuple[dict[str, Any], str] | None:
    """Object and text of plain JSON as products write it; None when anything about it asks for a closer look.

    The quick decoder keeps the last of a repeated key without a word. Every key is followed by a colon, and a
    quote and a colon can also stand inside a text, so when there are no more such pairs than keys in the result,
    no key was repeated.
    """
    if b"\\ud" in raw or b"\\uD" in raw:
        return None
    try:
        text = raw.decode("utf-8")
        value = _decode_quickly(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if type(value) is not dict or raw.count(b'":') != _count_keys(value) or _LOOSE_KEY.search(raw):
        return None
    return value, text


def _count_keys(value: dict[str, Any]) -> int:
    """Keys of an object and of all objects in it."""
    count = 0
    rest: list[Any] = [value]
    while rest:
        item = rest.pop()
        if type(item) is dict:
            count += len(item)
            item = item.values()
        rest += [inner for inner in item if type(inner) is dict or type(inner) is list]
    return count
