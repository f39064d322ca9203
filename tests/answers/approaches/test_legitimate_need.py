from __future__ import annotations

from datetime import UTC, datetime

from tests.answers.cases import finding, inquire, registered, site, story

from magistrate.answers.answer import State
from magistrate.answers.approaches.legitimate_need import NeedFacts, anchors, answer_need, decide_need
from magistrate.context.model import Asset


def test_two_anchors_that_agree_are_yes():
    draft = answer_need(inquire(findings=[finding("M1"), finding("M5")]))

    assert (draft.state, draft.anchors_met) == (State.YES, ("M1", "M5"))


def test_yes_cites_records():
    draft = answer_need(inquire(findings=[finding("M1"), finding("M5")]))

    assert {item.evidence_id for item in draft.evidence} >= {"act1", "logon", "find-M1"}


def test_decisive_finding_is_no_whatever_the_anchors():
    draft = answer_need(inquire(findings=[finding("D1"), finding("M1"), finding("M4"), finding("M5")]))

    assert draft.state is State.NO


def test_registered_account_outside_its_purpose_is_no():
    context = site(register=(registered(sources=("10.0.9.9",)),))

    assert answer_need(inquire(context=context)).state is State.NO


def test_expired_entry_does_not_count_as_a_purpose():
    context = site(register=(registered(expires=datetime(2026, 1, 1, tzinfo=UTC).date()),))

    assert answer_need(inquire(context=context)).state is State.UNKNOWN


def test_first_day_without_register_is_unknown_and_asks_the_owner():
    draft = answer_need(inquire())

    assert (draft.state, [need.id for need in draft.missing]) == (State.UNKNOWN, ["register", "owner"])


def test_anchors_of_different_accounts_conflict():
    findings = [finding("M1"), finding("M4", account="CORP\\other")]

    assert answer_need(inquire(findings=findings)).state is State.CONFLICT


def test_management_source_alone_is_no_anchor():
    assert anchors(NeedFacts(anchors_met=("M2",))) == ()


def test_management_source_counts_nothing_for_a_tier_0_target():
    context = site(assets=(Asset("srv01.corp.example", role="dc", tier=0),))
    findings = [finding("M2"), finding("M3"), finding("M5")]

    assert answer_need(inquire(findings=findings, context=context)).state is State.UNKNOWN


def test_missing_command_line_is_never_more_than_moderate():
    facts = NeedFacts(anchors_met=("M1", "M4"), anchors_agree=True, command_recorded=False)

    assert decide_need(facts)[1].value == "Moderate"


def test_two_habits_need_anchors_each():
    stories = [story("1"), story("2", seconds=60, command="cmd.exe /c whoami")]
    findings = [finding("M1", "s-1"), finding("M5", "s-1")]

    assert answer_need(inquire(stories, findings)).state is State.UNKNOWN


def test_earlier_run_of_the_same_habit_is_not_asked_again():
    stories = [story("1", seconds=-86_400 * 7), story("2")]
    findings = [finding("M1", "s-2"), finding("M5", "s-2")]

    assert answer_need(inquire(stories, findings)).state is State.YES


def test_earlier_run_with_a_decisive_finding_is_asked():
    stories = [story("1", seconds=-86_400 * 7), story("2")]
    findings = [finding("D1", "s-1"), finding("M1", "s-2"), finding("M5", "s-2")]

    assert answer_need(inquire(stories, findings)).state is State.NO


def test_nothing_observed_is_not_applicable():
    assert answer_need(inquire([])).state is State.NOT_APPLICABLE


def test_braces_of_a_command_are_shown_as_text():
    draft = answer_need(inquire([story(command="cmd.exe /c echo {user} {0} %s")]))

    assert "{user}" in draft.values["shape"]
