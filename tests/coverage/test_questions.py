"""Claims about which questions a set of logs could answer before any incident."""

from __future__ import annotations

import pytest
from tests.coverage.cases import HOST, SYSMON, WMI, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.questions import judge_questions
from magistrate.coverage.rules import capability_table, further_table
from magistrate.playbooks.load import load_playbook
from magistrate.sources.base import Intake

PLAYBOOK = load_playbook("t1047")
KNOWN = {rule.name for rule in (*capability_table().capabilities, *further_table())}


def judged(case):
    coverage = assess_coverage(case.store(), Intake(), None, None)
    return {item.code: item for item in judge_questions(PLAYBOOK, coverage)}


def answer(case, code):
    (found,) = (host for host in judged(case)[code].hosts if host.host == HOST)
    return found


def full(days=0):
    case = Case().add("Security", 4688, Version=2, CommandLine="cmd").add("Security", 4624)
    case.add("Security", 4672).add("Security", 5156).add("Security", 5145).add(WMI, 5857)
    return case.add("Security", 4688, -days * 86_400, Version=2, CommandLine="cmd")


def test_every_question_and_decision_says_what_it_needs():
    questions = (*PLAYBOOK.questions, *PLAYBOOK.decisions)

    assert [item.code for item in questions if item.recording is None] == []


@pytest.mark.parametrize("question", [*PLAYBOOK.questions, *PLAYBOOK.decisions], ids=lambda item: item.code)
def test_what_a_question_needs_are_known_capabilities(question):
    needs = {name for way in question.recording.yes for name in way} | set(question.recording.no)

    assert needs <= KNOWN


def test_full_logs_could_answer_all_but_a_long_history():
    found = judged(full())
    able = {code: (item.hosts[0].can_say_yes, item.hosts[0].can_say_no) for code, item in found.items()}

    assert able == {code: (True, code != "Q2") for code in ("Q1", "Q2", "Q3", "Q4", "E1", "E2", "E3", "E4")}


def test_two_weeks_of_logs_could_deny_a_history():
    assert answer(full(days=15), "Q2").can_say_no


def test_a_short_history_says_how_many_days_lack():
    assert answer(full(days=4), "Q2").short_days == 10.0


def test_without_privileges_of_logons_e1_could_not_be_denied():
    case = full()
    case.rows = [row for row in case.rows if row["EventID"] != 4672]

    assert answer(case, "E1").lacking_no == ("special_logon",)


def test_connections_that_are_recorded_in_part_could_show_but_not_deny_a_pattern():
    case = Case().add(SYSMON, 3)
    found = answer(case, "Q4")

    assert (found.can_say_yes, found.can_say_no) == (True, False)


def test_the_smallest_set_that_lacks_is_named():
    assert answer(Case().add("System", 1), "E1").lacking_yes == ("logon", "special_logon")


def test_what_no_setting_opens_is_said():
    assert judged(full())["Q3"].limits == ("a NO needs the logs of the source host too",)
