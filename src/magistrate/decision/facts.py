"""Establishes the named facts of the rule table from a situation: pure, one small function a fact group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.decision.situation import PROTECTED_ROLES, IdentityState
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from magistrate.decision.situation import FindingSituation, Situation, StorySituation

E_CODES = ("E1", "E2", "E3", "E4")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact with what it rests on; `because` may be empty."""

    value: bool
    because: tuple[str, ...] = ()
    finding_ids: tuple[str, ...] = ()


FactTable = Mapping[str, Fact]


def values(table: FactTable) -> dict[str, bool]:
    """The bare truth values, for the rules."""
    return {name: fact.value for name, fact in table.items()}


def establish_facts(situation: Situation) -> dict[str, Fact]:
    """Establish every fact that a rule or the severity may name.

    A fact that cannot be known is false; its "unknown" partner is true.
    """
    return {
        "not_observed": _not_observed(situation),
        "nothing_read": Fact(situation.nothing_read),
        "recovered_alone": Fact(bool(situation.recovered_alone), situation.recovered_alone),
        "tamper_in_window": Fact(bool(situation.tamper), situation.tamper),
        "raw_contradicts": Fact(bool(situation.raw_contradicts), situation.raw_contradicts),
        "alert_unseen": Fact(bool(situation.alert_unseen), situation.alert_unseen),
        "cold_start_waiver": Fact(situation.cold_start_waiver),
        **_finding_facts(situation),
        **_identity_facts(situation),
        **_answer_facts(situation),
        **_host_facts(situation),
    }


def _not_observed(situation: Situation) -> Fact:
    decisive = [item for item in situation.findings if item.tier is Tier.DECISIVE]
    stories = tuple(f"story {story.id}" for story in situation.stories)
    return Fact(not situation.stories and not decisive and not situation.nothing_read, stories)


def _open(situation: Situation, tier: Tier) -> list[FindingSituation]:
    return [item for item in situation.findings if item.tier is tier and not item.excused]


def _fact_of(findings: list[FindingSituation]) -> Fact:
    ordered = sorted(findings, key=lambda item: (item.code, item.id))
    return Fact(bool(findings), tuple(f"{i.code} ({i.id})" for i in ordered), tuple(i.id for i in ordered))


def _finding_facts(situation: Situation) -> dict[str, Fact]:
    decisive, strong = _open(situation, Tier.DECISIVE), _open(situation, Tier.STRONG)
    excused = [item for item in situation.findings if item.tier is Tier.STRONG and item.excused]
    pairs = _independent_strong(situation, strong)
    mitigating = [item for item in situation.findings if item.tier is Tier.MITIGATING]
    codes = {item.code for item in mitigating}
    table = {
        "unwaivable_d": _fact_of([item for item in decisive if not item.waivable]),
        "unexcused_d": _fact_of(decisive),
        "one_strong": _fact_of(strong),
        "two_strong": Fact(len(strong) >= 2, *_names(strong)),
        "two_strong_two_families": _fact_of(pairs[0]),
        "log_sources_two": _fact_of(pairs[1]),
        "two_weak": _fact_of(_weak_beside_strong(situation, strong)),
        "strong_excused": _fact_of(excused),
        "mitigating_two_with_anchor": Fact(
            len(codes) >= 2 and bool(codes & {"M1", "M5"}), *_names(mitigating)
        ),
        "no_unexcused_ds": Fact(not decisive and not strong, *_names([*decisive, *strong])),
        "impact_finding": _fact_of([item for item in decisive if item.family.upper() == "IMPACT"]),
    }
    table["d_on_protected_role"] = _fact_of([i for i in decisive if i.role in PROTECTED_ROLES])
    table["d_on_server"] = _fact_of([i for i in decisive if i.role != "workstation" or i.tier_level == 0])
    table["d_on_workstation"] = _fact_of([i for i in decisive if i.role == "workstation"])
    return table


def _names(findings: list[FindingSituation]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    fact = _fact_of(findings)
    return fact.because, fact.finding_ids


def _on_story(findings: list[FindingSituation], story_id: str | None) -> list[FindingSituation]:
    """Findings of one story; those that belong to no story count beside each."""
    return [item for item in findings if item.story_id in (story_id, None)]


def _story_ids(situation: Situation) -> list[str | None]:
    ids: list[str | None] = [story.id for story in situation.stories]
    return ids or [None]


def _independent_strong(
    situation: Situation, strong: list[FindingSituation]
) -> tuple[list[FindingSituation], list[FindingSituation]]:
    """Strong findings of different families on one story; and those that also rest on two log sources."""
    families: list[FindingSituation] = []
    for story_id in _story_ids(situation):
        beside = _on_story(strong, story_id)
        if len({item.family for item in beside}) < 2:
            continue
        families = families or beside
        if len({source for item in beside for source in item.sources}) >= 2:
            return beside, beside
    return families, []


def _weak_beside_strong(situation: Situation, strong: list[FindingSituation]) -> list[FindingSituation]:
    weak = _open(situation, Tier.WEAK)
    for story_id in _story_ids(situation):
        beside = _on_story(weak, story_id)
        if _on_story(strong, story_id) and len({item.code for item in beside}) >= 2:
            return beside
    return []


def _identity_facts(situation: Situation) -> dict[str, Fact]:
    def which(*states: IdentityState) -> tuple[str, ...]:
        return tuple(f"story {s.id}: {s.identity.value}" for s in situation.stories if s.identity in states)

    loose = not situation.stories and any(item.tier is Tier.DECISIVE for item in situation.findings)
    unknown = which(IdentityState.UNKNOWN) or (("a finding without a story",) if loose else ())
    not_good = which(IdentityState.UNKNOWN, IdentityState.CONFLICT, IdentityState.WEAK)
    return {
        "identity_good": Fact(bool(situation.stories) and not not_good, not_good),
        "identity_unknown": Fact(bool(unknown), unknown),
        "identity_conflict": Fact(bool(which(IdentityState.CONFLICT)), which(IdentityState.CONFLICT)),
        "exercise_ticket": Fact(
            bool(situation.stories) and all(story.exercise for story in situation.stories),
            tuple(sorted({story.exercise for story in situation.stories if story.exercise})),
        ),
    }


def _answer_facts(situation: Situation) -> dict[str, Fact]:
    yes = {code: situation.state(code) is State.YES for code in E_CODES}
    states = tuple(f"{code} {situation.state(code).value}" for code in E_CODES)
    q1, e1 = situation.answer("Q1"), situation.answer("E1")
    anchors = q1.anchors if q1 is not None else ()
    table = {
        f"{code.lower()}_yes": Fact(value, _of(situation, code), _ids(situation, code))
        for code, value in yes.items()
    }
    any_ids = tuple(dict.fromkeys(i for code in E_CODES if yes[code] for i in _ids(situation, code)))
    # Only a covered answer opens the gate: an answer that was not given, or N/A while something was seen, is not NO.
    covered = all(
        story.source_covered and all(g in "AB" for _, g in story.grades) for story in situation.stories
    )
    return table | {
        "any_e_yes": Fact(any(yes.values()), states, any_ids),
        "all_e_no": Fact(all(situation.state(code) is State.NO for code in E_CODES), states),
        "no_e_open": Fact(
            all(situation.state(code) in (State.NO, State.NOT_APPLICABLE) for code in E_CODES), states
        ),
        "q1_yes": Fact(situation.state("Q1") is State.YES, _of(situation, "Q1")),
        "q1_two_anchors": Fact(len(set(anchors)) >= 2, anchors),
        "q1_unknown": Fact(situation.state("Q1") is State.UNKNOWN, _of(situation, "Q1")),
        "q2_yes": Fact(situation.state("Q2") is State.YES, _of(situation, "Q2")),
        "q3_no": Fact(situation.state("Q3") is State.NO, _of(situation, "Q3")),
        "q3_covered": Fact(bool(situation.stories) and covered),
        "q3_unknown": Fact(situation.state("Q3") is State.UNKNOWN, _of(situation, "Q3")),
        "q4_in_pattern_or_na": Fact(
            situation.state("Q4") in (State.NO, State.NOT_APPLICABLE), _of(situation, "Q4")
        ),
        "privileged_misuse": Fact(e1 is not None and e1.misuse, _of(situation, "E1")),
    }


def _of(situation: Situation, code: str) -> tuple[str, ...]:
    return (f"{code} {situation.state(code).value}",)


def _ids(situation: Situation, code: str) -> tuple[str, ...]:
    answer = situation.answer(code)
    return answer.finding_ids if answer is not None else ()


def _host_facts(situation: Situation) -> dict[str, Fact]:
    stories = situation.stories
    poor = sorted({f"{host}: grade {g}" for s in stories for host, g in s.grades if g not in ("A", "B")})
    unseen = tuple(f"{', '.join(s.unexamined)} not in the case" for s in stories if not s.seen_where_it_ran)
    reached = sorted({host for story in stories for host in story.targets})
    return {
        "coverage_c_or_d": Fact(bool(poor) or any(not s.grades for s in stories), tuple(poor)),
        "only_unexamined": Fact(bool(unseen), unseen),
        "server_or_tier0": Fact(
            not stories or any(_stakes(story) for story in stories),
            tuple(f"story {s.id}" for s in stories if _stakes(s)),
        ),
        "three_hosts": Fact(len(reached) >= 3, tuple(reached)),
        "critical_asset": Fact(any(story.critical for story in stories)),
        "tier0_account": Fact(any(story.tier0_account for story in stories)),
    }


def _stakes(story: StorySituation) -> bool:
    return story.server_or_unknown or story.tier0_account
