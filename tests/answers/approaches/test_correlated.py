from __future__ import annotations

import pytest
from tests.answers.cases import TARGET, coverage, finding, identity, inquire, recording, signal, story

from magistrate.activity.model import Candidate, Join
from magistrate.answers.answer import State
from magistrate.answers.approaches.correlated import answer_correlation


@pytest.mark.parametrize("code", ["D2", "D5", "D7"])
def test_malicious_finding_is_yes(code):
    draft = answer_correlation(inquire(findings=[finding(code)]))

    assert (draft.state, draft.finding_ids) == (State.YES, (f"F-{code}",))


def test_excused_scoped_deletion_does_not_count():
    excused = finding("D2", scoped=True, excused_by="KG-1")

    assert answer_correlation(inquire(findings=[excused])).state is State.NO


def test_unscoped_deletion_counts_though_an_entry_names_it():
    excused = finding("D2", excused_by="KG-1")

    assert answer_correlation(inquire(findings=[excused])).state is State.YES


def test_high_signal_within_the_hour_on_the_host_is_yes():
    assert answer_correlation(inquire(signals=[signal(account="CORP\\x")])).state is State.YES


def test_signal_of_the_account_within_a_day_is_yes():
    assert (
        answer_correlation(inquire(signals=[signal(seconds=70_000, host="other.corp.example")])).state
        is State.YES
    )


def test_signal_of_another_account_ten_hours_later_is_no_with_coverage():
    draft = answer_correlation(inquire(signals=[signal(seconds=36_000, account="CORP\\x")]))

    assert (draft.state, bool(draft.evidence)) == (State.NO, True)


def test_nothing_with_both_ends_covered_is_no_and_cites_them():
    draft = answer_correlation(inquire())

    assert (draft.state, bool(draft.evidence)) == (State.NO, True)


def test_unexamined_source_is_unknown():
    draft = answer_correlation(inquire(cover=coverage({TARGET: "A"}), rows=recording((TARGET,))))

    assert draft.state is State.UNKNOWN


def test_signals_of_a_candidate_only_conflict():
    candidates = (
        Candidate("CORP\\user05", "10.0.5.23", None, 1, "l1"),
        Candidate("CORP\\x", "10.0.5.24", None, 2, "l2"),
    )
    who = identity(join=Join.AMBIGUOUS, candidates=candidates)
    elsewhere = signal(host="other.corp.example")

    assert answer_correlation(inquire([story(who=who)], signals=[elsewhere])).state is State.CONFLICT
