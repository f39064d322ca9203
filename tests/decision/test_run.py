from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.answers.cases import (
    SOURCE,
    SOURCE_IP,
    T0,
    TARGET,
    USER,
    activity,
    coverage,
    event,
    finding,
    identity,
    process,
    recording,
    registered,
    signal,
    site,
    story,
)
from tests.decision.situations import PLAYBOOK

from magistrate.activity.model import Candidate, Join, OriginClass
from magistrate.answers.answer import State
from magistrate.answers.run import answer_questions
from magistrate.context.model import Asset, Ticket
from magistrate.coverage.model import Coverage, TamperSign
from magistrate.decision import Disposition, decide
from magistrate.store.duckdb import DuckDBStore

WORKSTATION = Asset(TARGET, ("10.0.1.10",), "workstation", 2)
HABIT = [
    process(day, Image=r"C:\Windows\System32\cmd.exe", ParentImage=r"C:\Windows\System32\wbem\WmiPrvSE.exe")
    for day in (40, 30, 20, 10)
]
FLOW = event("network_connection", 3, -0.5, channel="Microsoft-Windows-Sysmon/Operational", Initiated=False,
             SourceIp=SOURCE_IP, SourcePort=50_001, DestinationIp="10.0.1.10", DestinationPort=135)  # fmt: skip
REGISTER = site(register=(registered(),), management=(SOURCE_IP,))


def decided(stories=None, findings=(), signals=(), cover=None, context=None, rows=None):
    """Answer and decide one case; returns the decision and the answers."""
    stories = (story(),) if stories is None else tuple(stories)
    cover, context = cover or coverage(), context or site()
    store = DuckDBStore.in_memory(recording() if rows is None else rows)
    answers = answer_questions(store, PLAYBOOK, stories, findings, signals, cover, context)
    return decide(PLAYBOOK, stories, tuple(findings), tuple(signals), answers, cover, context), answers


def benign(**changes):
    """The registered habit that R8 closes."""
    case = {
        "stories": [story(who=identity(admin=True))],
        "findings": [finding("M1"), finding("M5")],
        "context": REGISTER,
        "rows": [*recording(), *HABIT, FLOW],
    }
    return decided(**(case | changes))[0]


def local_wmic(**values):
    """A lone local wmic query in one record of a workstation."""
    who = identity(OriginClass.LOCAL, join=Join.RECORDED)
    who = replace(who, confidence=type(who.confidence).MODERATE)
    act = activity(operation="query", command="wmic qfe list brief", who=who)
    return {
        "stories": [story(who=who, acts=(act,))],
        "cover": coverage({TARGET: "D"}),
        "rows": recording((TARGET,)),
        **values,
    }


def test_registered_habit_with_all_proofs_is_closed_by_the_gate():
    assert (benign().disposition, benign().rule) == (Disposition.CLOSE_BENIGN, "R8")


def test_decisive_finding_is_an_incident_with_its_id():
    decision, _ = decided(findings=[finding("D1")])

    assert (decision.disposition, decision.rule, decision.deciding) == (
        Disposition.ESCALATE_INCIDENT,
        "R1",
        ("F-D1",),
    )


def test_register_does_not_excuse_what_may_not_be_waived():
    assert benign(findings=[finding("M1"), finding("M5"), finding("D1", excused_by="KG-1")]).rule == "R1"


def test_excused_scoped_deletion_is_closed():
    findings = [finding("M1"), finding("M5"), finding("D2", scoped=True, excused_by="KG-1", family="IMPACT")]

    assert benign(findings=findings).disposition is Disposition.CLOSE_BENIGN


def test_unexcused_scoped_deletion_is_an_incident():
    assert benign(findings=[finding("M1"), finding("M5"), finding("D2", scoped=True)]).rule == "R1"


def test_two_strong_findings_of_two_sources_are_an_incident():
    decision, _ = decided(findings=[finding("S1", sources=("Security",)), finding("S3", sources=("Sysmon",))])

    assert decision.rule == "R2"


def test_two_strong_findings_of_one_family_do_not_fire_the_second_rule():
    findings = [finding("S1", family="CMD", sources=("A",)), finding("S4", family="CMD", sources=("B",))]

    assert decided(findings=findings)[0].rule == "R3"


def test_strong_finding_with_support_on_a_workstation_is_a_review():
    decision, _ = decided(findings=[finding("S1")], context=site(assets=(WORKSTATION,)))

    assert (decision.rule, decision.disposition) == ("R3", Disposition.ESCALATE_REVIEW)


def test_escalation_decision_alone_is_a_review():
    decision, _ = decided()

    assert (decision.rule, decision.disposition) == ("R5", Disposition.ESCALATE_REVIEW)


def test_lone_local_query_is_held_for_data():
    decision, _ = decided(**local_wmic())

    assert (decision.rule, decision.disposition) == ("R6", Disposition.HOLD_DATA)


def test_hold_names_what_to_fetch_and_how():
    decision, _ = decided(**local_wmic())

    assert "wevtutil epl Security" in decision.request[0]


@pytest.mark.parametrize(("role", "minutes"), [("workstation", 240), ("server", 30)])
def test_deadline_follows_the_role(role, minutes):
    decision, _ = decided(**local_wmic(context=site(assets=(Asset(TARGET, (), role),))))

    assert decision.deadline_minutes == minutes


def test_disputed_actor_of_a_remote_process_is_a_review():
    candidates = (
        Candidate("CORP\\a", SOURCE_IP, None, 1, "l1"),
        Candidate("CORP\\b", SOURCE_IP, None, 2, "l2"),
    )
    who = identity(OriginClass.UNKNOWN, account=None, join=Join.AMBIGUOUS, candidates=candidates)
    decision, _ = decided([story(who=who, command=None)])

    assert (decision.disposition, decision.rule) == (Disposition.ESCALATE_REVIEW, "R5")


def test_both_rules_about_a_disputed_actor_are_shown():
    candidates = (
        Candidate("CORP\\a", SOURCE_IP, None, 1, "l1"),
        Candidate("CORP\\b", SOURCE_IP, None, 2, "l2"),
    )
    who = identity(OriginClass.UNKNOWN, account=None, join=Join.AMBIGUOUS, candidates=candidates)
    decision, _ = decided([story(who=who, command=None)])

    assert {"R5", "R7"} <= {firing.rule for firing in decision.firings if firing.fired}


def test_cleared_log_near_the_activity_forbids_a_close():
    cut = coverage(
        tamper=(TamperSign(TARGET, T0 + timedelta(minutes=5), "Security log cleared", "by policy"),)
    )

    assert benign(cover=cut).disposition is Disposition.ESCALATE_REVIEW


def test_cleared_log_a_week_before_does_not_matter():
    cut = coverage(tamper=(TamperSign(TARGET, T0 - timedelta(days=7), "Security log cleared", "by policy"),))

    assert benign(cover=cut).disposition is Disposition.CLOSE_BENIGN


def test_sign_of_a_recording_start_is_not_scored():
    sign = TamperSign(TARGET, T0, "Security log cleared", "start of a recording", scored=False)

    assert benign(cover=coverage(tamper=(sign,))).disposition is Disposition.CLOSE_BENIGN


def test_lost_records_forbid_a_close():
    assert benign(cover=coverage(lost_records=3)).disposition is Disposition.ESCALATE_REVIEW


@pytest.mark.parametrize("grade", ["C", "D"])
def test_thin_coverage_holds_what_would_be_closed(grade):
    assert benign(cover=coverage({TARGET: grade, SOURCE: "A"})).disposition is Disposition.HOLD_DATA


def test_missing_source_host_holds_what_would_be_closed():
    rows = [*recording((TARGET,)), *HABIT, FLOW]

    assert benign(cover=coverage({TARGET: "A"}), rows=rows).disposition is Disposition.HOLD_DATA


def test_concurrent_signal_escalates_what_would_be_closed():
    assert benign(signals=[signal()]).rule == "R5"


def test_missing_history_is_looked_at_again():
    assert benign(rows=[*recording(), FLOW]).rule == "R10"


def test_lead_waiver_stands_in_for_history_on_the_first_day():
    context = replace(REGISTER, cold_start_waiver="lead, CHG-7")

    assert benign(rows=[*recording(), FLOW], context=context).disposition is Disposition.CLOSE_BENIGN


def exercise(**changes):
    base = Ticket(
        "EX-1", (TARGET,), (USER,), T0 - timedelta(hours=1), T0 + timedelta(hours=1), "exercise", "lead"
    )
    return site(tickets=(replace(base, **changes),))


def test_approved_exercise_closes_as_a_test():
    decision, _ = decided(findings=[finding("D1")], context=exercise())

    assert decision.disposition is Disposition.CLOSE_TEST


@pytest.mark.parametrize(
    "changes",
    [
        {"approved_by": None}, {"hosts": ("other.corp.example",)}, {"accounts": ("CORP\\other",)}, {"kind": "change"},
        {"end": T0 - timedelta(minutes=5)},
    ],
)  # fmt: skip
def test_exercise_that_does_not_fit_is_no_exercise(changes):
    decision, _ = decided(findings=[finding("D1")], context=exercise(**changes))

    assert decision.disposition is Disposition.ESCALATE_INCIDENT


def test_nothing_seen_is_not_observed_and_says_what_was_not_covered():
    decision, _ = decided([], cover=coverage({TARGET: "D"}))

    assert (decision.disposition, decision.unknowns, decision.confidence) == (
        Disposition.NOT_OBSERVED,
        (f"{TARGET}: test",),
        "Low",
    )


def test_no_record_at_all_is_said():
    decision, _ = decided([], cover=Coverage(()))

    assert decision.unknowns[0] == "no record of a host could be read at all"
    assert decision.disposition is Disposition.HOLD_DATA


def test_background_alone_is_not_observed():
    quiet = replace(story(), background=True)

    assert decided([quiet], [finding("W1")])[0].disposition is Disposition.NOT_OBSERVED


def test_background_answers_nothing():
    quiet = replace(story(), background=True)

    assert {answer.state for answer in decided([quiet])[1]} == {State.NOT_APPLICABLE}


def test_decisive_finding_without_a_story_is_not_overlooked():
    assert decided([], [finding("D3", None)])[0].rule == "R1"


def test_every_rule_is_shown_with_its_facts():
    decision, _ = decided()

    assert [firing.rule for firing in decision.firings if firing.facts] == [
        rule.id for rule in PLAYBOOK.rules
    ]


def test_exactly_one_rule_decided():
    decision, _ = decided()

    assert [firing.rule for firing in decision.firings if firing.decided] == [decision.rule]


def test_mitigating_findings_stand_against():
    decision, _ = decided(findings=[finding("D1"), finding("M2")])

    assert decision.against == ("F-M2",)


def test_one_source_and_an_unsure_join_is_moderate():
    who = replace(identity(join=Join.WINDOW), confidence=identity().confidence.MODERATE)
    decision, _ = decided([story(who=who)], [finding("D1")])

    assert decision.confidence == "Moderate"


def test_exact_join_is_high():
    assert decided(findings=[finding("D1")])[0].confidence == "High"


def test_every_yes_and_no_cites_a_record():
    _, answers = decided(findings=[finding("D1"), finding("M1")], rows=[*recording(), *HABIT])

    assert all(answer.evidence for answer in answers if answer.state in (State.YES, State.NO))


def test_same_case_in_another_order_decides_the_same():
    stories = [story("1"), story("2", seconds=7_200, command="cmd.exe /c whoami")]
    findings = [finding("S1"), finding("W2", "s-2"), finding("M2", "s-2")]
    forward, backward = decided(stories, findings)[0], decided(stories, findings[::-1])[0]

    assert replace(forward, against=()) == replace(backward, against=())
