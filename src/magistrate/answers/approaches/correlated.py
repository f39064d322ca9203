"""E2: does the WMI use go along with other malicious activity, such as inhibited recovery? (triage practice 2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.model import Confidence
from magistrate.answers.answer import Basis, State
from magistrate.answers.approaches.concurrent_signals import (
    Near,
    decide_signals,
    near_signals,
    signal_facts,
)
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.inquiry import cite, finding_evidence, source_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.activity.model import Story
    from magistrate.answers.inquiry import Inquiry
    from magistrate.detections.finding import Finding

ORDER = (State.YES, State.CONFLICT, State.UNKNOWN, State.NO)
MALICIOUS = ("D2", "D5", "D7")


@dataclass(frozen=True, slots=True)
class CorrelationFacts:
    """What the state of E2 is decided from.

    `malicious_findings` are codes that no register entry excuses. `near` tells whether signals that answer Q3 with
    YES lie on the same session or host within 60 minutes, or on the same account within 24 hours.
    """

    observed: bool = True
    malicious_findings: tuple[str, ...] = ()
    q3: str = State.UNKNOWN.value
    near: bool = False
    both_ends_covered: bool = False


def decide_correlation(facts: CorrelationFacts) -> tuple[State, Confidence]:
    """State and confidence of E2."""
    if not facts.observed:
        return State.NOT_APPLICABLE, Confidence.HIGH
    if facts.malicious_findings:
        return State.YES, Confidence.HIGH
    if facts.near and facts.q3 == State.YES.value:
        return State.YES, Confidence.MODERATE
    if facts.q3 == State.CONFLICT.value:
        return State.CONFLICT, Confidence.LOW
    if facts.q3 == State.NO.value:
        return State.NO, Confidence.MODERATE
    if facts.q3 == State.YES.value and facts.both_ends_covered:
        return State.NO, Confidence.LOW
    return State.UNKNOWN, Confidence.LOW


def answer_correlation(inquiry: Inquiry) -> Draft:
    """Answer E2 for the case: one story that correlates is enough for YES."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    return strongest([_for_story(inquiry, story) for story in inquiry.stories], ORDER)


def _for_story(inquiry: Inquiry, story: Story) -> Draft:
    malicious = inquiry.findings_of(story, MALICIOUS)
    near = near_signals(inquiry, story)
    tight = [item for item in near if item.tight]
    ends = inquiry.ends(story)
    needed = int(inquiry.parameter("Q3", "medium_signals_needed"))
    q3 = decide_signals(signal_facts(inquiry, story, near, ends), needed)[0]
    close = decide_signals(signal_facts(inquiry, story, tight, ends), needed)[0] is State.YES
    facts = CorrelationFacts(
        malicious_findings=tuple(item.code for item in malicious),
        q3=q3.value,
        near=close,
        both_ends_covered=ends.covered,
    )
    state, confidence = decide_correlation(facts)
    alerts = inquiry.findings_of(story, ("S10",)) if close else ()
    signals = tuple(record for item in tight for record in item.signal.evidence[:1])
    return Draft(
        state=state,
        confidence=confidence,
        values={"facts": _described(state, malicious, alerts, tight, ends.lacking)},
        evidence=(
            *finding_evidence((*malicious, *alerts)),
            *(ends.evidence if state is State.NO else signals),
        ),
        # Only when findings alone carry it may excusing them turn the answer.
        finding_ids=tuple(item.id for item in (*malicious, *alerts)) if not (close and tight) else (),
        limits=("what Q3 does not cover, this does not cover either",),
        missing=_missing(inquiry, story, state, ends.lacking),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _described(
    state: State,
    malicious: Sequence[Finding],
    alerts: Sequence[Finding],
    tight: Sequence[Near],
    lacking: Sequence[str],
) -> str:
    parts = [cite([*malicious, *alerts])] if malicious or alerts else []
    for item in tight[:4]:
        record = item.signal.evidence[0].evidence_id if item.signal.evidence else item.signal.id
        parts.append(f"{item.signal.title} on {item.signal.host} ({record})")
    if state is State.YES:
        return ", ".join(parts)
    found = (
        ", ".join(parts)
        or "no inhibited recovery, no defence evasion, no credential theft and no near signal"
    )
    return f"{found}; not covered: {', '.join(lacking)}" if lacking and state is State.UNKNOWN else found


def _missing(inquiry: Inquiry, story: Story, state: State, lacking: Sequence[str]) -> tuple[Need, ...]:
    if state in (State.YES, State.NO):
        return ()
    needs = [Need("neighbours", ", ".join(story.target_hosts[:3]))]
    if lacking and inquiry.source_key(story) is None:
        needs.append(Need("source_host", source_text(story)))
    return tuple(needs)
