from __future__ import annotations

import json
import re

import pytest
from tests.response.case_maker import (
    Case,
    activity,
    coverage,
    decision,
    described,
    evidence,
    finding,
    identity,
    nothing,
    story,
)

from magistrate.activity.model import Account, Confidence, Join, Kind
from magistrate.context.model import AccountPurpose, Asset, Context
from magistrate.decision import Disposition
from magistrate.playbooks.load import load_playbook
from magistrate.response import CardState


def cards(case: Case, name: str | None = None):
    return [card for card in case.respond().containment if name in (None, card.card)]


def names(case: Case) -> list[str]:
    return list(dict.fromkeys(card.card for card in cards(case)))


@pytest.mark.parametrize("disposition", [d for d in Disposition if not d.value.startswith("ESCALATE")])
def test_nothing_is_contained_unless_it_escalates(disposition):
    found = cards(Case(decision=decision(disposition)))

    assert [card.state for card in found] == [CardState.NONE]
    assert found[0].result


def test_a_review_preserves_and_does_not_contain():
    case = Case(decision=decision(Disposition.ESCALATE_REVIEW))

    assert names(case) == ["no_containment", "preserve_first", "harden"]


def test_an_incident_preserves_before_it_isolates():
    order = names(Case())

    assert order.index("preserve_first") < order.index("isolate_host") < order.index("disable_account")


def test_destruction_under_way_isolates_before_it_preserves():
    case = Case(findings=(finding("D2"),), decision=decision(Disposition.ESCALATE_INCIDENT, "f-D2"))
    order = names(case)

    assert order.index("isolate_host") < order.index("preserve_first")


def test_order_numbers_run_from_one():
    found = cards(Case())

    assert [card.order for card in found] == list(range(1, len(found) + 1))


def test_source_and_target_are_both_isolated():
    about = [card.about for card in cards(Case(), "isolate_host")]

    assert about == ["srv01.corp.example", "ws07.corp.example"]


def test_one_host_under_two_names_gets_one_card():
    case = Case(stories=(story(source_host="SRV01"),))

    assert [card.about for card in cards(case, "isolate_host")] == ["srv01.corp.example"]


@pytest.mark.parametrize(
    "asset",
    [
        {"role": "dc"},
        {"role": "backup"},
        {"role": "pki"},
        {"role": "management"},
        {"tier": 0},
        {"tags": ("hypervisor",)},
    ],
)
def test_a_protected_host_gets_no_isolation_command(asset):
    context = Context(source="site.yml", assets=(Asset("srv01.corp.example", **asset),))
    case = Case(context=context)

    assert [card.about for card in cards(case, "isolate_host")] == ["ws07.corp.example"]
    assert [card.about for card in cards(case, "guard_host")] == ["srv01.corp.example"]
    assert cards(case, "guard_host")[0].state is CardState.NONE


def test_a_domain_controller_is_guarded_by_its_own_logs():
    case = Case(coverage=coverage(channels=("Security", "Directory Service")))

    assert not cards(case, "isolate_host")
    assert "Domain controller" in cards(case, "guard_host")[0].precheck


def test_a_host_that_nobody_described_gets_its_card_without_a_command():
    card = cards(Case(), "isolate_host")[0]

    assert card.state is CardState.GUARDED
    assert card.command.startswith("# withheld: ")
    assert "--assume-unprotected srv01.corp.example" in card.command
    assert len(card.command.splitlines()) == 1


def test_a_described_host_gets_its_command():
    card = cards(described(), "isolate_host")[0]

    assert card.state is CardState.PLANNED
    assert "Disable-ADAccount -Identity 'SRV01$' -WhatIf" in card.command


def test_a_host_known_from_the_other_end_only_is_to_be_confirmed():
    case = Case(stories=(story(source_host="ghost"),))
    card = next(card for card in cards(case, "isolate_host") if card.about == "ghost")

    assert "confirm it by address" in card.precheck


def test_an_account_is_disabled_by_its_sid_with_its_evidence():
    card = cards(described(), "disable_account")[0]

    assert "Disable-ADAccount -Identity 'S-1-5-21-1-2-3-1104' -WhatIf" in card.command
    assert card.evidence_ids
    assert card.evidence_ids[0] in card.precheck


def test_an_account_that_no_decisive_or_strong_finding_cites_is_left_alone():
    user04 = activity(2, identity=identity(Account("CORP\\user04", "S-1-5-21-1-2-3-1105")))
    case = Case(stories=(story(activity(1), user04),))

    assert {card.about for card in cards(case) if card.card.endswith("account")} == {"CORP\\user03"}


@pytest.mark.parametrize(
    "changes", [{"join": Join.AMBIGUOUS}, {"join": Join.WINDOW, "confidence": Confidence.LOW}]
)
def test_a_disputed_actor_gets_no_account_card(changes):
    case = Case(stories=(story(activity(1, identity=identity(**changes))),))
    order = names(case)

    assert "account_not_settled" in order
    assert not {"disable_account", "end_sessions"} & set(order)


def test_the_null_sid_of_4688_does_not_hide_the_account():
    unnamed = activity(1, identity=identity(Account("CORP\\user03", "S-1-0-0")))
    card = cards(described(stories=(story(unnamed),)), "disable_account")[0]

    assert "-Identity 'user03'" in card.command


def test_one_account_with_and_without_its_sid_gets_one_card():
    unnamed = activity(2, identity=identity(Account("corp\\User03")))
    case = Case(stories=(story(activity(1), unnamed),), findings=(finding(activity_ids=("a1", "a2")),))

    assert [card.about for card in cards(case, "disable_account")] == ["CORP\\user03"]


@pytest.mark.parametrize("join", [Join.RECORDED, Join.FALLBACK])
def test_an_account_that_the_record_names_is_settled_without_its_origin(join):
    recorded = identity(join=join, confidence=Confidence.LOW)

    assert "disable_account" in names(Case(stories=(story(activity(1, identity=recorded)),)))


def test_one_settled_activity_settles_the_actor_of_its_story():
    unnamed = activity(2, kind=Kind.FILE, identity=identity(None, join=Join.NONE))
    case = Case(stories=(story(activity(1), unnamed),), findings=(finding(activity_ids=("a1", "a2")),))

    assert "account_not_settled" not in names(case)
    assert "disable_account" in names(case)


def test_the_person_at_the_source_counts_when_a_strong_finding_cites_them():
    user04 = activity(
        2, kind=Kind.CREDENTIAL, identity=identity(Account("CORP\\user04", "S-1-5-21-1-2-3-1105"))
    )
    hop = finding("S2", activity_ids=("a2",))
    case = Case(stories=(story(activity(1), user04),), findings=(finding(), hop))

    assert [card.about for card in cards(case, "disable_account")] == ["CORP\\user03", "CORP\\user04"]


def test_windows_own_accounts_get_no_card():
    case = Case(stories=(story(activity(1, identity=identity(Account("NT AUTHORITY\\SYSTEM", "S-1-5-18")))),))

    assert "disable_account" not in names(case)


def test_an_account_with_a_purpose_is_changed_with_care_and_not_disabled():
    purpose = AccountPurpose("CORP\\user03", "S-1-5-21-1-2-3-1104", purpose="backup jobs")
    case = Case(context=Context(source="site.yml", accounts=(purpose,)))
    order = names(case)

    assert "service_account" in order
    assert "disable_account" not in order
    assert "backup jobs" in cards(case, "service_account")[0].precheck


def test_a_local_account_is_rotated_on_its_host():
    case = Case(
        stories=(
            story(activity(1, identity=identity(Account("SRV01\\Administrator", "S-1-5-21-9-9-9-500")))),
        )
    )

    assert "local_account" in names(case)
    assert "disable_account" not in names(case)


def test_a_machine_account_gets_its_own_card():
    case = Case(
        stories=(story(activity(1, identity=identity(Account("CORP\\WS07$", "S-1-5-21-1-2-3-1200")))),)
    )

    assert "machine_account" in names(case)
    assert "disable_account" not in names(case)


def test_the_credential_of_an_explicit_logon_is_contained_too():
    hop = activity(1, kind=Kind.CREDENTIAL, facts=(("credential.account", "CORP\\adm01"),))
    case = Case(stories=(story(hop),))

    assert "CORP\\adm01" in {card.about for card in cards(case, "disable_account")}


def test_krbtgt_needs_evidence_of_a_domain_controller():
    stolen = finding("D7")
    dc = Context(source="site.yml", assets=(Asset("srv01.corp.example", role="dc"),))
    incident = decision(Disposition.ESCALATE_INCIDENT, "f-D7")

    assert "krbtgt" not in names(Case(findings=(stolen,), decision=incident))
    assert "krbtgt" in names(Case(findings=(stolen,), decision=incident, context=dc))


def test_the_source_is_blocked_by_its_address_only():
    card = cards(described(), "block_path")[0]

    assert "-RemoteAddress '10.0.0.7' -Action Block -Profile Any -WhatIf" in card.command


@pytest.mark.parametrize("address", [None, "127.0.0.1", "::1"])
def test_no_source_or_loopback_is_never_blocked(address):
    assert "block_path" not in names(Case(stories=(story(source_ip=address),)))


def test_an_open_scope_asks_to_act_everywhere_at_once():
    case = Case(stories=(story(source_ip=None, source_host=None),))

    assert "act_together" in names(case)
    assert "act_together" not in names(Case())


def subscription(number: int, part: str, **facts: str):
    values = {"subscription.part": part, **{f"subscription.{name}": value for name, value in facts.items()}}
    return activity(
        number, kind=Kind.SUBSCRIPTION, operation="subscription", facts=tuple(sorted(values.items()))
    )


def test_a_binding_names_consumer_and_filter_to_remove():
    bound = subscription(
        1,
        "binding",
        consumer='CommandLineEventConsumer.Name="Updater"',
        filter='\\\\.\\root\\subscription:__EventFilter.Name="Trig\'ger"',
    )
    card = cards(described(stories=(story(bound),)), "remove_subscription")[0]

    assert "$con = 'Updater'; $fil = 'Trig''ger'" in card.command
    assert card.command.index("Export-Clixml") < card.command.index("Remove-CimInstance")


def test_binding_goes_before_consumer_and_consumer_before_filter():
    bound = subscription(1, "binding", consumer='X.Name="c"', filter='Y.Name="f"')
    command = cards(described(stories=(story(bound),)), "remove_subscription")[0].command
    removals = [line for line in command.splitlines() if "Remove-CimInstance -WhatIf" in line]

    assert [
        re.search(r"ClassName __\w*?(Binding|EventConsumer|EventFilter) ", line)[1].removeprefix("Event")
        for line in removals
    ] == ["Binding", "Consumer", "Filter"]


def test_a_consumer_without_binding_leaves_the_filter_to_a_person():
    case = described(stories=(story(subscription(1, "consumer", name="Updater")),))
    card = cards(case, "remove_subscription")[0]

    assert "$fil = '<FILTER>'" in card.command


@pytest.mark.parametrize("name", ["net use \\\\srv\\c$ /user:adm01 Sommer2024", "Updater /password:<masked>"])
def test_t_act_10_a_secret_in_a_name_is_refused_and_not_printed_as_its_mask(name):
    case = described(stories=(story(subscription(1, "consumer", name=name)),))
    card = cards(case, "remove_subscription")[0]

    assert card.state is CardState.REFUSED
    assert "looks like a password" in card.result
    assert "<masked>" not in card.command
    assert "Sommer2024" not in card.command


def test_a_temporary_subscription_is_not_removed():
    case = Case(stories=(story(subscription(1, "temporary", name="Watcher")),))

    assert "remove_subscription" not in names(case)


def test_the_restore_point_lies_a_day_before_the_first_evidence():
    card = cards(Case(), "recover")[0]

    assert "2024-03-11 10:00:00Z" in card.title


def test_a_name_that_could_reach_the_shell_is_refused_and_left_to_a_person():
    evil = Account("CORP\\x'; Remove-Item C:\\ -Recurse #")
    card = cards(Case(stories=(story(activity(1, identity=identity(evil))),)), "disable_account")[0]

    assert card.state is CardState.REFUSED
    assert "Remove-Item C:" not in card.command
    assert "Fill it in by hand" in card.result


def test_a_guard_that_names_a_host_with_a_line_break_stays_one_comment():
    asset = Asset("x\ncalc", addresses=("10.0.0.7",), role="dc")
    card = cards(Case(context=Context(source="site.yml", assets=(asset,))), "block_path")[0]

    assert len(card.command.splitlines()) == 1


def test_a_host_name_with_a_line_break_cannot_start_a_command_line():
    case = Case(stories=(story(target_hosts=("srv\nRemove-Item C:\\",)),))

    assert not any(
        line.startswith("Remove-Item") for card in cards(case) for line in card.command.splitlines()
    )


def test_ids_hold_no_text_from_logs():
    case = Case(stories=(story(target_hosts=("<script>",)),))

    assert all(re.fullmatch(r"[a-z_]+-[0-9]+", card.id) for card in cards(case))


def test_every_card_says_what_it_costs_and_how_to_undo_it():
    found = cards(Case())

    assert all(
        (c.goal, c.precheck, c.command, c.side_effects, c.verify, c.rollback, c.evidence_lost, c.approver)
        and all(
            (c.goal, c.precheck, c.command, c.side_effects, c.verify, c.rollback, c.evidence_lost, c.approver)
        )
        for c in found
    )


CHANGES = re.compile(r"\b(Disable|Enable|Remove|Set|Reset|Add|Close|New-Net|Stop)-?\w*-?\w*")
NEVER_BARE = (
    "auditpol /set",
    "reg add",
    "netsh advfirewall set",
    "logoff ",
    "shutdown",
    "klist -li",
    "winmgmt",
)


@pytest.mark.parametrize("card", load_playbook("t1047").cards, ids=lambda card: card.id)
def test_commands_that_change_something_are_dry_runs_or_comments(card):
    lines = [line for line in card.command.splitlines() if not line.lstrip().startswith("#")]
    changing = [
        line
        for line in lines
        if re.search(r"\b(Disable|Enable|Remove|Set|Reset|Add|Close|New-Net|Stop)\w*-\w+", line)
    ]

    assert all("-WhatIf" in line for line in changing)
    assert not any(word in line for line in lines for word in NEVER_BARE)


def test_no_card_stops_or_resets_wmi():
    text = " ".join(card.command for card in load_playbook("t1047").cards)

    assert "resetrepository" not in text
    assert not re.search(r"Stop-Service.*Winmgmt", text, re.IGNORECASE)


def test_the_collection_does_not_use_wmi():
    card = cards(Case(), "preserve_first")[0]

    assert not re.search(
        r"Get-CimInstance|Get-WmiObject|Get-NetTCPConnection|Get-ScheduledTask|wmic", card.command
    )


@pytest.mark.hostile
def test_hostile_names_never_leave_their_quotes_in_any_command(hostile):
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    values = [json.loads(line)["CommandLine"] for line in lines]
    clean = {line for card in cards(Case()) for line in card.command.splitlines()}
    stray = []
    for value in values:
        acting = activity(1, identity=identity(Account(f"CORP\\{value}")), host=value)
        bound = subscription(2, "binding", consumer=f'X.Name="{value}"', filter=value)
        case = Case(
            stories=(story(acting, bound, target_hosts=(value,), source_host=value, source_ip=value),)
        )
        for card in cards(case):
            for line in card.command.splitlines():
                code = re.sub(
                    r"'(?:[^'\u2018\u2019\u201a\u201b]|['\u2018\u2019\u201a\u201b]{2})*'", "''", line
                )
                if not line.lstrip().startswith("#") and value in code and line not in clean:
                    stray.append((card.id, line))

    assert stray == []


def test_no_observed_activity_needs_one_card_only():
    assert len(cards(nothing())) == 1


def test_a_plan_for_many_hosts_stays_readable_and_counts_the_rest():
    hosts = tuple(f"srv{n:03}.corp.example" for n in range(100))
    found = cards(Case(stories=(story(target_hosts=hosts, source_host=None),)), "isolate_host")

    # The fixture's own srv01 is the 101st.
    assert len(found) == 20
    assert "81 more need the same" in found[-1].result


def test_cards_do_not_depend_on_the_order_of_stories():
    one = story(activity(1), id="s1")
    two = story(activity(2, evidence=(evidence(9),)), id="s2", source_ip="10.0.0.9", source_host="ws09")
    findings = (finding("D1"), finding("S1", story_id="s2", activity_ids=("a2",)))

    first = Case(stories=(one, two), findings=findings).respond()
    second = Case(stories=(two, one), findings=findings[::-1]).respond()

    assert first == second
