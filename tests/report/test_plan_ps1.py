from __future__ import annotations

import re

import pytest
from tests.report.plan_maker import hostile_plan, sample_plan
from tests.report.powershell import calls, function_bodies, parses

from magistrate.report.plan_ps1 import literal, render
from magistrate.response import CardState

STRINGS = [
    "'; Remove-Item C:\\ -Recurse #", "\u2019; calc #", "\u201a\u201b\u2018", "Ò; calc", "$(calc)", "`$x", "@'\ncalc\n'@",
    "#requires -RunAsAdministrator", "#>\ncalc\n<#", "\u2028calc", "a\rcalc", "{0}", "\U0001f600", "# SIG # Begin signature block",
]  # fmt: skip


def test_the_script_parses():
    assert parses(render(sample_plan()))


@pytest.mark.parametrize("value", STRINGS)
def test_with_hostile_names_it_parses_and_stays_ascii(value):
    text = render(hostile_plan(value))

    assert parses(text)
    assert text.isascii()


@pytest.mark.parametrize("value", STRINGS)
def test_t_act_11_loading_the_file_only_lists_the_cards(value):
    assert set(calls(function_bodies(render(hostile_plan(value))).outside)) == {"Write-Output"}


def test_t_act_4_each_command_of_a_card_stands_behind_the_hash_of_the_plan():
    plan = sample_plan()
    bodies = function_bodies(render(plan)).bodies
    guard = f"    if ($PlanHash -cne '{plan.plan_hash}') {{ return }}"
    before = [body.partition(guard)[0] for body in bodies]

    assert len(bodies) == len(plan.cards)
    assert all(set(calls(part)) == {"Write-Output"} for part in before)


def test_only_planned_cards_go_on_behind_the_guard():
    plan = hostile_plan("'; calc")
    bodies = function_bodies(render(plan)).bodies

    assert [plan.plan_hash in body for body in bodies] == [
        card.state is CardState.PLANNED for card in plan.cards
    ]


def test_what_changes_a_target_keeps_its_dry_run_behind_the_guard():
    lines = [
        line for line in render(sample_plan()).splitlines() if not re.match(r"\s*(#|Write-Output )", line)
    ]
    verbs = r"\b(Disable|Enable|Remove|Set|Reset|Add|Close|Stop|New-Net)\w*-\w+"
    changing = [line for line in lines if re.search(verbs, line)]

    assert changing
    assert all("-WhatIf" in line for line in changing)


def test_a_hidden_character_becomes_visible_in_a_text():
    assert literal("a\u202eb") == "'a<U+202E>b'"
