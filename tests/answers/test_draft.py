from __future__ import annotations

import pytest
from tests.answers.cases import evidence

from magistrate.activity.model import Confidence
from magistrate.answers.answer import State
from magistrate.answers.draft import Draft, Need, render, strongest
from magistrate.errors import PlaybookError
from magistrate.playbooks.load import load_playbook

E2 = load_playbook("t1047").question("E2")
ORDER = (State.YES, State.CONFLICT, State.UNKNOWN, State.NO)


def draft(state, **values):
    base = {"values": {"facts": "a fact"}, "evidence": (evidence("e1"),)}
    return Draft(state, Confidence.HIGH, **(base | values))


def test_words_come_from_the_playbook():
    assert render(draft(State.YES), E2).text.startswith("YES because a fact. Would flip if")


def test_value_is_never_read_as_a_template():
    assert "{flips}" in render(draft(State.YES, values={"facts": "{flips}"}), E2).text


def test_no_without_a_record_becomes_unknown():
    answer = render(draft(State.NO, evidence=()), E2)

    assert (answer.state, answer.confidence) == (State.UNKNOWN, Confidence.LOW)


def test_missing_source_carries_place_and_command():
    answer = render(draft(State.UNKNOWN, missing=(Need("neighbours", "srv01"),)), E2)

    assert answer.missing[0].what.endswith("(srv01)")


def test_need_that_the_question_does_not_know_is_a_defect_of_the_playbook():
    with pytest.raises(PlaybookError, match="how to fetch 'unheard'"):
        render(draft(State.UNKNOWN, missing=(Need("unheard"),)), E2)


def test_value_that_the_words_need_and_nobody_gives_is_a_defect_of_the_playbook():
    with pytest.raises(PlaybookError, match="'facts' is not given"):
        render(draft(State.YES, values={}), E2)


def test_record_is_cited_once():
    assert len(render(draft(State.YES, evidence=(evidence("e1"), evidence("e1"))), E2).evidence) == 1


def test_strongest_state_of_any_story_speaks():
    assert (
        strongest([draft(State.NO, subject="s-1"), draft(State.YES, subject="s-2")], ORDER).state is State.YES
    )


def test_other_stories_are_counted_and_named():
    chosen = strongest([draft(State.YES, subject="s-1"), draft(State.NO, subject="s-2")], ORDER)

    assert chosen.limits == ("other stories: 1 NO (s-2)",)


def test_anchor_of_one_story_does_not_speak_for_another():
    one = draft(State.YES, subject="s-1", anchors_met=("M1", "M5"))
    other = draft(State.YES, subject="s-2", anchors_met=("M5",))

    assert strongest([one, other], ORDER).anchors_met == ("M5",)


def test_what_any_story_misses_is_missing():
    one, other = draft(State.YES), draft(State.UNKNOWN, missing=(Need("neighbours"),))

    assert strongest([one, other], ORDER).missing == (Need("neighbours"),)
