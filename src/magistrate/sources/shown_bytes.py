"""Shows what is no text as escapes, so that a store takes it and a person sees it."""

from __future__ import annotations

import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")


def show_bytes(text: str) -> str:
    r"""Undecodable bytes (lone surrogates of `surrogateescape`) as \xNN, others as \uNNNN."""
    return _SURROGATE.sub(_visible_one, text)


def show_bytes_in(value: Any) -> Any:
    """A decoded JSON value with all its texts and names as `show_bytes` shows them."""
    if isinstance(value, str):
        return show_bytes(value)
    if isinstance(value, dict):
        return {show_bytes(name): show_bytes_in(item) for name, item in value.items()}
    if isinstance(value, list):
        return [show_bytes_in(item) for item in value]
    return value


def _visible_one(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"
