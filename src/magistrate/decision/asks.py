"""What to fetch or to ask, exactly: host, channels, event ids, time window and command; or the person and the words."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from magistrate.coverage.requests import export_command
from magistrate.decision.model import Ask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.decision.situation import Situation, StorySituation

PURPOSES = ("target", "source", "actor", "privilege", "flows", "history")
FROM_ARCHIVE = frozenset({"history"})
"""Purposes whose records a host rarely still has."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One row of `collections.csv`: a channel and the records of it that serve a purpose.

    `before` and `after` reach from the first and the last act; a negative `after` ends before the first act.
    """

    purpose: str
    channel: str
    event_ids: tuple[int, ...]
    before: timedelta
    after: timedelta
    why: str


@cache
def collections() -> tuple[Collection, ...]:
    """Rows of the table in file order.

    Raises:
        ValueError: a row serves no known purpose, or has no event ids.
    """
    raw = resources.files(__package__).joinpath("collections.csv").read_text(encoding="utf-8")
    rows = tuple(
        Collection(
            row["purpose"],
            row["channel"],
            tuple(map(int, row["event_ids"].split())),
            timedelta(hours=int(row["before_hours"])),
            timedelta(hours=int(row["after_hours"])),
            row["why"],
        )
        for row in csv.DictReader(raw.splitlines())
    )
    if {row.purpose for row in rows} != set(PURPOSES) or not all(row.event_ids for row in rows):
        raise ValueError("collections.csv must serve every purpose, each row with event ids")
    return rows


def collect(purpose: str, host: str, first: datetime | None, last: datetime | None) -> Ask:
    """The logs of one host for one purpose.

    Args:
        purpose: one of `PURPOSES`.
        host: where to collect; it may come from evidence, so it is named beside the command and never in it.
        first: first act of the story; None when no act has a time, which leaves the window open.
        last: last act of the story.
    """
    rows = [row for row in collections() if row.purpose == purpose]
    begin = first - rows[0].before if first else None
    end = _end(rows[0].after, first, last)
    channels = tuple(dict.fromkeys(row.channel for row in rows))
    archive = purpose in FROM_ARCHIVE
    return Ask(
        whom=f"from the log archive or SIEM, for {host}" if archive else f"on {host}",
        what=rows[0].why,
        command=f"export {', '.join(channels)}" if archive else " ; ".join(map(export_command, channels)),
        host=host,
        channels=channels,
        event_ids=tuple(sorted({number for row in rows for number in row.event_ids})),
        window_from=begin,
        window_to=end,
    )


def _end(after: timedelta, first: datetime | None, last: datetime | None) -> datetime | None:
    if after < timedelta():
        return first + after if first else None
    return last + after if last else None


def collect_for(purpose: str, stories: Iterable[StorySituation], hosts: Iterable[str]) -> tuple[Ask, ...]:
    """One ask for each host, over the time of all the stories that it is wanted for; for all when none is named."""
    wanted = list(stories)
    firsts = [story.first for story in wanted if story.first]
    lasts = [story.last for story in wanted if story.last]
    first, last = min(firsts, default=None), max(lasts, default=None)
    named = tuple(dict.fromkeys(hosts)) or ("the hosts of the case",)
    return tuple(collect(purpose, host, first, last) for host in named)


def ask_text(ask: Ask) -> str:
    """An ask as one line: whom, the command or the words, then what it must reach."""
    parts = []
    if ask.event_ids:
        parts.append(f"event ids {', '.join(map(str, ask.event_ids))}")
    if ask.window_from or ask.window_to:
        parts.append(f"{_time(ask.window_from)} to {_time(ask.window_to)}")
    needs = f" ({'; '.join(parts)})" if parts else ""
    return f"{ask.whom}: {ask.command}{needs}"


def _time(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "open"


def described(situation: Situation) -> tuple[str, str, str]:
    """Accounts, sources and hosts of the case in words, a few of each."""
    accounts = sorted({story.account for story in situation.stories if story.account})
    sources = sorted({story.source for story in situation.stories if story.source})
    hosts = sorted({host for story in situation.stories for host in (*story.ran_on, *story.targets)})
    return (
        _some(accounts) or "the acting account",
        _some(sources) or "the host itself",
        _some(hosts) or "the hosts of the case",
    )


def _some(values: list[str], most: int = 3) -> str:
    more = len(values) - most
    return ", ".join(values[:most]) + (f" and {more} more" if more > 0 else "")


def ask_owner(situation: Situation, question: str) -> Ask:
    """A question to the owner of the hosts, put through a known number."""
    _, _, hosts = described(situation)
    return Ask(f"the owner of {hosts}, through a known number", "the owner's word", question)
