"""Properties of the whole rule table (triage practice 2.5), over everything the rules can see."""

from __future__ import annotations

import os
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, given, settings
from tests.decision.situations import (
    PLAYBOOK,
    any_situation,
    closable,
    finding,
    nearly_closable,
    outcome,
    rank,
)

from magistrate.answers.answer import State
from magistrate.decision.facts import E_CODES, establish_facts
from magistrate.decision.rules import is_close, rule_facts
from magistrate.decision.situation import IdentityState
from magistrate.detections.finding import Tier

# MAGISTRATE_CASES makes the run as long as wanted.
# Closes are rare among free combinations on purpose: most draws of the tests about closes are set aside.
MANY = settings(
    max_examples=int(os.environ.get("MAGISTRATE_CASES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
ADDED = st.sampled_from(["D1", "D2", "D3", "D5", "D9", "S1", "S4", "S13"])


@MANY
@given(any_situation())
def test_every_situation_is_decided(situation):
    assert outcome(situation).rule in {rule.id for rule in PLAYBOOK.rules}


@MANY
@given(any_situation(), ADDED, st.sampled_from(["s-0", "s-1", None]), st.booleans())
def test_adding_a_decisive_or_strong_finding_never_lowers_the_disposition(
    situation, code, story_id, two_sources
):
    more = finding(
        code, story_id, name="F-new", sources=("Security", "Sysmon") if two_sources else ("Security",)
    )
    worse = replace(situation, findings=(*situation.findings, more))

    assert rank(outcome(worse).disposition) >= rank(outcome(situation).disposition)


def _without(situation, what, which):
    """Remove a log source: what rested on it is no longer known."""
    if what == "answer":
        return replace(
            situation,
            answers=tuple(
                replace(a, state=State.UNKNOWN, anchors=()) if a.id == which else a for a in situation.answers
            ),
        )
    if what == "identity":
        return replace(
            situation, stories=tuple(replace(s, identity=IdentityState.UNKNOWN) for s in situation.stories)
        )
    if what == "grade":
        return replace(
            situation, stories=tuple(replace(s, grades=(("srv01", "D"),)) for s in situation.stories)
        )
    if what == "source":
        return replace(situation, stories=tuple(replace(s, source_covered=False) for s in situation.stories))
    return replace(situation, findings=tuple(f for f in situation.findings if f.tier is not Tier.MITIGATING))


@MANY
@given(
    any_situation(), st.sampled_from(["answer", "identity", "grade", "source", "mitigating"]),
    st.sampled_from(["Q1", "Q2", "Q3", "Q4", *E_CODES]),
)  # fmt: skip
def test_removing_a_log_source_never_closes(situation, what, which):
    assume(not is_close(outcome(situation).disposition))
    less = outcome(_without(situation, what, which)).disposition

    assert not is_close(less)


@MANY
@given(any_situation(), st.randoms(use_true_random=False))
def test_order_does_not_matter(situation, random):
    shuffled = replace(
        situation,
        stories=tuple(random.sample(situation.stories, len(situation.stories))),
        findings=tuple(random.sample(situation.findings, len(situation.findings))),
        answers=tuple(random.sample(situation.answers, len(situation.answers))),
    )

    assert outcome(shuffled) == outcome(situation)


@MANY
@given(any_situation(), st.sampled_from(["D1", "D2", "D5", "D7", "D8"]))
def test_no_mitigating_finding_touches_a_decisive_one_that_is_not_waivable(situation, code):
    assume(not any(story.exercise for story in situation.stories))
    case = replace(
        situation, findings=(*situation.findings, finding(code, name="F-new"), finding("M1"), finding("M5"))
    )

    assert outcome(case).disposition.value == "ESCALATE-INCIDENT"


@MANY
@given(nearly_closable())
def test_close_needs_coverage_a_or_b(situation):
    assume(outcome(situation).disposition.value in ("CLOSE-BENIGN", "CLOSE-TEST"))

    assert all(grade in "AB" for story in situation.stories for _, grade in story.grades)


@MANY
@given(nearly_closable())
def test_close_needs_whole_logs(situation):
    assume(is_close(outcome(situation).disposition))

    assert not situation.tamper


@MANY
@given(nearly_closable())
def test_benign_close_comes_from_the_gate_only(situation):
    assume(outcome(situation).disposition.value == "CLOSE-BENIGN")

    assert outcome(situation).rule == "R8"


@MANY
@given(nearly_closable())
def test_benign_close_has_no_yes_among_the_escalation_decisions(situation):
    assume(outcome(situation).disposition.value == "CLOSE-BENIGN")

    assert all(situation.state(code) is State.NO for code in E_CODES)


@MANY
@given(nearly_closable())
def test_test_close_needs_a_ticket_for_every_story(situation):
    assume(outcome(situation).disposition.value == "CLOSE-TEST")

    assert all(story.exercise for story in situation.stories)


def test_every_fact_that_the_playbook_documents_is_established():
    assert set(PLAYBOOK.facts) <= set(establish_facts(closable()))


def test_every_fact_of_the_rules_is_documented():
    assert {name for rule in PLAYBOOK.rules for name in rule_facts(rule)} <= set(PLAYBOOK.facts)
