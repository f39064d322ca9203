"""Decides an answer again from its facts: what the state would be if one of them were otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.answers.approaches.concurrent_signals import ORDER as SIGNAL_ORDER
from magistrate.answers.approaches.concurrent_signals import SignalFacts, decide_signals
from magistrate.answers.approaches.correlated import ORDER as CORRELATION_ORDER
from magistrate.answers.approaches.correlated import CorrelationFacts, decide_correlation
from magistrate.answers.approaches.history import ORDER as HISTORY_ORDER
from magistrate.answers.approaches.history import HistoryFacts, Limits, decide_history
from magistrate.answers.approaches.lateral_movement import ORDER as MOVEMENT_ORDER
from magistrate.answers.approaches.lateral_movement import MovementFacts, decide_movement
from magistrate.answers.approaches.legitimate_need import ORDER as NEED_ORDER
from magistrate.answers.approaches.legitimate_need import NeedFacts, anchors, decide_need
from magistrate.answers.approaches.network_pattern import ORDER as PATTERN_ORDER
from magistrate.answers.approaches.network_pattern import PatternFacts, decide_pattern
from magistrate.answers.approaches.unauthorised import MISUSE, AuthorityFacts, decide_authority
from magistrate.answers.approaches.unauthorised import ORDER as AUTHORITY_ORDER
from magistrate.answers.approaches.unusual_remote import ORDER as UNUSUAL_ORDER
from magistrate.answers.approaches.unusual_remote import UnusualFacts, decide_unusual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.answers.answer import Basis
    from magistrate.playbooks.model import Playbook

ORDERS = {
    "Q1": NEED_ORDER,
    "Q2": HISTORY_ORDER,
    "Q3": SIGNAL_ORDER,
    "Q4": PATTERN_ORDER,
    "E1": AUTHORITY_ORDER,
    "E2": CORRELATION_ORDER,
    "E3": MOVEMENT_ORDER,
    "E4": UNUSUAL_ORDER,
}
"""Which state of any story speaks for the case, by question."""


@dataclass(frozen=True, slots=True)
class Redecided:
    """State of an answer decided anew. `anchors` are those of Q1, and the misuse of E1, common to the stories."""

    state: State
    anchors: tuple[str, ...] = ()


def redecide(playbook: Playbook, code: str, bases: Sequence[Basis]) -> Redecided:
    """Decide a question from facts, with the numbers of the playbook.

    Raises:
        ValueError: there is no basis.
        TypeError: the facts are of no approach that is known.
    """
    states = [_state(playbook, basis.facts) for basis in bases]
    order = ORDERS[code]
    chosen = min(states, key=lambda state: order.index(state) if state in order else len(order))
    met = [_anchors(basis.facts) for basis, state in zip(bases, states, strict=True) if state is chosen]
    return Redecided(chosen, tuple(name for name in met[0] if all(name in other for other in met)))


def _state(playbook: Playbook, facts: object) -> State:
    if isinstance(facts, NeedFacts):
        return decide_need(facts, int(_number(playbook, "Q1", "anchors_needed")))[0]
    if isinstance(facts, HistoryFacts):
        names = ("days_needed", "span_days", "high_span_days", "events_needed")
        return decide_history(facts, Limits(*(_number(playbook, "Q2", name) for name in names)))[0]
    if isinstance(facts, SignalFacts):
        return decide_signals(facts, int(_number(playbook, "Q3", "medium_signals_needed")))[0]
    if isinstance(facts, PatternFacts):
        return decide_pattern(facts, int(_number(playbook, "Q4", "new_targets")))[0]
    if isinstance(facts, AuthorityFacts):
        return decide_authority(facts)[0]
    if isinstance(facts, CorrelationFacts):
        return decide_correlation(facts)[0]
    if isinstance(facts, MovementFacts):
        return decide_movement(facts)[0]
    if isinstance(facts, UnusualFacts):
        return decide_unusual(facts)[0]
    raise TypeError(f"no question is decided from {type(facts).__name__}")


def _anchors(facts: object) -> tuple[str, ...]:
    if isinstance(facts, NeedFacts):
        return anchors(facts)
    if isinstance(facts, AuthorityFacts):
        state, _, words = decide_authority(facts)
        return (MISUSE,) if state is State.YES and words == MISUSE else ()
    return ()


def _number(playbook: Playbook, question: str, name: str) -> float:
    value = playbook.question(question).parameters[name].value
    if isinstance(value, str | tuple):
        raise TypeError(f"parameter {name} of {question} is not a number")
    return float(value)
