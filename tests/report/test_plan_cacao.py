from __future__ import annotations

import copy
import json
import uuid

import pytest
from tests.report.cacao import faults
from tests.report.plan_maker import hostile_plan, sample_plan

from magistrate.report.plan_cacao import playbook_of, render

STRINGS = ["'; calc", "\u2019; calc #", "__source__:value", "a\n\u202eb", "\U0001f600", '"}],"x":[{"']


@pytest.mark.parametrize("plan", [sample_plan(), *map(hostile_plan, STRINGS)])
def test_the_playbook_has_no_fault(plan):
    assert faults(json.loads(render(plan))) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda p: p.pop("created_by"),
        lambda p: p.update(id="playbook--1"),
        lambda p: p.update(workflow_start=next(reversed(p["workflow"]))),
        lambda p: p.update(created="2024-03-12T10:00:00Z"),
        lambda p: p["agent_definitions"].popitem(),
        lambda p: p["workflow"].popitem(),
        lambda p: _action(p)["commands"][0].update(type="powershell"),
        lambda p: _action(p).update(on_completion=next(iter(p["workflow"]))),
        lambda p: _action(p).update(commands=[]),
    ],
)
def test_the_check_sees_what_is_spoiled(spoil):
    playbook = copy.deepcopy(playbook_of(sample_plan()))
    spoil(playbook)

    assert faults(playbook)


def _action(playbook):
    return next(step for step in playbook["workflow"].values() if step["type"] == "action")


def test_there_is_one_step_for_each_card_in_the_order_to_act():
    plan = sample_plan()
    playbook = playbook_of(plan)
    names = [step["name"] for step in playbook["workflow"].values() if step["type"] == "action"]

    assert names == [f"{card.order}. {card.title} ({card.state.value})" for card in plan.cards]


def test_two_renderings_are_the_same_bytes_and_another_plan_has_other_ids():
    assert render(sample_plan()) == render(sample_plan())
    assert playbook_of(sample_plan())["id"] != playbook_of(hostile_plan("x"))["id"]


def test_the_id_is_the_uuid_of_version_5_that_the_standard_library_makes():
    plan = sample_plan()
    playbook = playbook_of(plan)
    parts = {"name": playbook["name"], "playbook_types": playbook["playbook_types"]}
    name = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    made = uuid.uuid5(uuid.UUID("aa7caf3a-d55a-4e9a-b34e-056215fba56a"), name)

    assert playbook["id"] == f"playbook--{made}"


def test_hidden_characters_are_visible_to_whoever_does_a_step():
    text = render(hostile_plan("a\u202eb"))

    assert "\\u202e" not in text
    assert "U+202E" in text
