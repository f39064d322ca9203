"""Which signals stand beside a story, once what is the same event is counted once (triage practice 2.8 and 2.9)."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, may_be_one_account
from magistrate.detections.attack_tags import SUBJECT
from magistrate.detections.register import covering_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.detections.signal import Signal


_OWN_WITHIN = timedelta(hours=1)
"""The tight window of Q3: what an account does on a host this near to its story is its story's (triage practice 2.8)."""
_LAST_SERVICE = 0x3E7
"""Logon ids up to this one are the service tokens of every host, not a session of somebody."""


def own_records(story: Story) -> frozenset[str]:
    """Records that a story rests on: no rule on them is a signal beside it."""
    return frozenset(item.evidence_id for activity in story.activities for item in activity.evidence)


def registered_records(context: Context, stories: Iterable[Story]) -> frozenset[str]:
    """Records of stories that the known-good register covers act by act: what is registered is no sign beside others.

    A covered act that is decisive still decides by its own finding; it is only not counted a second time as the
    company of every other night of the same job.
    """
    covered = (story for story in stories if covering_entries(context, story))
    return frozenset(record for story in covered for record in own_records(story))


def owners(stories: Iterable[Story], signals: Iterable[Signal]) -> dict[str, frozenset[str]]:
    """Stories whose actor made a signal, by the signal's id: by its session, its records, or its account on a host.

    The account alone owns a signal only on a host that its story touched and within an hour of it, and an account of
    the same name in another domain does not. A signal that
    nobody's session explains has no owner.
    """
    sessions: dict[tuple[str, int], set[str]] = {}
    records: dict[str, set[str]] = {}
    people: dict[tuple[str, str], list[tuple[str, Story]]] = {}
    for story in stories:
        for activity in story.activities:
            account = activity.identity.account
            if account is not None and account.logon_id is not None and account.logon_id > _LAST_SERVICE:
                sessions.setdefault((activity.host, account.logon_id), set()).add(story.id)
            for item in activity.evidence:
                records.setdefault(item.evidence_id, set()).add(story.id)
        for name, host in {(item.name, host) for item in story.accounts for host in story.hosts}:
            people.setdefault((account_name(name), host), []).append((name, story))
    found: dict[str, frozenset[str]] = {}
    for signal in signals:
        named = account_name(signal.account)
        own = {
            *sessions.get((signal.host, signal.logon_id or 0), ()),
            *(story for record in signal.carried_by for story in records.get(record, ())),
            *(
                story.id
                for name, story in people.get((named, signal.host), ())
                if may_be_one_account(name, signal.account) and _is_near(story, signal)
            ),
        }
        if own:
            found[signal.id] = frozenset(own)
    return found


def explained_elsewhere(
    context: Context, stories: Iterable[Story], signals: Iterable[Signal]
) -> dict[str, frozenset[str]]:
    """Signals that a registered story shares a host with, and that are another story's, by the story's id.

    A job that the register covers act by act runs on hosts where an intruder is at work as everywhere else. What the
    intruder does is counted in his own story, which no entry covers; a sign that no such story explains is still
    company of the job, and so is one of the job's own account, session or source: the caller asks for hosts alone.
    """
    told = tuple(story for story in stories if not story.background)  # background is judged by nobody
    covered = {story.id for story in told if covering_entries(context, story)}
    if not covered:
        return {}
    others: dict[str, set[str]] = {story: set() for story in covered}
    for signal, own in owners(told, signals).items():
        if own - covered:
            for story in covered - own:
                others[story].add(signal)
    return {story: frozenset(found) for story, found in others.items()}


def _is_near(story: Story, signal: Signal) -> bool:
    if story.first is None or story.last is None or signal.utc is None:
        return False
    return story.first - _OWN_WITHIN <= signal.utc <= story.last + _OWN_WITHIN


def collapse(signals: Iterable[Signal], own: frozenset[str]) -> tuple[Signal, ...]:
    """Signals that stand on at least one record no other signal claims, in the order they came.

    The strongest signal claims its records first; on equal level the earlier one. A signal of the technique under
    examination alone is the subject and no company. What is left of a signal cites the records that are not the
    story's own.

    Args:
        signals: candidates, in order of time.
        own: records that are no company: the story's own, and registered ones.
    """
    kept: dict[str, Signal] = {}
    claimed = set(own)
    candidates = [signal for signal in signals if signal.technique != SUBJECT]
    for signal in sorted(candidates, key=lambda item: -item.level.rank):  # stable: earlier before later
        if signal.carried_by <= claimed:
            continue
        claimed |= signal.carried_by
        cited = tuple(item for item in signal.evidence if item.evidence_id not in own)
        kept[signal.id] = dataclasses.replace(signal, evidence=cited or signal.evidence)
    return tuple(kept[signal.id] for signal in candidates if signal.id in kept)
