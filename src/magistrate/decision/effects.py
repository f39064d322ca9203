"""What one established fact does to a case: findings, facts of answers and coverage, then the answers decided anew.

Nothing here says which answer follows from a fact: the approaches decide that, from their facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from magistrate.activity.model import Confidence
from magistrate.answers.answer import Basis
from magistrate.answers.approaches.concurrent_signals import SignalFacts
from magistrate.answers.approaches.correlated import CorrelationFacts
from magistrate.answers.approaches.history import HistoryFacts
from magistrate.answers.approaches.lateral_movement import MovementFacts
from magistrate.answers.approaches.legitimate_need import NeedFacts
from magistrate.answers.approaches.network_pattern import PatternFacts
from magistrate.answers.approaches.unauthorised import MISUSE, AuthorityFacts
from magistrate.answers.approaches.unusual_remote import UnusualFacts
from magistrate.answers.reanswer import redecide
from magistrate.decision.situation import FindingSituation, IdentityState
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from magistrate.decision.situation import AnswerSituation, Situation, StorySituation
    from magistrate.playbooks.model import Playbook

UNSETTLED = (IdentityState.UNKNOWN, IdentityState.CONFLICT, IdentityState.WEAK)
HABIT_DAYS = 3
HABIT_SPAN = 30.0
"""Days of a habit and days of logs that prove it beyond doubt (triage practice 2.8, Q2)."""

Edit = Callable[[str, Any], Any]


def with_facts(situation: Situation, kind: type, edit: Edit) -> Situation:
    """Change the facts of one kind, in every answer that was decided from them; the states stay as they are."""
    answers = tuple(
        replace(
            answer,
            basis=tuple(
                Basis(item.story_id, edit(item.story_id, item.facts))
                if isinstance(item.facts, kind)
                else item
                for item in answer.basis
            ),
        )
        for answer in situation.answers
    )
    return replace(situation, answers=answers)


def settle(playbook: Playbook, before: Situation, after: Situation) -> Situation:
    """Decide the answers anew whose facts changed, after carrying coverage and Q3 over to them."""
    after = _carry_signals(playbook, _carry_coverage(before, after))
    old = {answer.id: answer for answer in before.answers}
    return replace(
        after,
        answers=tuple(
            _redecided(playbook, answer) if answer.basis != old[answer.id].basis else answer
            for answer in after.answers
        ),
    )


def _redecided(playbook: Playbook, answer: AnswerSituation) -> AnswerSituation:
    again = redecide(playbook, answer.id, answer.basis)
    return replace(
        answer, state=again.state, anchors=again.anchors, misuse=answer.id == "E1" and MISUSE in again.anchors
    )


def is_covered(story: StorySituation) -> bool:
    """Whether both ends of a story have coverage A or B."""
    graded = bool(story.grades) and all(grade in ("A", "B") for _, grade in story.grades)
    return graded and story.source_covered and not story.unexamined


def _carry_coverage(before: Situation, situation: Situation) -> Situation:
    """Both ends of a story become covered as soon as both hosts are: every answer that asks for it is told."""
    covered = {story.id for story in situation.stories if is_covered(story)}
    covered -= {story.id for story in before.stories if is_covered(story)}

    def told(name: str) -> Edit:
        return lambda story, facts: replace(facts, **{name: True}) if story in covered else facts

    for kind, name in (
        (SignalFacts, "both_ends_covered"),
        (CorrelationFacts, "both_ends_covered"),
        (MovementFacts, "both_ends_covered"),
        (UnusualFacts, "covered"),
        (AuthorityFacts, "ends_covered"),
    ):
        situation = with_facts(situation, kind, told(name))
    return situation


def _carry_signals(playbook: Playbook, situation: Situation) -> Situation:
    """E2 rests on what Q3 says of the same story."""
    q3 = situation.answer("Q3")
    if q3 is None:
        return situation
    states = {item.story_id: redecide(playbook, "Q3", (item,)).state.value for item in q3.basis}
    return with_facts(
        situation, CorrelationFacts, lambda story, facts: replace(facts, q3=states.get(story, facts.q3))
    )


def register_entry(situation: Situation) -> Situation:
    """A lead-approved entry covers every story and names every finding that may be excused."""
    waivable = frozenset(
        item.id
        for item in situation.findings
        if item.waivable and not item.excused and item.tier in (Tier.DECISIVE, Tier.STRONG)
    )
    case = without_findings(situation, waivable, excuse=True)
    case = _anchored(case, "M1")
    case = with_facts(
        case, AuthorityFacts, lambda _, facts: replace(facts, registered=True, register_given=True)
    )
    case = with_facts(
        case, MovementFacts, lambda _, facts: replace(facts, pair_known=True, source_managed=True)
    )
    return with_facts(case, PatternFacts, lambda _, facts: replace(facts, pair_known=True))


def change_ticket(situation: Situation) -> Situation:
    """A change ticket names hosts and accounts, and the activity lies in its window."""
    return _anchored(situation, "M4")


def account_purpose(situation: Situation) -> Situation:
    """The source is tagged as a management host and the account is tagged for this."""
    case = _anchored(_anchored(situation, "M2"), "M3")
    case = with_facts(
        case, AuthorityFacts, lambda _, facts: replace(facts, registered=True, register_given=True)
    )
    case = with_facts(case, MovementFacts, lambda _, facts: replace(facts, source_managed=True))
    return with_facts(case, PatternFacts, lambda _, facts: replace(facts, pair_known=True))


def _anchored(situation: Situation, code: str) -> Situation:
    """A mitigating finding for every story that lacks it, and the anchor it makes for Q1."""
    have = {item.story_id for item in situation.findings if item.code == code}
    added = tuple(
        FindingSituation(
            f"new-{code}-{story.id}", code, Tier.MITIGATING, "CONTEXT", story.id, ("context",), True, False
        )
        for story in situation.stories
        if story.id not in have
    )
    situation = replace(situation, findings=(*situation.findings, *added))

    def edit(_: str, facts: NeedFacts) -> NeedFacts:
        met = tuple(sorted({*facts.anchors_met, code}))
        explained = code in ("M1", "M4")
        return replace(
            facts,
            anchors_met=met,
            anchors_agree=facts.anchors_agree or not facts.anchors_met,
            outside_purpose=facts.outside_purpose and not explained,
        )

    return with_facts(situation, NeedFacts, edit)


def owner_denies(situation: Situation) -> Situation:
    """The owner says that nobody of theirs did this."""
    return with_facts(situation, NeedFacts, lambda _, facts: replace(facts, outside_purpose=True))


def exercise_ticket(situation: Situation) -> Situation:
    """An approved exercise ticket covers hosts, accounts and time of every story."""
    return replace(
        situation,
        stories=tuple(replace(story, exercise=story.exercise or "ticket") for story in situation.stories),
    )


def logs_where_it_ran(situation: Situation) -> Situation:
    """The logs of the hosts that were acted on are there, with command lines, and show nothing beyond what is known."""
    poor = {story.id for story in situation.stories if not _well_recorded(story)}
    local = {story.id for story in situation.stories if story.source in (None, *story.ran_on)}
    stories = tuple(
        replace(
            story,
            grades=tuple((host, grade if grade in ("A", "B") else "B") for host, grade in story.grades),
            unexamined=(),
            seen_where_it_ran=True,
            source_covered=story.source_covered or story.id in local,
        )
        for story in situation.stories
    )

    def recorded(name: str) -> Edit:
        return lambda story, facts: replace(facts, **{name: True}) if story in poor else facts

    case = with_facts(replace(situation, stories=stories), NeedFacts, recorded("command_recorded"))
    case = with_facts(case, UnusualFacts, recorded("command_line_recorded"))
    return with_facts(case, HistoryFacts, recorded("capability_proved"))


def _well_recorded(story: StorySituation) -> bool:
    return bool(story.grades) and all(g in ("A", "B") for _, g in story.grades) and not story.unexamined


def logs_of_source(situation: Situation) -> Situation:
    """The logs of the source hosts are there and show nothing beyond what is known."""
    return replace(situation, stories=tuple(replace(s, source_covered=True) for s in situation.stories))


def another_sign(situation: Situation) -> Situation:
    """The logs that are added show one more sign of high level, near the activity."""
    case = with_facts(
        situation, SignalFacts, lambda _, facts: replace(facts, high_signals=facts.high_signals + 1)
    )
    return with_facts(case, CorrelationFacts, lambda _, facts: replace(facts, near=True))


def actor_settled(situation: Situation, *, remote: bool) -> Situation:
    """The session that acted is known; where its origin was open, it came from another host or was local."""
    open_ = {story.id for story in situation.stories if story.identity in UNSETTLED}
    stories = tuple(
        replace(story, identity=IdentityState.GOOD, confidence=Confidence.MODERATE)
        if story.id in open_
        else story
        for story in situation.stories
    )
    case = replace(situation, stories=stories)

    def edit(**values: object) -> Edit:
        def change(story: str, facts: Any) -> Any:
            if story not in open_:
                return facts
            origin = {"remote": remote} if hasattr(facts, "remote") and facts.remote is None else {}
            return replace(facts, **values, **origin)

        return change

    case = with_facts(case, AuthorityFacts, edit(actor_known=True))
    case = with_facts(case, HistoryFacts, edit(actor_known=True, candidates_disagree=False))
    case = with_facts(case, SignalFacts, edit(signals_on_candidate_only=False))
    case = with_facts(case, MovementFacts, edit(origin_conflict=False))
    case = with_facts(case, UnusualFacts, edit(origin_conflict=False))
    return with_facts(case, PatternFacts, edit(source_ambiguous=False))


def privilege(situation: Situation, *, admin: bool) -> Situation:
    """Whether the session was privileged, where that was not recorded."""
    return with_facts(
        situation,
        AuthorityFacts,
        lambda _, facts: replace(facts, admin=admin) if facts.admin is None else facts,
    )


def older_days(situation: Situation) -> Situation:
    """Older logs show the same account, source, target and operation on separate days."""

    def habit(_: str, facts: HistoryFacts) -> HistoryFacts:
        return replace(facts, days=max(facts.days, HABIT_DAYS), span_days=max(facts.span_days, HABIT_SPAN))

    case = _anchored(with_facts(situation, HistoryFacts, habit), "M5")
    case = with_facts(case, MovementFacts, lambda _, facts: replace(facts, pair_known=True))
    return with_facts(case, PatternFacts, lambda _, facts: replace(facts, pair_known=True))


def lead_waiver(situation: Situation) -> Situation:
    """A lead allows closing without history."""
    return replace(situation, cold_start_waiver=True)


def flows_seen(situation: Situation) -> Situation:
    """Flow records show the connections of the activity and nothing after them."""
    return with_facts(situation, PatternFacts, lambda _, facts: replace(facts, flow_data="present"))


def flows_outside(situation: Situation) -> Situation:
    """Flow records, where none were there, show a connection to the outside by what was started."""
    return with_facts(
        situation,
        PatternFacts,
        lambda _, facts: (
            replace(facts, flow_data="present", after_effects=facts.after_effects + 1)
            if facts.flow_data != "present"
            else facts
        ),
    )


def logs_whole(situation: Situation) -> Situation:
    """The records that were missing are fetched, or their absence is explained."""
    return replace(situation, tamper=())


def live_records(situation: Situation) -> Situation:
    """What lay in slack alone is found in a live log."""
    return replace(situation, recovered_alone=())


def without_findings(situation: Situation, ids: frozenset[str], *, excuse: bool) -> Situation:
    """Excuse findings, or take away those that their own records contradict; answers lose what rested on them."""
    gone = [item for item in situation.findings if item.id in ids]
    left = [item for item in situation.findings if item.id not in ids]
    kept = (
        tuple(replace(f, excused=True) if f.id in ids else f for f in situation.findings)
        if excuse
        else tuple(left)
    )
    case = replace(situation, findings=kept)
    standing = [item for item in left if not item.excused]

    def lost(story: str, code: str) -> int:
        """How many findings of a code a story loses."""
        return sum(item.code == code and item.story_id in (story, None) for item in gone)

    def has(story: str, tier: Tier) -> bool:
        return any(item.tier is tier and item.story_id in (story, None) for item in standing)

    def holds(story: str, codes: tuple[str, ...]) -> bool:
        return any(item.code in codes and item.story_id in (story, None) for item in standing)

    def fewer(story: str, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(code for code in codes if holds(story, (code,)) or not lost(story, code))

    case = with_facts(
        case,
        NeedFacts,
        lambda story, facts: replace(facts, decisive=facts.decisive and has(story, Tier.DECISIVE)),
    )
    case = with_facts(
        case,
        CorrelationFacts,
        lambda story, facts: replace(facts, malicious_findings=fewer(story, facts.malicious_findings)),
    )
    case = with_facts(
        case, UnusualFacts, lambda story, facts: replace(facts, traits=fewer(story, facts.traits))
    )
    case = with_facts(
        case,
        MovementFacts,
        lambda story, facts: (
            replace(facts, movement_findings=facts.movement_findings and holds(story, ("D8", "S11")))
            if lost(story, "D8") or lost(story, "S11")
            else facts
        ),
    )
    case = with_facts(
        case,
        AuthorityFacts,
        lambda story, facts: replace(
            facts,
            standard_user_finding=facts.standard_user_finding and holds(story, ("S6",)),
            supported=facts.supported and (has(story, Tier.STRONG) or facts.admin is False),
        ),
    )
    case = with_facts(
        case,
        SignalFacts,
        lambda story, facts: replace(facts, high_signals=max(0, facts.high_signals - lost(story, "S10"))),
    )
    return with_facts(
        case,
        PatternFacts,
        lambda story, facts: replace(facts, after_effects=max(0, facts.after_effects - lost(story, "S12"))),
    )
