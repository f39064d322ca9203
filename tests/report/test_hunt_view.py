from __future__ import annotations

from datetime import UTC, datetime, timedelta

from magistrate.detections.signal import Level, Signal, SignalSource
from magistrate.events.evidence import Evidence
from magistrate.report.hunt_view import build_hunt
from magistrate.sigma.model import (
    CorrelationHit,
    CorrelationKind,
    CorrelationMatch,
    Hit,
    LogSource,
    Matches,
    NotEvaluated,
    NotEvaluatedReason,
    RefusedRule,
    RuleHead,
    RuleMatch,
)
from magistrate.sigma.model import Level as SigmaLevel

HOST = "srv01.corp.example"
START = datetime(2026, 3, 4, 9, tzinfo=UTC)
PROCESSES = LogSource("windows", "process_creation")


def evidence(name, minutes=0):
    return Evidence(name, HOST, START + timedelta(minutes=minutes), "Security", 4688, 7, "a.evtx", ())


def signal(rule="pack_rule", level=Level.LOW, *names, source=SignalSource.PACK):
    shown = tuple(evidence(name) for name in names[:5])
    return Signal(
        f"g-{rule}", rule, f"Title of {rule}", "", level, "T1490", "impact", HOST, START, START, "CORP\\user05", None,
        0x5000, None, len(names), shown, source, frozenset(names),
    )  # fmt: skip


def sigma(level=SigmaLevel.HIGH, **more):
    rule = RuleHead("sigma-rule", "A rule", "rules/a.yml", level=level, tags=("attack.t1047",))
    match = RuleMatch(rule, PROCESSES, 3, (Hit(evidence("a"), "process_creation", None, None, None),))
    return Matches((match,), more.pop("correlations", ()), **{"not_evaluated": (), "refused": (), "digest": "d", "evaluated": 4, **more})  # fmt: skip


def hunt(signals=(), matches=None, **more):
    def find(names):
        return {name: Hit(evidence(name), "process_creation", None, None, None) for name in names}

    return build_hunt(signals, matches, find, records=10, evaluated=2, **more)


def test_the_worst_rule_comes_first():
    view = hunt([signal("low", Level.LOW, "x"), signal("bad", Level.CRITICAL, "y")], sigma())

    assert [row.rule for row in view.rules] == ["bad", "sigma-rule", "low"]


def test_every_record_of_a_signal_is_listed_though_it_cites_five():
    names = [f"e{number}" for number in range(9)]
    (row,) = hunt([signal("many", Level.HIGH, *names)]).rules

    assert [hit.evidence_id for hit in row.hits] == sorted(names)


def test_an_alert_is_listed_by_its_own_record_and_not_by_the_one_it_cites():
    alert = signal("alert", Level.HIGH, "own", source=SignalSource.ALERT)
    (row,) = hunt([alert]).rules

    assert [hit.evidence_id for hit in row.hits] == ["own"]


def test_rules_below_the_level_are_left_out():
    view = hunt([signal("low", Level.LOW, "x")], sigma(SigmaLevel.UNSTATED), min_level="medium")

    assert [row.rule for row in view.rules] == ["sigma-rule"]


def test_the_count_of_a_rule_may_be_larger_than_its_list():
    (row,) = hunt(matches=sigma()).rules

    assert (row.count, len(row.hits)) == (3, 1)


def test_a_correlation_names_the_records_it_used():
    came_true = CorrelationHit((), START, START, 2, ("a", "b"), HOST, None, 0x5000)
    many = CorrelationMatch(RuleHead("many", "Many", "b.yml"), CorrelationKind.TEMPORAL, (came_true,))
    row = next(item for item in hunt(matches=sigma(correlations=(many,))).rules if item.rule == "many")

    assert (row.hits[0].evidence_id, row.hits[0].more, row.hits[0].logon_id) == ("a", ("b",), "0x5000")


def test_rules_that_say_nothing_are_counted_by_reason():
    quiet = NotEvaluated(RuleHead("q", "Quiet", "q.yml"), PROCESSES, NotEvaluatedReason.NO_EVENTS)
    broken = RefusedRule("r.yml", "", "", "No detection.", 4)
    view = hunt(matches=sigma(not_evaluated=(quiet,), refused=(broken,)))

    assert view.silent_counts() == {
        "not evaluated: no events of this log source": 1,
        "refused: No detection.": 1,
    }
    assert [row.where for row in view.silent] == ["windows/process_creation", "r.yml:4"]


def test_without_sigma_rules_nothing_is_silent():
    view = hunt([signal("low", Level.LOW, "x")])

    assert (view.silent, view.digest, view.evaluated) == ((), None, 2)
