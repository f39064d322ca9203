"""An alert file may hold a case or close it as false; it never turns an escalation into a close."""

from __future__ import annotations

import os
from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import HealthCheck, assume, given, settings
from tests.decision.situations import any_situation, finding, outcome

from magistrate.decision.alert import contradictions, unseen_asks, unseen_record
from magistrate.decision.rules import is_close, is_escalation

MANY = settings(
    max_examples=int(os.environ.get("MAGISTRATE_CASES", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
SAID = st.sampled_from([(), ("record 1: ParentImage is explorer.exe",)])
GONE = st.sampled_from([(), ("record 7 of Security on srv01",)])


def _bare(situation):
    return replace(situation, raw_contradicts=(), alert_unseen=())


@MANY
@given(any_situation(), SAID, GONE)
def test_adding_an_alert_never_turns_an_escalation_into_a_close(situation, said, gone) -> None:
    assume(is_escalation(outcome(_bare(situation)).disposition))
    with_alert = replace(situation, raw_contradicts=said, alert_unseen=gone)

    assert not is_close(outcome(with_alert).disposition)


@MANY
@given(any_situation(), SAID)
def test_alert_whose_record_is_not_in_the_case_never_closes(situation, said) -> None:
    with_alert = replace(situation, raw_contradicts=said, alert_unseen=("record 7 of Security on srv01",))

    assert not is_close(outcome(with_alert).disposition)


@MANY
@given(any_situation(), st.sampled_from(["D1", "D9", "S1", "S4"]))
def test_false_alert_is_never_closed_over_a_decisive_or_strong_finding(situation, code) -> None:
    more = replace(
        situation,
        raw_contradicts=("record 1: ParentImage is explorer.exe",),
        findings=(*situation.findings, finding(code, name="F-new")),
    )

    assert outcome(more).disposition.value != "CLOSE-FALSE"


def test_case_without_an_alert_file_has_neither_fact() -> None:
    assert contradictions(None, (), (), None) == ()  # type: ignore[arg-type]  # coverage is not looked at
    assert (unseen_record(None), unseen_asks(None)) == ((), ())
