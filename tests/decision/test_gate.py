from __future__ import annotations

from dataclasses import replace

import pytest
from tests.decision.situations import answers, closable, finding, story

from magistrate.answers.answer import State
from magistrate.decision.gate import check_consistency
from magistrate.decision.model import Decision, Disposition


def decision(disposition):
    return Decision(disposition, None, "", "High", "R8", (), (), (), (), ())


def test_sound_close_passes():
    assert check_consistency(decision(Disposition.CLOSE_BENIGN), closable()) is None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"answers": answers(E3=State.YES)}, "E3 is YES"),
        ({"answers": answers(Q3=State.UNKNOWN)}, "Q3 is UNKNOWN"),
        ({"findings": (finding("D3"),)}, "F-D3 stands"),
        ({"findings": (finding("S1"),)}, "F-S1 stands"),
        ({"tamper": ("log cleared",)}, "records are missing"),
        ({"stories": (story(grades=(("srv01", "C"),)),)}, "coverage C"),
    ],
)
def test_close_against_the_answers_is_a_defect(change, word):
    with pytest.raises(RuntimeError, match=word):
        check_consistency(decision(Disposition.CLOSE_BENIGN), replace(closable(), **change))


def test_close_as_test_without_a_ticket_is_a_defect():
    with pytest.raises(RuntimeError, match="no exercise ticket"):
        check_consistency(decision(Disposition.CLOSE_TEST), closable())


def test_not_observed_with_a_story_is_a_defect():
    with pytest.raises(RuntimeError, match="stories were found"):
        check_consistency(decision(Disposition.NOT_OBSERVED), closable())


def test_escalation_needs_no_gate():
    assert check_consistency(decision(Disposition.ESCALATE_REVIEW), closable()) is None
