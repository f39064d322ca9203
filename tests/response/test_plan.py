from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from tests.response.case_maker import SITE, Case, activity, described, finding, story

import magistrate
from magistrate.context.model import Context
from magistrate.decision import Disposition
from magistrate.playbooks.load import load_playbook
from magistrate.response import CardState
from magistrate.response.plan import Plan, ReleaseError, hash_of, make_plan, only, release
from magistrate.response.protection import guard_own_machine, guarded
from magistrate.response.scope import Level

HASH = "0" * 64
SOURCE = Path(magistrate.__file__).parent


def plan_of(case: Case, *assumed: str) -> Plan:
    scope = case.respond().scope
    return make_plan(load_playbook("t1047"), release(scope, assumed), HASH, assumed)


def test_destruction_under_way_is_stated_with_the_finding_that_shows_it():
    case = Case(findings=(finding("D2"),))
    case.decision = replace(case.decision, deciding=("f-D2",))
    plan = plan_of(case)

    assert plan.order == "isolate first, then preserve"
    assert plan.because[0].text.startswith("D2 ")
    assert plan.because[0].evidence_ids


def test_an_unknown_source_asks_to_act_together_and_says_so():
    plan = plan_of(Case(stories=(story(source_ip=None, source_host=None),)))

    assert plan.pace == "prepared in secret, then everywhere together"
    assert "The source of an activity is unknown." in [reason.text for reason in plan.because]


def test_sev1_outweighs_the_wish_to_stay_unnoticed():
    case = Case(stories=(story(source_ip=None, source_host=None),))
    case.decision = replace(case.decision, severity="SEV1")

    assert plan_of(case).pace == "at once, card by card"


def test_the_last_known_good_time_lies_a_day_before_the_earliest_evidence_and_says_what_it_cannot_promise():
    plan = plan_of(Case())

    assert (plan.first_seen, plan.last_known_good) == ("2024-03-12 10:00:00Z", "2024-03-11 10:00:00Z")
    assert "srv01.corp.example (its logs begin 2024-03-12 10:00:00Z)" in plan.uncovered


def test_t_act_2_a_plan_without_site_context_holds_no_command_that_changes_anything():
    plan = plan_of(Case())
    changing = [card for card in plan.cards if card.changes and card.state is not CardState.NONE]

    assert changing
    assert all(card.command.startswith("# withheld") for card in changing)


def test_a_person_can_take_a_host_as_unprotected_and_the_plan_says_so():
    plan = plan_of(Case(), "srv01")
    card = next(card for card in plan.cards if card.card == "isolate_host" and "srv01" in card.about)

    assert card.state is CardState.PLANNED
    assert "because the person who made this plan said so" in card.precheck
    assert plan.assumed == ("srv01",)


def test_t_act_2_what_is_known_to_be_protected_cannot_be_released():
    dc = replace(SITE, management=("srv01.corp.example",))
    with pytest.raises(ReleaseError, match="stays guarded"):
        plan_of(Case(context=dc), "srv01.corp.example")


def test_a_name_that_is_no_target_cannot_be_released():
    with pytest.raises(ReleaseError, match="its targets are"):
        plan_of(Case(), "srv99")


def test_t_act_1_a_short_name_of_two_hosts_cannot_be_released():
    case = Case(stories=(story(target_hosts=("srv01.a.example", "srv01.b.example"), source_host=None),))
    hosts = tuple(host for host in case.respond().scope.hosts if host.name != "srv01.corp.example")
    scope = replace(case.respond().scope, hosts=hosts)

    with pytest.raises(ReleaseError, match="give the whole name"):
        release(scope, ["srv01"])


def test_a_site_context_given_later_opens_what_it_describes():
    scope = guarded(Case().respond().scope, SITE)

    assert {host.guard.level for host in scope.hosts} == {Level.OPEN}


def test_a_site_context_given_later_protects_what_it_describes():
    scope = guarded(described().respond().scope, Context(source="site.yml", responders=("ws07",)))

    assert {host.name: host.guard.level for host in scope.hosts}["ws07.corp.example"] is Level.PROTECTED


def test_t_act_2_the_machine_at_hand_is_protected_with_its_address():
    scope = guard_own_machine(described().respond().scope, "WS07")

    assert {h.guard.level for h in scope.hosts if h.name.startswith("ws07")} == {Level.PROTECTED}
    assert {s.guard.level for s in scope.sources} == {Level.PROTECTED}


def test_a_plan_can_be_narrowed_to_one_target():
    scope = only(described().respond().scope, ["srv01"])

    assert [host.name for host in scope.hosts] == ["srv01.corp.example"]
    assert (scope.accounts, scope.sources) == ((), ())


def test_t_act_4_the_hash_changes_with_any_text_of_a_card():
    plan = plan_of(described())
    first = replace(plan.cards[0], command=plan.cards[0].command + " ")

    assert plan.plan_hash == hash_of(plan)
    assert hash_of(replace(plan, cards=(first, *plan.cards[1:]))) != plan.plan_hash


def test_t_act_6_a_plan_is_capped_and_says_how_many_are_left():
    acts = [activity(n, host=f"srv{n:03}.corp.example") for n in range(1, 60)]
    case = Case(stories=(story(*acts, target_hosts=tuple(a.host for a in acts), source_host=None),))
    cards = [card for card in plan_of(case).cards if card.card == "isolate_host"]

    assert len(cards) == 20
    assert "39 more need the same" in cards[-1].result


def test_what_may_still_be_running_is_listed():
    assert any("logon id 0xabc" in item.what for item in plan_of(Case()).running)


def test_the_collection_words_follow_what_the_case_lacks():
    card = next(card for card in plan_of(described()).cards if card.card == "preserve_first")

    assert "WMI repository" in card.precheck
    assert "Security log" not in card.precheck
    assert "--target !SANS_Triage,MemoryFiles,EventLogs,WBEM,MOF" in card.command
    assert "--winpmem --wbem" in card.command


def test_controls_are_chosen_by_what_was_not_proved():
    card = next(card for card in plan_of(described()).cards if card.card == "harden")

    assert "Command line in 4688" in card.precheck
    assert "ProcessCreationIncludeCmdLine_Enabled" not in card.command


def test_no_incident_gives_a_plan_that_says_why_nothing_is_done():
    case = described()
    case.decision = replace(case.decision, disposition=Disposition.CLOSE_BENIGN)
    plan = plan_of(case)

    assert [card.state for card in plan.cards] == [CardState.NONE]


FORBIDDEN = {"subprocess", "socket", "ldap", "ldap3", "paramiko", "winrm", "pexpect", "ctypes", "multiprocessing",
             "asyncio", "http", "urllib", "requests", "smtplib", "ftplib", "pty", "os", "shutil", "runpy",
             "importlib.util"}  # fmt: skip
PLANNING = [*sorted((SOURCE / "response").glob("*.py")), *sorted((SOURCE / "report").glob("plan_*.py")),
            SOURCE / "cli" / "plan.py"]  # fmt: skip


@pytest.mark.parametrize("path", PLANNING, ids=lambda path: path.name)
def test_t_act_11_nothing_that_could_run_a_command_is_imported_or_called(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {n.name for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    # `re.compile` is harmless, the built-in of the same name is not: attributes are judged without it.
    called = {node.id for node in calls if isinstance(node, ast.Name)}
    called |= {node.attr for node in calls if isinstance(node, ast.Attribute)} - {"compile"}

    assert not {name for name in imported if name in FORBIDDEN or name.partition(".")[0] in FORBIDDEN}
    assert not called & {
        "eval",
        "exec",
        "compile",
        "system",
        "popen",
        "Popen",
        "run",
        "startfile",
        "__import__",
    }
