"""Q2: does the account have a history of this kind of WMI use? Counted in the case itself (triage practice 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name
from magistrate.activity.model import Account, Confidence, Join
from magistrate.activity.rows import moment, number, text
from magistrate.answers.answer import Basis, State
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.inquiry import (
    CLASS_WORDS,
    NULL_SID,
    account_text,
    fetch_evidence,
    known_sid,
    latest_of_each_habit,
    operation_class,
    quantity,
    story_evidence,
)
from magistrate.coverage.model import Proof

if TYPE_CHECKING:
    from magistrate.activity.model import Story
    from magistrate.answers.inquiry import Inquiry
    from magistrate.store.base import Row, Value

ORDER = (State.CONFLICT, State.UNKNOWN, State.NO, State.YES)
"""YES excuses, so it is given only when every habit has its own history; UNKNOWN hides more than NO."""
RETEST = timedelta(days=7)
HOLE = timedelta(days=7)
"""Silence that a baseline may hold: quiet weekends and holidays; a longer one may be missing logs."""
MOST_HABITS = 40
"""Habits looked up one by one; a case with more is answered UNKNOWN for the rest."""


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """What the state of Q2 is decided from. `days` counts days of the same class of operation before the cut."""

    observed: bool = True
    actor_known: bool = True
    days: int = 0
    span_days: float = 0.0
    account_events: int = 0
    capability_proved: bool = False
    candidates_disagree: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Numbers of the question; see its parameters for their origin."""

    days_needed: float = 3
    span_days: float = 14
    high_span_days: float = 30
    events_needed: float = 20


def decide_history(facts: HistoryFacts, limits: Limits | None = None) -> tuple[State, Confidence]:
    """State and confidence of Q2.

    Three separate days are a habit however few events the account has; "never" needs a long enough record, enough
    events to show what is usual, and proof that the record was being kept.
    """
    limits = limits or Limits()
    if not facts.observed:
        return State.NOT_APPLICABLE, Confidence.HIGH
    if facts.candidates_disagree:
        return State.CONFLICT, Confidence.LOW
    if not facts.actor_known or facts.span_days < limits.span_days:
        return State.UNKNOWN, Confidence.LOW
    confidence = Confidence.HIGH if facts.span_days >= limits.high_span_days else Confidence.MODERATE
    if facts.days >= limits.days_needed:
        return State.YES, confidence
    enough = facts.account_events >= limits.events_needed and facts.capability_proved
    return (State.NO, confidence) if enough and facts.days == 0 else (State.UNKNOWN, Confidence.LOW)


@dataclass(frozen=True, slots=True)
class _Record:
    """What the case's own records hold of one account before a cut."""

    facts: HistoryFacts
    any_days: int
    first: datetime | None
    last: datetime | None
    samples: tuple[str, ...]


def answer_history(inquiry: Inquiry) -> Draft:
    """Answer Q2 for the case: every habit needs its own history."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    habits = latest_of_each_habit(inquiry.stories)
    drafts = [_for_story(inquiry, story) for story in habits[:MOST_HABITS]]
    if len(habits) > MOST_HABITS:
        drafts.append(_not_looked_up(habits[MOST_HABITS], len(habits) - MOST_HABITS))
    return strongest(drafts, ORDER)


def _not_looked_up(story: Story, count: int) -> Draft:
    return _unknown(story, f"{count} further habits were not looked up")


def _for_story(inquiry: Inquiry, story: Story) -> Draft:
    limits = Limits(
        *(
            inquiry.parameter("Q2", name)
            for name in ("days_needed", "span_days", "high_span_days", "events_needed")
        )
    )
    cut_hours = inquiry.parameter("Q2", "cut_hours")
    if story.first is None:
        return _unknown(story, "the activity carries no usable time")
    cut = story.first - timedelta(hours=cut_hours)
    actor = Account(story.account.name, known_sid(story)) if story.account else None
    record = _record(inquiry, story, actor, cut)
    facts = _with_candidates(inquiry, story, record.facts, cut, limits)
    state, confidence = decide_history(facts, limits)
    notes = [
        f"what happened before {_day(inquiry, story)} is not in the data",
        "another person may use the same account",
    ]
    if state in (State.YES, State.NO):
        earlier = decide_history(_record(inquiry, story, actor, story.first - RETEST).facts, limits)[0]
        if earlier is not state:
            confidence = Confidence.LOW
            notes.append(
                f"with the cut moved to seven days before, the answer is {earlier.value}: confidence is Low"
            )
    notes += _learned_note(inquiry)
    if actor is not None and actor.sid is None:
        notes.append("the record names no SID: the account was followed by its name")
    pair_days, pair_samples = _pair(inquiry, story, cut)
    evidence = fetch_evidence(inquiry.store, (*record.samples, *pair_samples))
    if state is State.NO:
        evidence = (
            *inquiry.recording_proof(story, sorted({a.host for a in story.activities})),
            *story_evidence(story),
        )
    return Draft(
        state=state,
        confidence=confidence,
        values=_values(
            story,
            facts,
            pair_days,
            record.first,
            record.last,
            _why(state, facts, limits, record),
            record.any_days,
        ),
        evidence=evidence,
        limits=tuple(notes),
        missing=_missing(story, state, facts),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _learned_note(inquiry: Inquiry) -> list[str]:
    """Say over what time the learned history speaks, when there is one."""
    row = next(iter(inquiry.rows("learned_span")))
    first, last = moment(row, "first_seen"), moment(row, "last_seen")
    if first is None or last is None:
        return []
    return [
        f"a learned history from {first:%Y-%m-%d} to {last:%Y-%m-%d} is counted with the case's own records"
    ]


def _unknown(story: Story, why: str) -> Draft:
    """Nothing could be counted for a story, so no history speaks for it."""
    facts = HistoryFacts()
    return Draft(
        state=State.UNKNOWN,
        confidence=Confidence.LOW,
        values=_values(story, facts, 0, None, None, why),
        missing=(Need("older_logs"),),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _before(row: Row, column: str, cut: datetime) -> bool:
    at = moment(row, column)
    return at is not None and at < cut


def _account_parameters(account: Account | None) -> dict[str, Value]:
    """Follow an account by SID; by name where the record or the account has none."""
    name = account.name.lower() if account else ""
    sid = account.sid if account and account.sid != NULL_SID else None
    return {"sid": sid or "", "name": name, "by_name": 0 if sid else 1}


def _record(inquiry: Inquiry, story: Story, account: Account | None, cut: datetime) -> _Record:
    bound = _account_parameters(account)
    known = account is not None and bool(account_name(account.name))
    rows = (
        [row for row in inquiry.rows("history_days", bound) if _before(row, "first_seen", cut)]
        if known
        else []
    )
    wanted = operation_class(story)
    same = [row for row in rows if text(row, "class") == wanted]
    busy = inquiry.rows("account_days", bound) if known else []
    facts = HistoryFacts(
        actor_known=known and story.identity.join is not Join.AMBIGUOUS,
        days=len({str(row["day"]) for row in same}),
        span_days=_span(inquiry, story, cut),
        account_events=sum(number(row, "events") or 0 for row in busy if _before(row, "last_seen", cut)),
        capability_proved=_proved(inquiry, story),
    )
    times = [
        at
        for row in same
        for at in (moment(row, "first_seen"), moment(row, "last_seen"))
        if at is not None and at < cut
    ]
    samples = [name for row in (*same[:3], *same[-1:]) if (name := text(row, "sample"))]
    return _Record(
        facts,
        len({str(row["day"]) for row in rows}),
        min(times, default=None),
        max(times, default=None),
        tuple(dict.fromkeys(samples)),
    )


def _span(inquiry: Inquiry, story: Story, cut: datetime) -> float:
    """Days before the cut that every host of the acts covers with process records; the shortest counts.

    A silence of more than a week is a hole, not covered time: what lies before it is added, the hole is not.
    """
    hosts = {activity.host for activity in story.activities}
    covered: dict[str, list[tuple[datetime, datetime]]] = {}
    for row in inquiry.rows("recorded_days"):
        first, last = moment(row, "first_seen"), moment(row, "last_seen")
        if row["what"] == "process" and first is not None and last is not None and first < cut:
            covered.setdefault(str(row["host"]), []).append((first, min(last, cut)))
    spans = [_covered_days(covered.get(host, []), cut) for host in hosts]
    return max(0.0, min(spans, default=0.0))


def _covered_days(days: list[tuple[datetime, datetime]], cut: datetime) -> float:
    total, previous = timedelta(), None
    for first, last in (*sorted(days), (cut, cut)):
        if previous is not None and first - previous <= HOLE:
            total += max(timedelta(), first - previous)
        total += last - first
        previous = last
    return total.total_seconds() / 86_400 if days else 0.0


def _proved(inquiry: Inquiry, story: Story) -> bool:
    found = [inquiry.coverage.host(host) for host in {activity.host for activity in story.activities}]
    return all(host is not None and host.proof("process_creation") is Proof.ON for host in found)


def _with_candidates(
    inquiry: Inquiry, story: Story, facts: HistoryFacts, cut: datetime, limits: Limits
) -> HistoryFacts:
    """Look up each candidate actor: when their histories differ, the answer depends on who it was."""
    if story.identity.join is not Join.AMBIGUOUS:
        return facts
    names = sorted({candidate.account for candidate in story.identity.candidates if candidate.account})
    counts = [
        _record(inquiry, story, Account(name), cut).facts.days >= limits.days_needed for name in names[:5]
    ]
    return HistoryFacts(
        actor_known=False,
        days=0,
        span_days=facts.span_days,
        account_events=facts.account_events,
        capability_proved=facts.capability_proved,
        candidates_disagree=len(set(counts)) > 1,
    )


def _pair(inquiry: Inquiry, story: Story, cut: datetime) -> tuple[int, tuple[str, ...]]:
    """Days on which the source met every target before the cut, and one record of each target."""
    met = inquiry.earlier_meetings(story, cut)
    days = min((len(samples) for samples in met.values()), default=0)
    return days if len(met) >= len(story.target_hosts) else 0, tuple(samples[0] for samples in met.values())


def _values(
    story: Story,
    facts: HistoryFacts,
    pair_days: int,
    first: datetime | None,
    last: datetime | None,
    why: str,
    any_days: int = 0,
) -> dict[str, str]:
    return {
        "user": account_text(story),
        "operation_class": CLASS_WORDS[operation_class(story)],
        "any_days": _days(any_days),
        "days": _days(facts.days),
        "between": f" between {_time(first)} and {_time(last)}" if first and last else "",
        "span": f"{facts.span_days:.1f}",
        "pair_days": _days(pair_days),
        "first_ever": "no" if facts.days else "yes",
        "why": why,
    }


def _days(number: int) -> str:
    return quantity(number, "earlier day")


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def _day(inquiry: Inquiry, story: Story) -> str:
    first = inquiry.coverage.first or story.first
    return first.strftime("%Y-%m-%d") if first else "the first record"


def _why(state: State, facts: HistoryFacts, limits: Limits, record: _Record) -> str:
    if state is State.CONFLICT:
        return "the candidate actors have different histories"
    if state is State.YES:
        return f"{facts.days} separate days of at least {limits.days_needed:g}"
    if not facts.actor_known:
        return "the acting account is not settled"
    if facts.span_days < limits.span_days:
        return f"history too short: {facts.span_days:.1f} days of {limits.span_days:g}"
    if state is State.NO:
        return f"it never did this before (other WMI use on {record.any_days} days does not count)"
    if facts.account_events < limits.events_needed:
        return f"only {facts.account_events} process events of the account, {limits.events_needed:g} needed"
    if facts.days:
        return f"{facts.days} days are neither never nor a habit"
    return "process recording is not proved on the host"


def _missing(story: Story, state: State, facts: HistoryFacts) -> tuple[Need, ...]:
    if state is State.YES:
        return ()
    host = story.target_hosts[0] if story.target_hosts else ""
    needs = [Need("older_logs", host)]
    return tuple(needs if facts.actor_known else [Need("actor", host), *needs])
