"""Facts that answer each question with each state, as a real approach would have found them."""

from __future__ import annotations

from magistrate.answers.answer import Basis, State
from magistrate.answers.approaches.concurrent_signals import SignalFacts
from magistrate.answers.approaches.correlated import CorrelationFacts
from magistrate.answers.approaches.history import HistoryFacts
from magistrate.answers.approaches.lateral_movement import MovementFacts
from magistrate.answers.approaches.legitimate_need import NeedFacts
from magistrate.answers.approaches.network_pattern import PatternFacts
from magistrate.answers.approaches.unauthorised import AuthorityFacts
from magistrate.answers.approaches.unusual_remote import UnusualFacts

Y, N, U, C = State.YES, State.NO, State.UNKNOWN, State.CONFLICT
FACTS = {
    "Q1": {
        Y: NeedFacts(anchors_met=("M1", "M5"), anchors_agree=True),
        N: NeedFacts(outside_purpose=True),
        U: NeedFacts(),
        C: NeedFacts(anchors_met=("M1", "M4")),
    },
    "Q2": {
        Y: HistoryFacts(days=5, span_days=40, account_events=50, capability_proved=True),
        N: HistoryFacts(span_days=40, account_events=50, capability_proved=True),
        U: HistoryFacts(span_days=2, account_events=50, capability_proved=True),
        C: HistoryFacts(candidates_disagree=True),
    },
    "Q3": {
        Y: SignalFacts(high_signals=1, tactics=1, both_ends_covered=True),
        N: SignalFacts(both_ends_covered=True),
        U: SignalFacts(),
        C: SignalFacts(high_signals=1, signals_on_candidate_only=True),
    },
    "Q4": {
        Y: PatternFacts(remote=True, flow_data="present", new_targets=3),
        N: PatternFacts(remote=True, flow_data="present", pair_known=True),
        U: PatternFacts(remote=True),
        C: PatternFacts(remote=True, source_ambiguous=True),
    },
    "E1": {
        Y: AuthorityFacts(admin=True, register_given=True, created_process=True),
        N: AuthorityFacts(admin=True, registered=True, register_given=True, created_process=True),
        U: AuthorityFacts(admin=True, created_process=True),
        C: AuthorityFacts(admin=False, registered=True, register_given=True, created_process=True),
    },
    "E2": {
        Y: CorrelationFacts(q3="YES", near=True),
        N: CorrelationFacts(q3="NO", both_ends_covered=True),
        U: CorrelationFacts(q3="UNKNOWN"),
        C: CorrelationFacts(q3="CONFLICT"),
    },
    "E3": {
        Y: MovementFacts(remote=True, created=True),
        N: MovementFacts(remote=True, created=True, pair_known=True, source_managed=True, both_ends_covered=True),
        U: MovementFacts(remote=True, created=True, pair_known=True, source_managed=True),
        C: MovementFacts(origin_conflict=True),
    },
    "E4": {
        Y: UnusualFacts(remote=True, traits=("S4",), command_line_recorded=True),
        N: UnusualFacts(remote=True, command_line_recorded=True),
        U: UnusualFacts(remote=True, command_line_recorded=True, covered=False),
        C: UnusualFacts(origin_conflict=True, traits=("S4",)),
    },
}  # fmt: skip


def basis_of(code, state, story_id="s-1"):
    """The facts behind one answer; none for an answer that was not asked."""
    facts = FACTS[code].get(state)
    return (Basis(story_id, facts),) if facts is not None else ()
