"""Rules over events in a store: which events each rule names, and what is said of rules without events."""

from __future__ import annotations

import pytest
from tests.sigma.rules import SYSMON, event, hit_numbers, load, matches, rule_text

from magistrate.sigma.model import NotEvaluatedReason

WMIC = """
selection:
  Image|endswith: \\wmic.exe
  CommandLine|contains|all: [process, call, create]
filter:
  ParentImage|startswith: C:\\Program Files\\
condition: selection and not filter
"""


def run(tmp_path, detection, *rows, **more):
    rules = load(tmp_path / "rules", rule_text(detection, **more))
    assert rules.refused == ()

    return hit_numbers(matches(rules, rows)).get("1", [])


def test_a_rule_names_the_events_it_matches(tmp_path):
    data = {"Image": "C:\\Windows\\System32\\wbem\\WMIC.exe", "CommandLine": "wmic process CALL create calc"}
    found = run(tmp_path, WMIC, event(1, data), event(2, {**data, "CommandLine": "wmic os get"}))

    assert found == [1]


def test_a_filter_on_a_field_that_the_event_does_not_carry_excludes_nothing(tmp_path):
    data = {"Image": "C:\\wmic.exe", "CommandLine": "process call create"}

    assert run(tmp_path, WMIC, event(1, data)) == [1]


def test_columns_serve_where_no_event_data_is_stored(tmp_path):
    row = event(
        1, Image="C:\\wmic.exe", CommandLine="process call create", ParentImage="C:\\Program Files\\x.exe"
    )

    assert run(tmp_path, WMIC, row) == []


def test_native_process_creation_answers_the_same_rule(tmp_path):
    data = {"NewProcessName": "C:\\Windows\\System32\\wbem\\WMIC.exe", "CommandLine": "process call create"}
    row = event(1, data, Channel="Security", EventID=4688)

    assert run(tmp_path, WMIC, row) == [1]


def test_a_service_reads_the_recorded_names(tmp_path):
    detection = "s: {EventID: 4688, NewProcessName|endswith: \\wmic.exe}\ncondition: s"
    row = event(1, {"NewProcessName": "C:\\wmic.exe"}, Channel="Security", EventID=4688)

    assert run(tmp_path, detection, row, logsource="{product: windows, service: security}") == [1]


def test_a_rule_without_events_of_its_log_source_is_listed(tmp_path):
    rules = load(
        tmp_path / "rules",
        rule_text("s: {QueryName: x}\ncondition: s", logsource="{product: windows, category: dns_query}"),
    )
    (absent,) = matches(rules, [event(1)]).not_evaluated

    assert absent.reason is NotEvaluatedReason.NO_EVENTS


def test_a_log_source_of_another_system_is_listed_as_such(tmp_path):
    rules = load(
        tmp_path / "rules", rule_text("s: [x]\ncondition: s", logsource="{product: linux, service: auditd}")
    )
    (absent,) = matches(rules, [event(1)]).not_evaluated

    assert absent.reason is NotEvaluatedReason.OTHER_LOG_SOURCE


def test_a_hit_carries_the_keys_that_tie_it_to_others(tmp_path):
    rules = load(tmp_path / "rules", rule_text("s: {Image|endswith: x.exe}\ncondition: s"))
    row = event(7, Image="C:\\x.exe", User="CORP\\user05", LogonId=999, SourceIp="192.0.2.7")
    (hit,) = matches(rules, [row]).rules[0].hits

    assert (hit.account, hit.logon_id, hit.source_ip, hit.evidence.host) == (
        "CORP\\user05",
        999,
        "192.0.2.7",
        "ws01.corp.example",
    )


def test_the_order_of_the_events_changes_nothing(tmp_path):
    rules = load(tmp_path / "rules", rule_text("s: {Image|endswith: x.exe}\ncondition: s"))
    rows = [event(number, Image="C:\\x.exe") for number in range(1, 8)]

    assert matches(rules, rows) == matches(rules, rows[::-1])


def test_hits_beyond_the_limit_are_counted(tmp_path):
    rules = load(tmp_path / "rules", rule_text("s: {Image|endswith: x.exe}\ncondition: s"))
    (match,) = matches(rules, [event(number, Image="C:\\x.exe") for number in range(1, 8)], max_hits=3).rules

    assert (match.count, len(match.hits)) == (7, 3)


@pytest.mark.parametrize("category", ["process_creation", "other"])
def test_the_table_of_an_event_does_not_matter(tmp_path, category):
    row = event(1, {"Image": "C:\\x.exe"}, category=category, Channel=SYSMON)

    assert run(tmp_path, "s: {Image|endswith: x.exe}\ncondition: s", row) == [1]
