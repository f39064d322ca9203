"""Correlation rules over hits: windows that slide, groups, aliases, chains of correlations."""

from __future__ import annotations

import statistics
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sigma.rules import T0, event, load, matches, rule_id, rule_text

from magistrate.sigma.model import Correlation, CorrelationKind, NotEvaluatedReason, RuleHead
from magistrate.sigma.windows import Item, find_windows, is_met

SECURITY = "{product: windows, service: security}"
FAILED = rule_text("s: {EventID: 4625}\ncondition: s", 1, SECURITY, name="failed")
GOOD = rule_text("s: {EventID: 4624}\ncondition: s", 2, SECURITY, name="good")
LIST = rule_text("s: {Image|endswith: \\tasklist.exe}\ncondition: s", 3, name="list")


def correlation(number, kind, rules, group="[Computer]", timespan="5m", more=""):
    return (
        f"title: c{number}\nid: {rule_id(number)}\nname: c{number}\nlevel: high\ncorrelation:\n  type: {kind}\n  rules: {rules}\n"
        f"  group-by: {group}\n  timespan: {timespan}\n{more}"
    )


def logon(number, seconds, event_id=4625, user="user05", **more):
    data = {"TargetUserName": user, "IpAddress": "192.0.2.5"} | more
    return event(
        number, data, Channel="Security", EventID=event_id, Timestamp=T0 + timedelta(seconds=seconds)
    )


def results(tmp_path, rows, *texts):
    rules = load(tmp_path / "rules", *texts)
    assert rules.refused == ()
    return {
        int(match.rule.id[-12:]): [tuple(int(one, 16) for one in hit.evidence_ids) for hit in match.hits]
        for match in matches(rules, rows).correlations
    }


def test_event_count_slides_and_does_not_stop_at_full_minutes(tmp_path):
    rule = correlation(9, "event_count", "[failed]", more="  condition: {gte: 3}\n")
    rows = [logon(1, 250), logon(2, 290), logon(3, 340), logon(4, 2000)]

    assert results(tmp_path, rows, FAILED, rule) == {9: [(1, 2, 3)]}


def test_windows_that_share_events_are_one_result(tmp_path):
    rule = correlation(9, "event_count", "[failed]", more="  condition: {gte: 3}\n")
    rows = [logon(number, number * 100) for number in range(1, 9)]

    assert results(tmp_path, rows, FAILED, rule) == {9: [(1, 2, 3, 4, 5, 6, 7, 8)]}


def test_groups_are_counted_apart_and_without_case(tmp_path):
    rule = correlation(9, "event_count", "[failed]", "[TargetUserName]", more="  condition: {gte: 2}\n")
    rows = [logon(1, 1, user="USER05"), logon(2, 2, user="user06"), logon(3, 3, user="user05")]

    assert results(tmp_path, rows, FAILED, rule) == {9: [(1, 3)]}


def test_an_event_without_the_field_is_in_no_group(tmp_path):
    rule = correlation(9, "event_count", "[failed]", "[WorkstationName]", more="  condition: {gte: 2}\n")

    assert results(tmp_path, [logon(1, 1), logon(2, 2)], FAILED, rule) == {}


def test_value_count_counts_different_values(tmp_path):
    rule = correlation(9, "value_count", "[failed]", more="  condition: {field: TargetUserName, gte: 3}\n")
    same = [logon(number, number) for number in range(1, 5)]
    spray = [logon(number, number, user=f"user{number:02}") for number in range(5, 8)]

    assert results(tmp_path, same, FAILED, rule) == {}
    assert results(tmp_path, spray, FAILED, rule) == {9: [(5, 6, 7)]}


@pytest.mark.parametrize(
    ("kind", "condition", "expected"),
    [
        ("value_sum", "{field: KeyLength, gte: 60}", [(1, 2, 3)]),
        ("value_sum", "{field: KeyLength, gt: 60}", []),
        ("value_avg", "{field: KeyLength, eq: 20}", [(1, 2, 3)]),
        ("value_median", "{field: KeyLength, eq: 10}", [(1, 2, 3)]),
        ("value_percentile", "{field: KeyLength, percentile: 90, gte: 40}", [(1, 2, 3)]),
        ("value_percentile", "{field: KeyLength, percentile: 60, gte: 40}", []),
    ],
)
def test_the_numbers_of_a_field_are_taken_together(tmp_path, kind, condition, expected):
    rule = correlation(9, kind, "[failed]", more=f"  condition: {condition}\n")
    numbers = ["10", "0xa", "40", "none"]
    rows = [logon(place, 30 * place, KeyLength=text) for place, text in enumerate(numbers, 1)]

    assert results(tmp_path, rows[:3], FAILED, rule).get(9, []) == expected


def test_what_is_no_number_does_not_count(tmp_path):
    rule = correlation(9, "value_avg", "[failed]", more="  condition: {field: KeyLength, gte: 0.5}\n")

    assert results(tmp_path, [logon(1, 0, KeyLength="none")], FAILED, rule) == {}


def test_temporal_wants_every_rule_in_any_order(tmp_path):
    rule = correlation(9, "temporal", "[failed, good]", "[TargetUserName]")
    rows = [logon(1, 10, 4624), logon(2, 20), logon(3, 900, 4624)]

    assert results(tmp_path, rows, FAILED, GOOD, rule) == {9: [(1, 2)]}


def test_temporal_ordered_wants_the_order_of_the_rules(tmp_path):
    rule = correlation(9, "temporal_ordered", "[failed, good]", "[TargetUserName]")
    rows = [logon(1, 10, 4624), logon(2, 20), logon(3, 40, 4624), logon(4, 900, 4624)]

    assert results(tmp_path, rows, FAILED, GOOD, rule) == {9: [(2, 3)]}


def test_aliases_join_fields_of_different_names(tmp_path):
    aliases = "  aliases:\n    who: {failed: TargetUserName, list: User}\n"
    rule = correlation(9, "temporal", "[failed, list]", "[who]", more=aliases)
    other = event(2, {"Image": "C:\\tasklist.exe", "User": "user05"}, Timestamp=T0 + timedelta(seconds=30))

    assert results(tmp_path, [logon(1, 10), other], FAILED, LIST, rule) == {9: [(1, 2)]}


def test_a_correlation_can_use_another_one(tmp_path):
    many = correlation(8, "event_count", "[failed]", more="  condition: {gte: 3}\n")
    rule = correlation(9, "temporal_ordered", "[c8, good]", "[TargetUserName]", "1h")
    rows = [
        *(logon(number, number) for number in (1, 2, 3)),
        logon(4, 60, 4624),
        logon(5, 70, 4624, user="user06"),
    ]

    assert results(tmp_path, rows, FAILED, GOOD, many, rule) == {8: [(1, 2, 3)], 9: [(1, 2, 3, 4)]}


def test_a_rule_that_serves_a_correlation_is_marked_unless_it_speaks_for_itself(tmp_path):
    quiet = correlation(9, "event_count", "[failed]", more="  condition: {gte: 9}\n")
    loud = quiet + "  generate: true\n"
    (hidden,) = matches(load(tmp_path / "one", FAILED, quiet), [logon(1, 1)]).rules
    (shown,) = matches(load(tmp_path / "two", FAILED, loud), [logon(1, 1)]).rules

    assert (hidden.suppressed, shown.suppressed) == (True, False)


def test_hits_without_a_time_are_counted_and_not_placed(tmp_path):
    rule = correlation(9, "event_count", "[failed]", more="  condition: {gte: 2}\n")
    rows = [logon(1, 1), logon(2, 2) | {"Timestamp": None}]
    (match,) = matches(load(tmp_path / "rules", FAILED, rule), rows).correlations

    assert (match.hits, match.without_time) == ((), 1)


def test_a_result_names_its_group_span_and_shared_keys(tmp_path):
    rule = correlation(9, "event_count", "[failed]", "[TargetUserName]", more="  condition: {gte: 2}\n")
    (match,) = matches(load(tmp_path / "rules", FAILED, rule), [logon(1, 1), logon(2, 60)]).correlations
    (hit,) = match.hits

    assert (hit.group, hit.count, hit.host, hit.source_ip) == (
        (("targetusername", "user05"),),
        2,
        "ws01.corp.example",
        "192.0.2.5",
    )
    assert (hit.first, hit.last) == (T0 + timedelta(seconds=1), T0 + timedelta(seconds=60))


def test_a_correlation_over_absent_events_is_not_evaluated(tmp_path):
    rule = correlation(9, "temporal", "[failed, list]")
    absent = matches(load(tmp_path / "rules", FAILED, LIST, rule), [logon(1, 1)]).not_evaluated

    assert [(int(one.rule.id[-12:]), one.reason) for one in absent] == [
        (3, NotEvaluatedReason.NO_EVENTS),
        (9, NotEvaluatedReason.RULE_MISSING),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (correlation(9, "event_count", "[nobody]", more="  condition: {gte: 2}\n"), "It uses the rule 'nobody', which was not loaded."),
        (correlation(9, "value_mode", "[failed]", more="  condition: {gte: 2, field: x}\n"), "Correlations of the type 'value_mode' cannot be evaluated."),
        (correlation(9, "event_count", "[failed]", timespan="5x", more="  condition: {gte: 2}\n"), "The timespan '5x'"),
        (correlation(9, "event_count", "[failed]"), "needs a condition with a number"),
        (correlation(9, "value_count", "[failed]", more="  condition: {gte: 2}\n"), "value_count needs it"),
        (correlation(9, "temporal_ordered", "[failed]", more="  condition: {gte: 2}\n"), "in order"),
        (correlation(9, "value_sum", "[failed]", more="  condition: {gte: 2}\n"), "value_sum needs it"),
        (correlation(9, "value_sum", "[failed]", more="  condition: {field: [a, b], gte: 2}\n"), "one field"),
        (correlation(9, "value_avg", "[failed]", more="  condition: {field: a, gte: x}\n"), "a number under gte"),
        (correlation(9, "value_percentile", "[failed]", more="  condition: {field: a, gte: 2}\n"), "percentile"),
        (correlation(9, "value_percentile", "[failed]", more="  condition: {field: a, percentile: 101, gte: 2}\n"), "between"),
        (correlation(9, "event_count", "[c9]", more="  condition: {gte: 2}\n"), "It uses itself."),
    ],
)  # fmt: skip
def test_a_correlation_that_cannot_be_evaluated_is_refused_by_name(tmp_path, text, reason):
    (refused,) = load(tmp_path / "rules", FAILED, text).refused

    assert reason in refused.reason


def test_correlations_in_a_circle_are_refused(tmp_path):
    one = correlation(8, "temporal", "[c9, failed]")
    two = correlation(9, "temporal", "[c8, failed]")

    assert len(load(tmp_path / "rules", FAILED, one, two).refused) == 2


def _correlation(kind, minimum, seconds, rules=("a", "b")):
    conditions = (
        () if kind in (CorrelationKind.TEMPORAL, CorrelationKind.TEMPORAL_ORDERED) else (("gte", minimum),)
    )
    return Correlation(
        RuleHead("c", "c", "c"), kind, rules, (), timedelta(seconds=seconds), conditions, percentile=50
    )


VALUES = ["x", "y", "0", "1", "0x3", "-2", "2.5"]
ITEMS = st.lists(st.tuples(st.integers(0, 30), st.sampled_from("ab"), st.sampled_from(VALUES)), max_size=12)
NUMBERS = {"0": 0, "1": 1, "0x3": 3, "-2": -2, "2.5": 2.5}
TOGETHER = {
    CorrelationKind.VALUE_SUM: sum,
    CorrelationKind.VALUE_AVG: statistics.mean,
    CorrelationKind.VALUE_MEDIAN: statistics.median,
    CorrelationKind.VALUE_PERCENTILE: statistics.median_low,
}


@given(ITEMS, st.sampled_from(list(CorrelationKind)), st.integers(1, 4), st.integers(1, 8))
def test_a_result_exists_exactly_when_some_window_meets_the_condition(drawn, kind, minimum, seconds):
    items = [
        Item(time * 1_000_000, time * 1_000_000, rule, (f"{number}",), (value,))
        for number, (time, rule, value) in enumerate(drawn)
    ]
    chosen = _correlation(kind, minimum, seconds)

    def near(item, inside):
        return max(one.time for one in inside) - item.time <= seconds * 1_000_000

    def met(start):
        inside = [item for item in items if 0 <= item.time - start.time <= seconds * 1_000_000]
        if kind is CorrelationKind.TEMPORAL_ORDERED:
            return any(a.rule == "a" and b.rule == "b" and a.time <= b.time for a in inside for b in inside)
        if kind is CorrelationKind.TEMPORAL:
            return {item.rule for item in inside} == {"a", "b"}
        if kind in TOGETHER:
            whole = not any(
                0 < start.time - item.time <= seconds * 1_000_000 and near(item, inside) for item in items
            )
            numbers = [NUMBERS[item.value[0]] for item in inside if item.value[0] in NUMBERS]
            return whole and bool(numbers) and TOGETHER[kind](numbers) >= minimum
        counted = {item.value for item in inside} if kind is CorrelationKind.VALUE_COUNT else inside
        return len(counted) >= minimum

    assert any(map(met, items)) == bool(find_windows(chosen, items))


@given(ITEMS, st.sampled_from(list(CorrelationKind)), st.randoms(use_true_random=False))
def test_the_order_of_the_hits_changes_no_result(drawn, kind, random):
    items = [
        Item(time, time, rule, (f"{number}",), (value,)) for number, (time, rule, value) in enumerate(drawn)
    ]
    turned = list(items)
    random.shuffle(turned)

    assert find_windows(_correlation(kind, 2, 5), items) == find_windows(_correlation(kind, 2, 5), turned)


def test_every_condition_of_a_range_must_hold():
    assert is_met((("gt", 2), ("lte", 5)), 5)
    assert not is_met((("gt", 2), ("lte", 5)), 6)
