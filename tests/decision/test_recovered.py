"""T-EVTX-5: what lies in slack adds to a case and carries no outcome alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from tests.decision.situations import PLAYBOOK, any_situation, closable, finding, outcome

from magistrate.decision.model import Disposition
from magistrate.decision.recovered import carried_by_recovered, lowers

INCIDENT, REVIEW = Disposition.ESCALATE_INCIDENT, Disposition.ESCALATE_REVIEW
HOLD, UNSEEN = Disposition.HOLD_DATA, Disposition.NOT_OBSERVED
BENIGN, TEST = Disposition.CLOSE_BENIGN, Disposition.CLOSE_TEST


@pytest.mark.parametrize("live", [UNSEEN, HOLD, BENIGN, TEST])
@pytest.mark.parametrize("both", [INCIDENT, REVIEW])
def test_t_evtx_5_an_escalation_needs_one_without_recovered_records(both, live):
    assert carried_by_recovered(both, live)


@pytest.mark.parametrize("live", [UNSEEN, HOLD, REVIEW, TEST])
def test_t_evtx_5_a_close_needs_the_same_close_without_recovered_records(live):
    assert carried_by_recovered(BENIGN, live)


@pytest.mark.parametrize("live", [HOLD, BENIGN])
def test_t_evtx_5_recovered_records_make_nothing_unobserved(live):
    assert carried_by_recovered(UNSEEN, live)


@pytest.mark.parametrize("outcome_", [INCIDENT, REVIEW, HOLD, BENIGN, UNSEEN])
def test_what_live_records_carry_stays(outcome_):
    assert carried_by_recovered(outcome_, outcome_) == ()


def test_recovered_records_may_raise_an_escalation_that_live_ones_carry():
    assert carried_by_recovered(INCIDENT, REVIEW) == ()


def test_recovered_records_may_raise_a_doubt():
    assert carried_by_recovered(HOLD, BENIGN) == ()


@pytest.mark.parametrize("both", [HOLD, BENIGN, UNSEEN, REVIEW])
def test_recovered_records_take_no_incident_back(both):
    assert lowers(both, INCIDENT)


def test_an_equal_outcome_is_not_lowered():
    assert not lowers(REVIEW, REVIEW)


@given(any_situation())
def test_t_evtx_5_whatever_else_holds_a_case_that_rests_on_recovered_records_is_held(situation):
    assert outcome(replace(situation, recovered_alone=("why",))).disposition is HOLD


@pytest.mark.parametrize("situation", [closable(), replace(closable(), findings=(finding("D1"),))])
def test_the_rule_that_holds_it_is_named(situation):
    verdict = outcome(replace(situation, recovered_alone=("why",)))

    assert (verdict.rule, verdict.after_deadline) == ("N1", REVIEW)
    assert PLAYBOOK.rules[0].id == "N1"
