from __future__ import annotations

from dataclasses import replace
from importlib import resources

import pytest
from tests.response.case_maker import Case, activity, answers, coverage, decision, finding, nothing, story

from magistrate.activity.model import Kind
from magistrate.answers.answer import State
from magistrate.coverage.model import Coverage, Proof
from magistrate.decision import Disposition
from magistrate.playbooks.load import load_playbook
from magistrate.response import RequirementState
from magistrate.response.material import TIME_ZONE
from magistrate.strict_yaml import load_yaml

WMI = "Microsoft-Windows-WMI-Activity/Operational"
IDS = [f"P{n}" for n in range(1, 32)]


def result(case: Case, requirement: str):
    return next(item for item in case.respond().requirements if item.id == requirement)


@pytest.mark.parametrize(
    "case", [Case(), nothing(), nothing(coverage=Coverage(()))], ids=["incident", "quiet", "empty"]
)
def test_each_of_the_31_sentences_gets_a_result(case):
    found = case.respond().requirements

    assert [item.id for item in found] == IDS
    assert all(item.result and item.text and item.implemented_by for item in found)


def test_no_placeholder_is_left_open():
    found = Case().respond()
    texts = [item.result for item in (*found.requirements, *found.l1_steps, *found.t2_steps)]

    assert not any("{" in text for text in texts)


def test_no_logs_at_all_answer_nothing_about_logs():
    case = nothing(coverage=Coverage(()))

    assert {result(case, f"P{n}").state for n in range(2, 10)} == {RequirementState.NOT_ANSWERABLE}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.YES, RequirementState.ANSWERED),
        (State.NO, RequirementState.ANSWERED),
        (State.NOT_APPLICABLE, RequirementState.ANSWERED),
        (State.CONFLICT, RequirementState.PARTLY),
        (State.UNKNOWN, RequirementState.NOT_ANSWERABLE),
    ],
)
def test_a_question_row_is_as_answered_as_its_answer(state, expected):
    case = Case(answers=answers(Q2=state), findings=())

    assert result(case, "P13").state is expected
    assert "text of Q2." in result(case, "P13").result


def test_nothing_to_judge_is_no_answer_where_nothing_could_be_seen():
    blind = nothing(coverage=coverage(Proof.OFF))

    assert {result(blind, f"P{n}").state for n in range(12, 20)} == {RequirementState.NOT_ANSWERABLE}
    assert "process creation on srv01.corp.example (off)" in result(blind, "P12").result


def test_no_containment_is_no_full_answer_where_nothing_could_be_seen():
    assert result(nothing(), "P28").state is RequirementState.ANSWERED
    assert result(nothing(coverage=coverage(Proof.OFF)), "P28").state is RequirementState.PARTLY


def test_an_absent_log_is_named_and_keeps_the_row_from_being_complete():
    assert result(Case(), "P2").state is RequirementState.PARTLY
    assert "Not in the case: Sysmon of srv01.corp.example" in result(Case(), "P2").result


@pytest.mark.parametrize("requirement", ["P22", "P25", "P26"])
def test_what_this_version_does_not_do_is_said_and_never_answered_in_full(requirement):
    found = result(Case(), requirement)
    limit = next(item.limit for item in load_playbook("t1047").requirements if item.id == requirement)

    assert found.state is RequirementState.PARTLY
    assert found.result.endswith(limit)


def test_the_technique_is_tagged_even_without_logs():
    assert result(nothing(coverage=Coverage(())), "P1").state is RequirementState.ANSWERED


def test_an_unknown_answer_with_a_finding_is_partly_answered():
    case = Case(answers=answers(Q2=State.UNKNOWN), findings=(finding("W1"),))

    assert result(case, "P13").state is RequirementState.PARTLY


def test_no_finding_counts_only_where_recording_is_proved():
    proved = nothing(coverage=coverage(Proof.ON))
    partial = nothing(coverage=coverage(Proof.PARTIAL))
    off = nothing(coverage=coverage(Proof.OFF))

    states = [result(case, "P6").state for case in (proved, partial, off)]
    assert states == [RequirementState.ANSWERED, RequirementState.PARTLY, RequirementState.NOT_ANSWERABLE]


def test_what_was_not_recorded_is_named():
    case = nothing(coverage=coverage(Proof.ON, powershell=Proof.OFF))

    assert "powershell on srv01.corp.example (off)" in result(case, "P6").result


def test_a_host_without_logs_keeps_an_answer_from_being_complete():
    case = Case(stories=(story(source_host="ghost"),), findings=(), answers=answers(State.NO))

    assert result(case, "P21").state is RequirementState.PARTLY


def test_findings_are_counted_by_code_with_their_evidence():
    case = Case(findings=(finding("W3"), finding("W3", id="f-W3b")))

    assert "W3 (2)" in result(case, "P8").result
    assert result(case, "P8").evidence_ids == ("0000000000000001",)


def test_excused_findings_are_said_to_be_excused():
    case = Case(findings=(finding("W3", excused_by="KG-1"),))

    assert "1 of them excused by the register" in result(case, "P8").result


def test_hours_without_a_zone_are_not_answered_in_full():
    assert result(Case(), "P9").state is not RequirementState.ANSWERED
    assert "not given, so hours are not scored" in result(Case(), "P9").result


def test_lost_records_keep_the_log_row_from_being_complete():
    everything = coverage(channels=("Security", "Microsoft-Windows-Sysmon/Operational", WMI))
    case = Case(coverage=replace(everything, lost_records=3))

    assert result(Case(coverage=everything), "P2").state is RequirementState.ANSWERED
    assert result(case, "P2").state is RequirementState.PARTLY


def test_the_first_row_says_that_there_is_no_sub_technique():
    case = Case(findings=(finding("D2", techniques=("T1047", "T1490")),))

    assert "T1047 has no sub-technique" in result(case, "P1").result
    assert "T1490" in result(case, "P1").result


def test_subscription_parts_stand_side_by_side():
    parts = [
        activity(n, kind=Kind.SUBSCRIPTION, facts=(("subscription.part", part),))
        for n, part in enumerate(("filter", "consumer", "binding"), start=1)
    ]
    case = Case(stories=(story(*parts),))

    assert "filters 1, consumers 1, bindings 1" in result(case, "P4").result


def test_containment_rows_name_their_cards():
    found = result(Case(), "P28")

    assert found.state is RequirementState.ANSWERED
    assert "Isolate srv01.corp.example" in found.result


def test_containment_rows_wait_while_data_is_missing():
    case = Case(decision=decision(Disposition.HOLD_DATA))

    assert result(case, "P28").state is RequirementState.PARTLY
    assert "waits for data" in result(case, "P28").result


def test_evidence_is_cited_for_every_row_that_has_some():
    found = {item.id: item.evidence_ids for item in Case().respond().requirements}

    assert all(found[name] for name in ("P3", "P5", "P12", "P18", "P20", "P28", "P29"))


def test_background_is_counted_apart_and_is_no_activity():
    case = nothing(stories=(story(activity(1, background="wmi-self-spawn"), background=True),))

    assert "children of the provider host: 0" in result(case, "P5").result
    assert "Background activities set aside: 1" in result(case, "P23").result


def test_results_stay_short_when_there_is_much():
    many = tuple(activity(n, host=f"srv{n:03}.corp.example", id=f"a{n}") for n in range(1, 300))
    hosts = tuple(f"srv{n:03}.corp.example" for n in range(1, 300))
    found = Case(stories=(story(*many, target_hosts=hosts),)).respond()

    assert max(len(item.evidence_ids) for item in found.requirements) <= 25
    assert max(len(item.result) for item in found.requirements) < 4000


def test_values_and_their_documentation_agree():
    from magistrate.response.material import gather
    from magistrate.response.values import case_values

    playbook = load_playbook("t1047")
    case = Case()
    material = gather(
        playbook, case.stories, case.findings, case.answers, case.coverage, case.context, case.decision
    )

    assert sorted(case_values(material)) == sorted(playbook.values)


def test_requirements_name_kinds_of_activity_that_exist():
    named = {name for item in load_playbook("t1047").requirements for name in item.traces}

    assert named <= {kind.value for kind in Kind}


def test_requirements_name_capabilities_that_coverage_assesses():
    text = (resources.files("magistrate.coverage") / "capabilities.yml").read_text(encoding="utf-8")
    assessed = {item["name"] for item in load_yaml(text, "capabilities.yml")["capabilities"]}
    named = {name for item in load_playbook("t1047").requirements for name in item.capabilities}

    assert named - {TIME_ZONE} <= assessed
