from __future__ import annotations

import dataclasses

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
from magistrate.answers.approaches.concurrent_signals import answer_signals, near_signals, signal_facts
from magistrate.detections.signal import Level, SignalSource


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


def sigma(level, rule="one", **values):
    return signal(level, rule, source=SignalSource.SIGMA, **values)


def test_the_strongest_of_several_rules_on_one_record_is_the_signal():
    shared = (evidence("shared", event_id=4720),)
    signals = [
        signal(Level.MEDIUM, "one", evidence=shared), signal(Level.HIGH, "two", evidence=shared),
    ]  # fmt: skip

    assert "two" in answer_signals(inquire(signals=signals)).values["list"]


def test_a_signal_with_records_beside_those_of_the_story_is_cited_by_them():
    mixed = signal(evidence=(evidence("act1"), evidence("other")), records=frozenset({"act1", "other"}))

    assert [item.evidence_id for item in answer_signals(inquire(signals=[mixed])).evidence] == ["other"]


def test_another_rule_on_the_technique_under_examination_is_no_company():
    subject = dataclasses.replace(signal(evidence=(evidence("other"),)), technique="T1047")

    assert answer_signals(inquire(signals=[subject])).state is State.NO


def test_three_tactics_on_one_key_are_a_chain():
    low = [signal(Level.MEDIUM, name, tactic=name) for name in ("credential access", "persistence", "impact")]
    facts = signal_facts_of(low)

    assert facts.chain_tactics == 3


def test_tactics_on_different_keys_are_no_chain():
    apart = [
        signal(Level.MEDIUM, "one", tactic="persistence", account="CORP\\x"),
        signal(Level.MEDIUM, "two", tactic="impact", host="other.corp.example"),
    ]
    facts = signal_facts_of(apart)

    assert (facts.tactics, facts.chain_tactics) == (2, 1)


def signal_facts_of(signals):
    case = inquire(signals=signals)
    subject = case.stories[0]
    return signal_facts(case, subject, near_signals(case, subject), case.ends(subject))


def test_low_sigma_hits_do_not_keep_a_case_open():
    assert answer_signals(inquire(signals=[sigma(Level.LOW)])).state is State.NO


def test_medium_sigma_hits_that_share_only_the_host_do_not_count():
    noisy = [sigma(Level.MEDIUM, name, tactic=name, account="CORP\\x") for name in ("persistence", "impact")]
    draft = answer_signals(inquire(signals=noisy))

    assert (draft.state, "listed, not counted" in " ".join(draft.limits)) == (State.NO, True)


def test_two_medium_sigma_hits_of_the_account_count():
    acting = [sigma(Level.MEDIUM, name, tactic=name) for name in ("persistence", "impact")]

    assert answer_signals(inquire(signals=acting)).state is State.YES


def test_a_high_sigma_hit_is_yes():
    assert answer_signals(inquire(signals=[sigma(Level.HIGH)])).state is State.YES


def test_signals_of_the_week_before_are_context_and_not_counted():
    draft = answer_signals(inquire(signals=[signal(seconds=-200_000)]))

    assert (draft.state, "in the week before" in " ".join(draft.limits)) == (State.NO, True)
