"""Join stories into campaigns, and find the hosts that were reached and then reached out (triage practice 1.2, 2.9).

A story is one actor from one source. What links stories is said with each campaign, because the links differ in
weight: an account or an operator session is one hand, a source or a command shape may be shared by two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import is_machine_account, short_host
from magistrate.activity.model import Kind, OriginClass
from magistrate.activity.pivots import Pivot, find_pivots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magistrate.activity.model import Account, Story
    from magistrate.activity.pivots import Order

CAMPAIGN_GAP = timedelta(hours=24)
"""Most time from the end of one story to the begin of the next; the pivot time of triage practice 2.9, E3."""

_LEAST_SHAPE = 20
"""Characters of a command that may link two stories: anybody types a short one. Origin: our choice."""
_PEOPLE = ("S-1-5-21-", "S-1-12-1-")
"""Begins of SIDs that belong to one account of a domain, a machine or a tenant."""
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Campaign:
    """Stories that belong together, in order of time; `links` say in words what joins them, sorted.

    A story that nothing joins is a campaign of one without links. `pivots` are those between its stories.
    """

    stories: tuple[Story, ...]
    links: tuple[str, ...]
    pivots: tuple[Pivot, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """Every host that was acted on, sorted."""
        return tuple(sorted({host for story in self.stories for host in story.target_hosts}))

    @property
    def is_remote(self) -> bool:
        """Whether a story of it crosses from one host to another."""
        return any(story.origin is OriginClass.REMOTE for story in self.stories)


def find_campaigns(
    stories: Iterable[Story], order: Order, *, left_out: frozenset[str] = frozenset()
) -> tuple[Campaign, ...]:
    """Join stories that share account, source, operator session or command shape within a day, or a pivot.

    Args:
        stories: those of a case; background and stories without a time are left out.
        order: tells by the clocks of two hosts which of two times came first.
        left_out: ids of stories that the known-good register covers.

    Returns:
        Campaigns in order of their first time; the order of `stories` does not matter.
    """
    acting = [story for story in stories if not story.background and story.id not in left_out]
    timed = sorted((story for story in acting if story.first), key=lambda story: (str(story.first), story.id))
    pivots = find_pivots(timed, order)
    joined = {story.id: story.id for story in timed}
    said: list[tuple[str, str]] = []
    for one, other, link in (*_shared(timed), *_through(pivots)):
        said.append((one, link))
        keep, lose = sorted((joined[one], joined[other]))
        joined = {name: keep if root == lose else root for name, root in joined.items()}
    return tuple(
        Campaign(
            tuple(story for story in timed if joined[story.id] == root),
            tuple(sorted({link for name, link in said if joined[name] == root})),
            tuple(item for item in pivots if joined[item.inbound_story] == root),
        )
        for root in dict.fromkeys(joined.values())
    )


def _shared(timed: Sequence[Story]) -> Iterator[tuple[str, str, str]]:
    """Two neighbours in time that share a key, and the words for the key."""
    sids = _sids_by_name(timed)
    last: dict[str, Story] = {}
    for story in timed:
        for key in sorted({*_accounts(story, sids), *_source(story), *_sessions(story), *_shapes(story)}):
            before = last.get(key)
            ends = before.last or before.first if before else None
            if before and ends and story.first and story.first - ends <= CAMPAIGN_GAP:
                yield before.id, story.id, key
            longer = before and ends and story.last and ends > story.last
            last[key] = before if before and longer else story


def _through(pivots: Iterable[Pivot]) -> Iterator[tuple[str, str, str]]:
    for item in pivots:
        yield item.inbound_story, item.outbound_story, f"pivot through {item.host}"


def _sids_by_name(stories: Iterable[Story]) -> dict[str, str]:
    """SID of each full account name that only one SID goes by: records of one logon may lack it."""
    found: dict[str, set[str]] = {}
    for story in stories:
        for account in story.accounts:
            if account.sid:
                found.setdefault(account.name.lower(), set()).add(account.sid)
    return {name: min(sids) for name, sids in found.items() if len(sids) == 1}


def _accounts(story: Story, sids: dict[str, str]) -> Iterator[str]:
    for account in story.accounts:
        if _is_person(account):
            sid = account.sid or sids.get(account.name.lower())
            if sid or "\\" in account.name or "@" in account.name:
                yield f"account {sid or account.name.lower()}"


def _is_person(account: Account) -> bool:
    """Not a machine or a service: these act everywhere, for anybody."""
    if is_machine_account(account.name) or account.name.lower().startswith("nt authority\\"):
        return False
    return account.sid is None or account.sid.startswith(_PEOPLE)


def _source(story: Story) -> Iterator[str]:
    """The source of a remote story; a name that only the caller claims joins nothing."""
    if story.origin is not OriginClass.REMOTE:
        return
    if story.source_host and not story.source_host_claimed:
        yield f"source {short_host(story.source_host)}"
    elif story.source_ip:
        yield f"source {story.source_ip}"


def _sessions(story: Story) -> Iterator[str]:
    for activity in story.activities:
        if epoch := activity.fact("command.output_epoch"):
            yield f"operator session {epoch}"


def _shapes(story: Story) -> Iterator[str]:
    """What ran on the targets of a remote story, numbers left out."""
    for activity in story.activities:
        if activity.kind is Kind.CHILD and activity.command and story.origin is OriginClass.REMOTE:
            shape = _NUMBERS.sub("#", " ".join(activity.command.lower().split()))
            if len(shape) >= _LEAST_SHAPE:
                yield f"command {shape}"
