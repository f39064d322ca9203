from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.answers.cases import T0, story
from tests.detections.pack_events import HOST

from magistrate.detections import sigma_signals as module
from magistrate.detections.sigma_signals import sigma_signals, worth_keeping
from magistrate.detections.signal import Level, SignalSource
from magistrate.events.evidence import Evidence
from magistrate.sigma.model import (
    CorrelationHit,
    CorrelationKind,
    CorrelationMatch,
    Hit,
    LogSource,
    Matches,
    RuleHead,
    RuleMatch,
)
from magistrate.sigma.model import Level as SigmaLevel

START = datetime(2026, 3, 4, 9, tzinfo=UTC)


def hit(name, minutes=0, account="CORP\\user05"):
    evidence = Evidence(name, HOST, START + timedelta(minutes=minutes), "Security", 4688, 1, "a.evtx", ())
    return Hit(evidence, "process_creation", account, 0x5000, None)


def head(level=SigmaLevel.HIGH, tags=("attack.t1047", "attack.t1490", "attack.impact")):
    return RuleHead("rule-1", "A rule", "a.yml", level=level, tags=tags)


def signals_of(*hits, rule=None, suppressed=False, correlations=()):
    match = RuleMatch(
        rule or head(), LogSource("windows", "process_creation"), len(hits), hits, suppressed=suppressed
    )
    return sigma_signals(Matches((match,), correlations, (), (), "0" * 64))


def test_a_hit_carries_rule_level_technique_and_tactic():
    (signal,) = signals_of(hit("a"))

    assert (signal.rule, signal.title, signal.source) == ("rule-1", "A rule", SignalSource.SIGMA)
    assert (signal.level, signal.technique, signal.tactic) == (Level.HIGH, "T1490", "impact")
    assert (signal.host, signal.account, signal.logon_id) == (HOST, "CORP\\user05", 0x5000)


def test_hits_with_the_same_keys_are_one_signal_with_all_their_records():
    names = [f"e{number}" for number in range(7)]
    (signal,) = signals_of(*(hit(name, minutes) for minutes, name in enumerate(names)))

    assert (signal.count, len(signal.evidence), signal.records) == (7, 5, set(names))


def test_an_hour_of_silence_begins_another_signal():
    assert len(signals_of(hit("a"), hit("b", minutes=90))) == 2


def test_another_account_is_another_signal():
    assert len(signals_of(hit("a"), hit("b", account="CORP\\adm01"))) == 2


@pytest.mark.parametrize(
    ("given", "level"), [(SigmaLevel.UNSTATED, Level.MEDIUM), (SigmaLevel.CRITICAL, Level.CRITICAL)]
)
def test_a_level_is_translated(given, level):
    (signal,) = signals_of(hit("a"), rule=head(given))

    assert signal.level is level


def test_an_informational_rule_makes_no_signal():
    assert signals_of(hit("a"), rule=head(SigmaLevel.INFORMATIONAL)) == ()


def test_a_rule_that_only_serves_a_correlation_makes_no_signal():
    assert signals_of(hit("a"), suppressed=True) == ()


def test_a_rule_without_tags_names_no_technique():
    (signal,) = signals_of(hit("a"), rule=head(tags=()))

    assert (signal.technique, signal.tactic) == ("", "")


def test_a_correlation_is_a_signal_on_the_records_it_used():
    came_true = CorrelationHit((("host", HOST),), START, START + timedelta(minutes=5), 2, ("a", "b"), HOST)
    many = CorrelationMatch(
        RuleHead("many", "Many", "b.yml", level=SigmaLevel.HIGH), CorrelationKind.EVENT_COUNT, (came_true,)
    )
    (signal,) = signals_of(hit("a"), hit("b"), suppressed=True, correlations=(many,))

    assert (signal.rule, signal.count, signal.records) == ("many", 2, {"a", "b"})
    assert [item.evidence_id for item in signal.evidence] == ["a", "b"]


def at(days, level=SigmaLevel.HIGH, name="a"):
    evidence = Evidence(name, HOST, T0 + timedelta(days=days), "Security", 4688, 1, "a.evtx", ())
    return signals_of(Hit(evidence, "process_creation", None, None, None), rule=head(level))[0]


@pytest.mark.parametrize(("days", "kept"), [(-7, True), (-30, False), (1, True), (9, False)])
def test_hits_far_from_every_story_are_left_out_of_a_case(days, kept):
    assert bool(worth_keeping([at(days)], [story()])) is kept


def test_all_hits_are_kept_where_no_story_acts():
    assert len(worth_keeping([at(-30), at(9, name="b")], [])) == 2


def test_the_strongest_hits_are_kept_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(module, "MAX_SIGNALS", 1)
    found = worth_keeping([at(0, SigmaLevel.LOW), at(0.1, SigmaLevel.CRITICAL, "b")], [story()])

    assert [signal.level for signal in found] == [Level.CRITICAL]
