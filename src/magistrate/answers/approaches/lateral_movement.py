"""E3: did somebody move, or try to move, to another host through WMI? (triage practice 2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import short_host
from magistrate.activity.model import Confidence, Join, Kind, OriginClass
from magistrate.answers.answer import Basis, State
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.inquiry import (
    CLASS_WORDS,
    account_text,
    cite,
    creates,
    finding_evidence,
    is_remote,
    operation_class,
    source_text,
    story_evidence,
)

if TYPE_CHECKING:
    from magistrate.activity.model import Activity, Story
    from magistrate.answers.inquiry import Ends, Inquiry

ORDER = (State.YES, State.CONFLICT, State.UNKNOWN, State.NO)
MOVEMENT = ("D8", "S11")


@dataclass(frozen=True, slots=True)
class MovementFacts:
    """What the state of E3 is decided from.

    `foreign_credential` means that other credentials than the session's own were handed to a WMI call on another
    host: what was done there is not in the records, the attempt is. `movement_findings` are D8 and S11.
    """

    observed: bool = True
    remote: bool | None = None
    created: bool = False
    pair_known: bool = False
    source_managed: bool = False
    both_ends_covered: bool = False
    origin_conflict: bool = False
    foreign_credential: bool = False
    movement_findings: bool = False
    pivot: bool = False


def decide_movement(facts: MovementFacts) -> tuple[State, Confidence]:
    """State and confidence of E3. Failed attempts count; a NO needs both ends."""
    if not facts.observed:
        return State.NOT_APPLICABLE, Confidence.HIGH
    if facts.movement_findings or facts.pivot:
        return State.YES, Confidence.HIGH
    unusual_path = not (facts.pair_known and facts.source_managed)
    if facts.remote and (facts.created or facts.foreign_credential) and unusual_path:
        return State.YES, Confidence.HIGH if facts.created else Confidence.MODERATE
    if facts.origin_conflict:
        return State.CONFLICT, Confidence.LOW
    if facts.remote is None:
        return State.UNKNOWN, Confidence.LOW
    return (State.NO, Confidence.MODERATE) if facts.both_ends_covered else (State.UNKNOWN, Confidence.LOW)


def answer_movement(inquiry: Inquiry) -> Draft:
    """Answer E3 for the case: one story that moves is enough for YES."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    return strongest([_for_story(inquiry, story) for story in inquiry.stories], ORDER)


def _for_story(inquiry: Inquiry, story: Story) -> Draft:
    ends = inquiry.ends(story)
    moved = inquiry.findings_of(story, MOVEMENT)
    earlier = _pivot_of(inquiry, story)
    facts = MovementFacts(
        remote=is_remote(story),
        created=creates(story),
        pair_known=_pair_known(inquiry, story),
        source_managed=inquiry.is_managed_source(story),
        both_ends_covered=ends.covered,
        origin_conflict=_origin_conflict(story),
        foreign_credential=any(_foreign_credential(activity) for activity in story.activities),
        movement_findings=bool(moved),
        pivot=earlier is not None,
    )
    state, confidence = decide_movement(facts)
    records = (
        *finding_evidence(moved),
        *story_evidence(story),
        *(story_evidence(earlier, 2) if earlier else ()),
    )
    # Only when findings alone carry it may excusing them turn the answer.
    rests_on_findings = bool(moved) and not (facts.remote and facts.created) and earlier is None
    return Draft(
        state=state,
        confidence=confidence,
        values={"facts": _described(story, facts, state, cite(moved) if moved else "", earlier, ends)},
        evidence=(*ends.evidence, *records) if state is State.NO else records,
        finding_ids=tuple(item.id for item in moved) if rests_on_findings else (),
        limits=("a remote call that succeeds without a child process is not logged by default",),
        missing=_missing(story, state, ends),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _pair_known(inquiry: Inquiry, story: Story) -> bool:
    """Registered, or the same source reached the same targets on earlier days; W1 says it did not."""
    if inquiry.covering(story):
        return True
    if story.first is None or inquiry.findings_of(story, ("W1",)):
        return False
    met = inquiry.earlier_meetings(story, story.first - timedelta(hours=24))
    return bool(met) and len(met) >= len(story.target_hosts)


def _origin_conflict(story: Story) -> bool:
    """True when a local and a remote session could both be the actor."""
    candidates = story.identity.candidates
    return story.identity.join is Join.AMBIGUOUS and any(c.source_ip is None for c in candidates)


def _foreign_credential(activity: Activity) -> bool:
    named_other = activity.fact("credential.differs") == "true" or bool(activity.fact("wmic.user"))
    return named_other and bool(activity.targets) and activity.background is None


def _pivot_of(inquiry: Inquiry, story: Story) -> Story | None:
    """The earlier story that reached this story's source from a third host within the pivot time."""
    within = timedelta(hours=inquiry.parameter("E3", "pivot_hours"))
    if story.origin is not OriginClass.REMOTE or story.first is None or not creates(story):
        return None
    source = inquiry.source_key(story) or story.source_host
    if source is None:
        return None
    for other in inquiry.all_stories:
        reached = {short_host(host) for host in other.target_hosts}
        before = other.first is not None and timedelta() < story.first - other.first <= within
        inbound = other.origin is OriginClass.REMOTE and creates(other) and other.id != story.id
        from_elsewhere = short_host(other.source_host or other.source_ip or "") != short_host(source)
        on_the_way = before and inbound and from_elsewhere and short_host(source) in reached
        # A registered job reaches every host, so what starts there later is no continuation of it.
        if on_the_way and not inquiry.covering(other):
            return other
    return None


def _described(
    story: Story, facts: MovementFacts, state: State, moved: str, earlier: Story | None, ends: Ends
) -> str:
    ids = ", ".join(item.evidence_id for item in story_evidence(story, 2)[:3])
    path = f"{account_text(story)} from {source_text(story)} to {', '.join(story.target_hosts[:4]) or 'an unknown host'}"
    parts = [moved] if moved else []
    if earlier is not None:
        parts.append(f"the source was itself reached from {source_text(earlier)} before")
    if facts.remote and facts.created:
        if state is State.YES:
            how = "not a management source" if facts.pair_known else "unknown to the register and the history"
            parts.append(f"{CLASS_WORDS[operation_class(story)]}, {path}, {how} ({ids})")
        else:
            parts.append(
                f"the pair is known and the source registered or managing, {path} ({ids}); anything else"
            )
    elif facts.remote and facts.foreign_credential:
        parts.append(f"other credentials were used towards another host, {path} ({ids})")
    elif facts.remote:
        parts.append(f"a remote {CLASS_WORDS[operation_class(story)]} without a creation, {path}")
    elif facts.remote is None:
        kinds = ", ".join(sorted({activity.kind.value for activity in story.activities}))
        parts.append(
            f"the origin of the session is not settled ({kinds} on {', '.join(story.target_hosts[:3])})"
        )
    else:
        parts.append(f"the session is local ({ids})")
    if state is State.UNKNOWN and ends.lacking:
        parts.append("; ".join(ends.lacking[:4]))
    return ", ".join(parts)


def _missing(story: Story, state: State, ends: Ends) -> tuple[Need, ...]:
    if state in (State.YES, State.NO):
        return ()
    needs = [Need("both_ends", "; ".join(ends.lacking[:3]))] if ends.lacking else []
    if story.identity.join in (Join.NONE, Join.AMBIGUOUS) or any(
        a.kind is Kind.CHILD for a in story.activities
    ):
        needs.append(Need("logons", ", ".join(story.target_hosts[:3])))
    return tuple(needs)
