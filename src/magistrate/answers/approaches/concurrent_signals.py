"""Q3: what else happened around the same host, source, account or session (triage practice 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.activity.model import Confidence, Join
from magistrate.answers.answer import Basis, State
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.inquiry import account_text, cite, finding_evidence, quantity, source_text
from magistrate.answers.must_check import Looked, look
from magistrate.detections.concurrence import collapse, own_records
from magistrate.detections.signal import Level, SignalSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from magistrate.activity.model import Story
    from magistrate.answers.inquiry import Ends, Inquiry
    from magistrate.detections.signal import Signal

ORDER = (State.YES, State.CONFLICT, State.UNKNOWN, State.NO)
SHOWN = 8
CHAIN_TACTICS = 3
"""Tactics on one key that make a chain, as in failed logons, logon, WMI child, service (triage practice 2.8)."""


@dataclass(frozen=True, slots=True)
class SignalFacts:
    """What the state of Q3 is decided from; records that the story itself rests on are not counted.

    `tactics` are those of all signals, `chain_tactics` the most that lie on one key: host, session, account, source.
    """

    observed: bool = True
    high_signals: int = 0
    medium_signals: int = 0
    tactics: int = 0
    chain_tactics: int = 0
    both_ends_covered: bool = False
    signals_on_candidate_only: bool = False
    other_signals: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """A signal that shares a key with a story. `tight` means same host or session within the tight window."""

    signal: Signal
    keys: tuple[str, ...]
    tight: bool


def decide_signals(facts: SignalFacts, medium_needed: int = 2) -> tuple[State, Confidence]:
    """State and confidence of Q3. NO needs silence where something listened on both ends."""
    if not facts.observed:
        return State.NOT_APPLICABLE, Confidence.HIGH
    medium = facts.medium_signals >= medium_needed and facts.tactics >= medium_needed
    if facts.high_signals or medium or facts.chain_tactics >= CHAIN_TACTICS:
        if facts.signals_on_candidate_only:
            return State.CONFLICT, Confidence.LOW
        return State.YES, Confidence.HIGH if facts.both_ends_covered else Confidence.MODERATE
    if facts.both_ends_covered and not (facts.medium_signals or facts.other_signals):
        return State.NO, Confidence.MODERATE
    return State.UNKNOWN, Confidence.LOW


def near_signals(inquiry: Inquiry, story: Story) -> tuple[Near, ...]:
    """Signals within the standard window that share a key with a story, one for each record."""
    tight = timedelta(hours=inquiry.parameter("Q3", "tight_hours"))
    wide = timedelta(hours=inquiry.parameter("Q3", "standard_hours"))
    within = {signal.id: gap for signal, gap in _within(inquiry, story, wide)}
    keys = {
        signal.id: _shared_keys(inquiry, story, signal) for signal in inquiry.signals if signal.id in within
    }
    foreign = inquiry.explained_elsewhere(story)
    keys = {name: shared for name, shared in keys.items() if shared != ("host",) or name not in foreign}
    found: list[Near] = []
    for signal in collapse((one for one in inquiry.signals if keys.get(one.id)), _no_company(inquiry, story)):
        shared = keys[signal.id]
        close = within[signal.id] <= tight and bool({"host", "session"} & set(shared))
        found.append(Near(signal, shared, close or ("account" in shared)))
    return tuple(found)


def earlier_signals(inquiry: Inquiry, story: Story) -> tuple[Signal, ...]:
    """Signals of the days before the standard window that share a key: context, never counted."""
    wide = timedelta(hours=inquiry.parameter("Q3", "standard_hours"))
    context = timedelta(days=inquiry.parameter("Q3", "context_days"))
    before = [
        signal
        for signal, gap in _within(inquiry, story, context)
        if gap > wide and signal.utc and story.first and signal.utc < story.first
    ]
    kept = (signal for signal in before if _shared_keys(inquiry, story, signal))
    return collapse(kept, _no_company(inquiry, story))


def _no_company(inquiry: Inquiry, story: Story) -> frozenset[str]:
    return own_records(story) | inquiry.registered_records()


def _within(inquiry: Inquiry, story: Story, window: timedelta) -> Iterator[tuple[Signal, timedelta]]:
    for signal in inquiry.signals:
        gap = _gap(story, signal)
        if gap is not None and gap <= window:
            yield signal, gap


def _gap(story: Story, signal: Signal) -> timedelta | None:
    """Time between a story and a signal; zero when they overlap, None when either has no time."""
    if story.first is None or story.last is None or signal.utc is None:
        return None
    last = signal.last or signal.utc
    if signal.utc > story.last:
        return signal.utc - story.last
    return story.first - last if last < story.first else timedelta()


def _shared_keys(inquiry: Inquiry, story: Story, signal: Signal) -> tuple[str, ...]:
    """Names of the keys that a signal shares: host, session, account, source."""
    hosts = {inquiry.hosts.key_of(host) or host for host in story.hosts}
    people = [account for account in (story.account, *story.accounts) if account is not None]
    people_names = {account_name(account.name) for account in people} - {"", "system"}
    sids = {account.sid.upper() for account in people if account.sid and account.sid.startswith("S-1-5-21-")}
    sessions = {
        (a.host, a.identity.account.logon_id) for a in story.activities if a.identity.account is not None
    }
    keys = []
    if signal.host in hosts:
        keys.append("host")
    if signal.logon_id is not None and (signal.host, signal.logon_id) in sessions and signal.logon_id > 0x3E7:
        keys.append("session")
    if account_name(signal.account) in people_names or (signal.account_sid or "").upper() in sids:
        keys.append("account")
    if story.source_ip and (signal.source_ip or "").lower() == story.source_ip.lower():
        keys.append("source")
    return tuple(keys)


def signal_facts(
    inquiry: Inquiry, story: Story, near: Sequence[Near], ends: Ends, *, with_findings: bool = True
) -> SignalFacts:
    """Facts of Q3 from the signals given; S10 findings count as high signals."""
    other_alerts = inquiry.findings_of(story, ("S10",)) if with_findings else ()
    weighing = [item for item in near if weighs(item)]
    strong = [item for item in weighing if item.signal.level is not Level.LOW]
    ambiguous = story.identity.join is Join.AMBIGUOUS
    return SignalFacts(
        high_signals=sum(item.signal.is_high for item in near) + len(other_alerts),
        medium_signals=sum(item.signal.level is Level.MEDIUM for item in strong),
        tactics=len({item.signal.tactic for item in strong} - {""}),
        chain_tactics=_chain_tactics(strong),
        both_ends_covered=ends.covered,
        signals_on_candidate_only=ambiguous
        and bool(near)
        and not other_alerts
        and all(set(item.keys) <= {"account"} for item in near),
        other_signals=sum(item.signal.level is Level.LOW for item in weighing),
    )


def weighs(item: Near) -> bool:
    """Whether a signal counts.

    A user's Sigma rules may be noisy: low ones are listed only, and a medium one that shares nothing but the host
    says no more than that the host is in use.
    """
    if item.signal.source is not SignalSource.SIGMA or item.signal.is_high:
        return True
    return item.signal.level is Level.MEDIUM and set(item.keys) != {"host"}


def _chain_tactics(near: Iterable[Near]) -> int:
    """Most different tactics that lie on one key of the story."""
    on_key: dict[tuple[str, str], set[str]] = {}
    for item in near:
        signal = item.signal
        values = {
            "host": signal.host,
            "session": f"{signal.host}|{signal.logon_id}",
            "account": account_name(signal.account),
            "source": (signal.source_ip or "").lower(),
        }
        for name in item.keys:
            on_key.setdefault((name, values[name]), set()).add(signal.tactic)
    return max((len(tactics - {""}) for tactics in on_key.values()), default=0)


def answer_signals(inquiry: Inquiry) -> Draft:
    """Answer Q3 for the case: one story with other signals is enough for YES."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    looked: dict[tuple[str, ...], Looked] = {}
    return strongest([_for_story(inquiry, story, looked) for story in inquiry.stories], ORDER)


def _for_story(inquiry: Inquiry, story: Story, looked: dict[tuple[str, ...], Looked]) -> Draft:
    near = near_signals(inquiry, story)
    ends = inquiry.ends(story)
    facts = signal_facts(inquiry, story, near, ends)
    state, confidence = decide_signals(facts, int(inquiry.parameter("Q3", "medium_signals_needed")))
    hosts = tuple(sorted({inquiry.hosts.key_of(host) or host for host in story.hosts}))
    if hosts not in looked:
        looked[hosts] = look(inquiry.store, hosts)
    alerts = inquiry.findings_of(story, ("S10",))
    evidence = (*(item for entry in near for item in entry.signal.evidence[:1]), *finding_evidence(alerts))
    return Draft(
        state=state,
        confidence=confidence,
        values=_values(story, near, ends, looked[hosts], cite(alerts) if alerts else ""),
        evidence=evidence if state is not State.NO else ends.evidence,
        finding_ids=tuple(item.id for item in alerts),
        limits=_limits(looked[hosts], near, earlier_signals(inquiry, story)),
        missing=_missing(inquiry, story, state, ends, looked[hosts]),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _values(story: Story, near: Sequence[Near], ends: Ends, looked: Looked, alerts: str) -> dict[str, str]:
    keys = [
        f"host {', '.join(story.hosts[:4])}",
        f"account {account_text(story)}",
        f"source {source_text(story)}",
    ]
    listed = [_line(item) for item in near[:SHOWN]]
    if len(near) > SHOWN:
        listed.append(f"and {len(near) - SHOWN} more")
    if alerts:
        listed.append(alerts)
    not_looked = [*ends.lacking, *looked.absent]
    return {
        "count": quantity(len(near), "other signal"),
        "keys": ", ".join(keys),
        "list": "; ".join(listed) or "none",
        "sensors": ", ".join(looked.seen) or "none",
        "not_looked": ", ".join(not_looked) or "nothing",
        "why": "the signals carry only the account of a candidate that may not be the actor",
    }


def _line(item: Near) -> str:
    when = item.signal.utc.strftime("%Y-%m-%d %H:%M:%S") if item.signal.utc else "time unknown"
    ids = ", ".join(evidence.evidence_id for evidence in item.signal.evidence[:1])
    return f"{when} {item.signal.title} on {item.signal.host} by {'+'.join(item.keys)} [{ids}]"


def _limits(looked: Looked, near: Sequence[Near], earlier: Sequence[Signal]) -> tuple[str, ...]:
    limits = []
    if earlier:
        titles = list(dict.fromkeys(signal.title for signal in earlier))
        more = f" and {len(titles) - SHOWN} more kinds" if len(titles) > SHOWN else ""
        said = quantity(len(earlier), "signal")
        limits.append(f"context, not counted: {said} in the week before: {', '.join(titles[:SHOWN])}{more}")
    if idle := sum(not weighs(item) for item in near):
        limits.append(
            f"listed, not counted: {quantity(idle, 'low or host-only hit')} of the Sigma rules given"
        )
    if looked.silent:
        limits.append(f"channel present, nothing of this kind recorded: {', '.join(looked.silent)}")
    if looked.absent:
        limits.append(f"not covered: {', '.join(looked.absent)}")
    if any(not item.tight for item in near):
        limits.append("some signals share only the host or the source, and lie more than an hour away")
    return tuple(limits)


def _missing(inquiry: Inquiry, story: Story, state: State, ends: Ends, looked: Looked) -> tuple[Need, ...]:
    if state is State.YES:
        return ()
    needs = []
    if ends.lacking:
        unseen = inquiry.source_key(story) is None
        needs.append(Need("source_host", source_text(story) if unseen else ", ".join(ends.lacking[:3])))
    if "Kerberos tickets (domain controller)" in (*looked.absent, *looked.silent):
        needs.append(Need("domain_controller"))
    if "Defender and attack surface reduction" in looked.absent:
        needs.append(Need("edr"))
    return tuple(needs)
