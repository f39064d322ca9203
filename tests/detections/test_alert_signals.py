from __future__ import annotations

import pytest
from tests.detections.pack_events import HOST, rows_of

from magistrate.detections.alert_signals import alert_levels, find_alerts, level_of
from magistrate.detections.signal import Level, SignalSource
from magistrate.detections.signals import find_signals
from magistrate.store.duckdb import DuckDBStore

CREATED = {"Channel": "Security", "EventID": 4720, "data": {"TargetUserName": "svc_new", "SubjectUserName": "user05", "SubjectLogonId": "0x5000"}}  # fmt: skip
START = "2026-03-04T09:00:00Z"


def alert(number, title="Account made", severity="high", **values):
    return {
        "evidence_id": f"alert-{number}", "category": "alert", "host": HOST, "Provider": "Hayabusa", "Channel": "Alert",
        "Timestamp": rows_of([CREATED])[0]["Timestamp"], "RuleTitle": title, "RuleId": f"rule-{title}", "Severity": severity,
        "RuleTags": "attack.t1136.001 attack.persistence", "file": "alerts.jsonl", **values,
    }  # fmt: skip


def signals_of(*alerts, events=()):
    with DuckDBStore.in_memory([*rows_of(events), *alerts]) as store:
        return find_alerts(store)


def test_an_alert_is_a_signal_with_the_severity_of_its_product():
    (signal,) = signals_of(alert(1))

    assert (signal.level, signal.technique, signal.tactic) == (Level.HIGH, "T1136.001", "persistence")
    assert (signal.source, signal.host) == (SignalSource.ALERT, HOST)


def test_an_alert_and_the_event_it_points_at_carry_the_same_record():
    pointing = alert(1, CitedChannel="Security", CitedEventID=4720, CitedRecordId=1)
    (signal,) = signals_of(pointing, events=[CREATED])

    assert signal.records == {rows_of([CREATED])[0]["evidence_id"]}


def test_alerts_on_one_event_outside_the_case_carry_the_same_record():
    cited = {"CitedChannel": "Security", "CitedEventID": 4688, "CitedRecordId": 77}
    first, second = signals_of(alert(1, **cited), alert(2, "Another rule", **cited))

    assert first.records == second.records


def test_alerts_of_one_moment_and_account_are_one_event():
    first, second = signals_of(alert(1, User="CORP\\user05"), alert(2, "Another rule", User="CORP\\user05"))

    assert first.records == second.records


def test_an_informational_alert_is_no_signal():
    assert signals_of(alert(1, severity="informational")) == ()


@pytest.mark.parametrize(
    ("severity", "level"),
    [("critical", Level.CRITICAL), ("Severe", Level.HIGH), ("99", Level.CRITICAL), ("47", Level.MEDIUM), ("21", Level.LOW), ("odd word", Level.MEDIUM), (None, Level.MEDIUM)],
)  # fmt: skip
def test_a_severity_word_or_number_has_a_level(severity, level):
    assert level_of({"Severity": severity}) is level


def test_every_level_word_is_lower_case():
    assert all(word == word.lower() for word in alert_levels())


def test_alerts_are_among_the_signals_of_a_case():
    with DuckDBStore.in_memory([alert(1)]) as store:
        found = find_signals(store)

    assert [signal.title for signal in found] == ["Account made"]


def test_an_alert_without_time_and_host_is_still_a_signal():
    (signal,) = signals_of(alert(1, Timestamp=None, host=None, RuleTags=None))

    assert (signal.utc, signal.technique, signal.records) == (None, "", {"alert-1"})
