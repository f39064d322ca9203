from __future__ import annotations

import pytest
from tests.answers.cases import TARGET, coverage, finding, identity, inquire, recording, site, story

from magistrate.activity.model import Candidate, Join, OriginClass
from magistrate.answers.answer import State
from magistrate.answers.approaches.unusual_remote import answer_unusual
from magistrate.context.model import Asset

SERVER = site(assets=(Asset(TARGET, role="server"),))


@pytest.mark.parametrize("code", ["S1", "S3", "S4", "S5", "S8", "S12", "D1", "D9"])
def test_trait_in_a_remote_execution_is_yes(code):
    draft = answer_unusual(inquire(findings=[finding(code)]))

    assert (draft.state, draft.finding_ids) == (State.YES, (f"F-{code}",))


def test_excused_trait_does_not_count():
    assert answer_unusual(inquire(findings=[finding("S4", excused_by="KG-1")])).state is State.NO


def test_new_pair_outside_hours_on_a_server_is_yes():
    assert answer_unusual(inquire(findings=[finding("W1"), finding("W2")], context=SERVER)).state is State.YES


def test_new_pair_outside_hours_on_a_workstation_is_not_enough():
    context = site(assets=(Asset(TARGET, role="workstation"),))

    assert answer_unusual(inquire(findings=[finding("W1"), finding("W2")], context=context)).state is State.NO


def test_nothing_unusual_with_coverage_is_no_and_cites_it():
    draft = answer_unusual(inquire())

    assert (draft.state, bool(draft.evidence)) == (State.NO, True)


def test_missing_command_line_is_unknown_and_asks_for_it():
    draft = answer_unusual(inquire([story(command=None)]))

    assert (draft.state, draft.missing[0].id) == (State.UNKNOWN, "command_line")


def test_thin_coverage_is_unknown():
    draft = answer_unusual(inquire(cover=coverage({TARGET: "C"}), rows=recording((TARGET,))))

    assert draft.state is State.UNKNOWN


def test_trait_of_an_unsettled_local_or_remote_session_conflicts():
    candidates = (Candidate("CORP\\a", "10.0.5.23", None, 1, "l1"), Candidate("CORP\\b", None, None, 2, "l2"))
    who = identity(OriginClass.UNKNOWN, account=None, join=Join.AMBIGUOUS, candidates=candidates)

    assert answer_unusual(inquire([story(who=who)], [finding("S4")])).state is State.CONFLICT


def test_trait_of_a_local_session_is_not_a_remote_execution():
    draft = answer_unusual(inquire([story(who=identity(OriginClass.LOCAL))], [finding("S4")]))

    assert draft.state is State.NO
