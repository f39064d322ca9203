"""The derivation of a verdict reaches from the decision down to records, and says why what did not fire did not."""

from __future__ import annotations

import json

import pytest
from tests.report.sample_case import sample_case

from magistrate.errors import UsageError
from magistrate.playbooks.load import load_playbook
from magistrate.playbooks.model import AllOf, AnyOf, Not
from magistrate.report.build import build_view
from magistrate.report.explain import condition_text, explain
from magistrate.report.explain_near_miss import why_nothing
from magistrate.report.exporters import verdict_json
from magistrate.store.duckdb import DuckDBStore

PLAYBOOK = load_playbook("t1047")


@pytest.fixture(scope="module")
def verdict():
    return json.loads(verdict_json.render(build_view(sample_case())))


def steps(step):
    yield step
    for other in step.rests_on:
        yield from steps(other)


def told(verdict, item=None, near_miss=lambda _: ("failed: test",)):
    return list(steps(explain(verdict, PLAYBOOK, item, near_miss)))


def test_chain_goes_from_the_decision_over_its_rule_and_findings_to_records(verdict):
    titles = [step.title for step in told(verdict)]

    assert titles[0] == "ESCALATE-INCIDENT by R1"
    assert titles[1].startswith("R1 ")
    assert titles[-1] == "records"


def test_record_of_a_finding_names_id_file_and_quoted_fields(verdict):
    deciding = next(f for f in verdict["findings"] if f["id"] in verdict["deciding"])
    first = told(verdict, deciding["id"])[-1].lines[0]

    assert first.startswith(deciding["evidence"][0]["id"])
    assert f" in {deciding['evidence'][0]['file']}" in first


def test_answer_names_inputs_coverage_and_what_would_flip_it(verdict):
    found = told(verdict, "q1")

    assert {step.title for step in found} >= {"coverage", "records"}
    assert any(line.startswith("would flip if: ") for line in found[0].lines)


def test_q1_tells_anchors_met_and_failed(verdict):
    assert any(
        line.startswith("anchors met: ") and "failed: " in line for line in told(verdict, "Q1")[0].lines
    )


def test_rule_tells_its_condition_and_why_earlier_ones_did_not_decide(verdict):
    first, before = told(verdict, "R8")[:2]

    assert any(line.startswith("condition: (identity_good and q1_yes") for line in first.lines)
    assert before.title == "rules before it"
    assert before.lines[0] == "R0 Integrity: held; it only forbids to close"


def test_code_without_a_finding_tells_what_failed(verdict):
    assert "failed: test" in told(verdict, "D7")[0].lines


def test_unknown_name_is_refused_with_what_there_is(verdict):
    with pytest.raises(UsageError, match="nothing of this case"):
        explain(verdict, PLAYBOOK, "Q9", lambda _: ())


def test_condition_reads_as_a_sentence():
    condition = AllOf(all=("a", Not(negated=AnyOf(any=("b", "c")))))

    assert condition_text(condition) == "(a and not (b or c))"


def indicator(code):
    return next(one for one in PLAYBOOK.indicators if one.code == code)


def row(**columns):
    return {"evidence_id": "e1", "host": "srv01", "category": "wmi_activity", "EventID": 5858, **columns}


def test_no_record_of_its_kind_is_why():
    assert "no record of a kind" in why_nothing(DuckDBStore.in_memory([]), indicator("S11"))[-1]


def test_empty_field_is_why():
    store = DuckDBStore.in_memory([row(ResultCode="0x80041003")])

    assert why_nothing(store, indicator("S11"))[-1].startswith("failed: ClientMachine is empty")


def test_condition_is_why_where_records_and_fields_are_there():
    store = DuckDBStore.in_memory([row(ResultCode="0x0", ClientMachine="WS1")])

    assert "none of them meets" in why_nothing(store, indicator("S11"))[-1]
