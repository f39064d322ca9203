"""Puts the records of one sign together: one signal for each set of keys until an hour passes without another."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

T = TypeVar("T")
Keys = tuple[str, ...]

GAP = timedelta(minutes=60)
"""Silence that ends one signal; the tight window of question Q3 (triage practice 2.8)."""


def runs(
    items: Iterable[T], keys_of: Callable[[T], Keys], time_of: Callable[[T], datetime | None]
) -> Iterator[list[T]]:
    """Items with the same keys, cut where a silence is longer than the gap.

    Args:
        items: in order of time.
        keys_of: what must be equal within a run.
        time_of: when an item happened; one without a time never begins a new run.
    """
    groups: dict[Keys, list[T]] = {}
    for item in items:
        groups.setdefault(keys_of(item), []).append(item)
    for _, members in sorted(groups.items()):
        part: list[T] = []
        for item in members:
            before, now = (time_of(part[-1]) if part else None), time_of(item)
            if part and before is not None and now is not None and now - before > GAP:
                yield part
                part = []
            part.append(item)
        yield part


def signal_id(rule: str, records: Sequence[str]) -> str:
    """Id of a signal: the same for the same rule on the same records, whatever order they came in."""
    seed = "|".join((rule, *sorted(records)))
    return "g-" + hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
