"""What a change is, and how it stands to the activity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field


class Relation(StrEnum):
    """How a change stands to the activity, closest first."""

    LINKED = "linked"  # same logon session, close in time
    SAME_ACCOUNT = "same account"  # the actor's account, but another or no session recorded
    PREPARATION = "possible preparation"  # a door opened or a defence lowered before it
    EXPLANATION = (
        "possible explanation"  # an installer or updater at work before it: to be confirmed by a ticket
    )
    UNATTRIBUTED = "close in time"  # within minutes, and the record names no account
    PARALLEL = "parallel"  # same host, another actor or another time


@dataclass(frozen=True, slots=True)
class Change:
    """One change, or `count` alike of which `evidence` points to the first.

    `subject` is what was changed, `detail` what it was set to, `actor` who the record names; each as recorded.
    `reason` says why it has its relation.
    """

    kind: str
    title: str
    reads: str
    host: str
    first: datetime | None
    last: datetime | None
    count: int
    event: str
    subject: str
    detail: str
    actor: str | None
    relation: Relation
    reason: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ChangeWindow:
    """The time that was looked at on a host around its first activity `t0`."""

    host: str
    t0: datetime
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes that coincide.

    `channels` are the records looked at, by host and channel; `silent` are (host, kind of change) for which no
    channel that records it has a record in the window. `patch_note` says how the activity lies to the monthly updates.
    Without any window there was no acting story with a time.
    """

    changes: tuple[Change, ...] = ()
    windows: tuple[ChangeWindow, ...] = ()
    channels: tuple[tuple[str, str, int], ...] = ()
    silent: tuple[tuple[str, str], ...] = ()
    patch_note: str = ""
