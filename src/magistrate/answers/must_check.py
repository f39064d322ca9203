"""What a search for concurrent signals must look at, and whether the case's logs could have shown it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.activity.rows import number, text
from magistrate.answers.queries import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.store.base import Store


@dataclass(frozen=True, slots=True)
class MustCheck:
    """One row of `must_check.csv`."""

    name: str
    channel: str
    event_ids: frozenset[int]
    source: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at on some hosts, by name.

    `seen` had records of their own, so they were recording; `silent` had the channel but none of their events,
    which may be quiet or not audited; `absent` had no channel at all.
    """

    seen: tuple[str, ...]
    silent: tuple[str, ...]
    absent: tuple[str, ...]


@cache
def must_check() -> tuple[MustCheck, ...]:
    """Rows of the table in file order.

    Raises:
        ValueError: a name comes twice.
    """
    raw = resources.files(__package__).joinpath("must_check.csv").read_text(encoding="utf-8")
    rows = tuple(
        MustCheck(row["name"], row["channel"], frozenset(map(int, row["event_ids"].split())), row["source"])
        for row in csv.DictReader(raw.splitlines())
    )
    if len({row.name for row in rows}) != len(rows):
        raise ValueError("must_check.csv repeats a name")
    return rows


def look(store: Store, hosts: Iterable[str]) -> Looked:
    """Tell which rows the logs of these hosts could have shown."""
    wanted = set(hosts)
    events: dict[str, set[int]] = {}
    for row in rows_of(store, "channel_events"):
        if text(row, "host") in wanted:
            events.setdefault((text(row, "Channel") or "").lower(), set()).add(number(row, "EventID") or 0)
    seen, silent, absent = [], [], []
    for item in must_check():
        recorded = events.get(item.channel.lower())
        if recorded is None:
            absent.append(item.name)
        elif recorded & item.event_ids:
            seen.append(item.name)
        else:
            silent.append(item.name)
    return Looked(tuple(seen), tuple(silent), tuple(absent))
