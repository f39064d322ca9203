"""Every row of the signal pack is tried on its own examples, from raw records to signals."""

from __future__ import annotations

import pytest
from tests.detections.pack_events import events_of, store_of

from magistrate.activity.command_shapes import patterns
from magistrate.detections.signal_pack import EXAMPLE_KINDS, SignalRule, signal_rules, themes
from magistrate.detections.signals import find_signals
from magistrate.playbooks.template import placeholders
from magistrate.portable_sql import find_dialect

VALUES = {"what", "host", "account", "source_ip", "count"}
CASES = [
    pytest.param(rule, example, id=f"{rule.id}-{example.name}")
    for rule in signal_rules()
    for example in rule.examples
]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_a_row_says_about_its_example_what_its_kind_promises(rule, example):
    with store_of(*events_of(example)) as store:
        found = {signal.rule for signal in find_signals(store, (rule,))}

    assert found == ({rule.id} if example.kind == "hit" else set())


@pytest.mark.parametrize("rule", signal_rules(), ids=lambda rule: rule.id)
def test_a_row_has_an_example_of_each_kind(rule):
    assert {example.kind for example in rule.examples} == set(EXAMPLE_KINDS)


@pytest.mark.parametrize("rule", signal_rules(), ids=lambda rule: rule.id)
def test_a_query_is_portable(rule):
    assert find_dialect(rule.query) == ()


@pytest.mark.parametrize("rule", signal_rules(), ids=lambda rule: rule.id)
def test_a_statement_asks_only_for_values_that_every_signal_has(rule):
    assert set(placeholders(rule.statement)) <= VALUES


@pytest.mark.parametrize("rule", signal_rules(), ids=lambda rule: rule.id)
def test_a_signal_points_to_records_and_leaves_no_placeholder(rule):
    example = next(item for item in rule.examples if item.kind == "hit")
    with store_of(*events_of(example)) as store:
        (signal, *_) = find_signals(store, (rule,))

    assert signal.evidence
    assert not placeholders(signal.statement)


@pytest.mark.parametrize("rule", [r for r in signal_rules() if r.fact], ids=lambda rule: rule.id)
def test_a_fact_of_a_row_is_one_that_commands_can_have(rule):
    assert rule.fact in {item.fact for item in patterns()}


def test_a_tool_fingerprint_names_tools_and_not_culprits():
    tools = themes()["tools"]

    assert all(rule.tool and rule.strength for rule in tools)
    assert all("not culprits" in rule.statement for rule in tools)


def test_a_row_without_every_kind_of_example_is_refused():
    row = signal_rules()[0].model_dump()
    row["examples"] = [item for item in row["examples"] if item["kind"] != "benign"]

    with pytest.raises(ValueError, match="no example of kind benign"):
        SignalRule.model_validate(row)


def test_a_row_on_a_table_that_does_not_exist_is_refused():
    row = signal_rules()[0].model_dump() | {"log_source": ("process_creations",)}

    with pytest.raises(ValueError, match="no table is called process_creations"):
        SignalRule.model_validate(row)
