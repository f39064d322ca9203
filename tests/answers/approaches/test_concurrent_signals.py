from __future__ import annotations

from tests.answers.cases import (
    SOURCE,
    TARGET,
    coverage,
    evidence,
    finding,
    identity,
    inquire,
    recording,
    signal,
    story,
)

from magistrate.activity.model import Candidate, Join
from magistrate.answers.answer import State
from magistrate.answers.approaches.concurrent_signals import answer_signals
from magistrate.detections.signals import Level


def test_high_signal_on_the_target_is_yes():
    assert answer_signals(inquire(signals=[signal()])).state is State.YES


def test_yes_cites_the_signal():
    draft = answer_signals(inquire(signals=[signal()]))

    assert [item.evidence_id for item in draft.evidence] == ["signal-account_created"]


def test_alert_of_another_technique_is_yes():
    assert answer_signals(inquire(findings=[finding("S10")])).state is State.YES


def test_two_medium_signals_of_different_tactics_are_yes():
    signals = [
        signal(Level.MEDIUM, "one", tactic="persistence"),
        signal(Level.MEDIUM, "two", tactic="discovery"),
    ]

    assert answer_signals(inquire(signals=signals)).state is State.YES


def test_two_medium_signals_of_one_tactic_are_not_yes():
    signals = [signal(Level.MEDIUM, "one"), signal(Level.MEDIUM, "two")]

    assert answer_signals(inquire(signals=signals)).state is State.UNKNOWN


def test_silence_with_both_ends_covered_is_no():
    assert answer_signals(inquire()).state is State.NO


def test_no_cites_records_of_both_ends():
    assert {item.host for item in answer_signals(inquire()).evidence} == {TARGET, SOURCE}


def test_source_host_outside_the_data_is_unknown_and_named():
    draft = answer_signals(inquire(cover=coverage({TARGET: "A"}), rows=recording((TARGET,))))

    assert (draft.state, "source host" in draft.values["not_looked"]) == (State.UNKNOWN, True)


def test_thin_target_is_unknown():
    assert answer_signals(inquire(cover=coverage({TARGET: "C", SOURCE: "A"}))).state is State.UNKNOWN


def test_two_days_away_is_not_concurrent():
    assert answer_signals(inquire(signals=[signal(seconds=-200_000)])).state is State.NO


def test_signal_on_an_unrelated_host_is_not_concurrent():
    assert (
        answer_signals(inquire(signals=[signal(host="other.corp.example", account="CORP\\x")])).state
        is State.NO
    )


def test_rule_on_the_same_record_is_not_a_second_signal():
    same = signal(evidence=(evidence("act1"),))

    assert answer_signals(inquire(signals=[same])).state is State.NO


def test_one_record_with_two_rules_is_one_signal():
    shared = (evidence("shared", event_id=4720),)
    signals = [
        signal(Level.MEDIUM, "one", evidence=shared), signal(Level.MEDIUM, "two", tactic="discovery", evidence=shared),
    ]  # fmt: skip

    assert answer_signals(inquire(signals=signals)).values["count"] == "1 other signal"


def test_signals_of_a_candidate_only_conflict():
    candidates = (
        Candidate("CORP\\user05", "10.0.5.23", None, 1, "l1"),
        Candidate("CORP\\x", "10.0.5.24", None, 2, "l2"),
    )
    who = identity(join=Join.AMBIGUOUS, candidates=candidates)
    elsewhere = signal(host="other.corp.example")

    assert answer_signals(inquire([story(who=who)], signals=[elsewhere])).state is State.CONFLICT


def test_must_check_list_says_what_was_not_covered():
    limits = " ".join(answer_signals(inquire()).limits)

    assert "Defender" in limits
