"""Masks passwords and tokens in text that leaves the case folder.

Command lines carry secrets (`/password:`, `net use`, connection strings). Shared reports show `<masked>` in their
place and say how many were masked; `magistrate show` prints the record as it is. The patterns are data:
`secrets.csv` beside this module, each row with an example that a test runs.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

MASK = "<masked>"
# Text this long is masked piece by piece, so that no pattern works on more than this at a time.
_PIECE = 16_384
_OVERLAP = 512


@dataclass(frozen=True, slots=True)
class SecretPattern:
    """One way in which a secret stands in a command line; the group `secret` is what is masked."""

    name: str
    pattern: str
    example: str
    masked: str
    source: str


@cache
def secret_patterns() -> tuple[SecretPattern, ...]:
    """All patterns in file order.

    Raises:
        ValueError: a pattern has no group named `secret`.
    """
    text = resources.files(__package__).joinpath("secrets.csv").read_text(encoding="utf-8")
    rows = tuple(SecretPattern(**row) for row in csv.DictReader(text.splitlines()))
    for row in rows:
        if "secret" not in re.compile(row.pattern).groupindex:
            raise ValueError(f"secrets.csv: {row.name!r} has no group named 'secret'")
    return rows


@cache
def _compiled() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(row.pattern) for row in secret_patterns())


def mask_secrets(text: str) -> tuple[str, int]:
    """Replace every secret with `<masked>`.

    Returns:
        The text and how many secrets were masked.
    """
    spans: set[tuple[int, int]] = set()
    for start in range(0, max(len(text), 1), _PIECE - _OVERLAP):
        piece = text[start : start + _PIECE]
        for pattern in _compiled():
            for match in pattern.finditer(piece):
                first, last = match.span("secret")
                if first != last and match["secret"] != MASK:
                    spans.add((start + first, start + last))
        if start + _PIECE >= len(text):
            break
    merged = _merge(sorted(spans))
    parts, position = [], 0
    for first, last in merged:
        parts += [text[position:first], MASK]
        position = last
    return "".join([*parts, text[position:]]), len(merged)


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
