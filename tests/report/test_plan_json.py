from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest
from tests.report.plan_maker import hostile_plan, sample_plan

from magistrate.report.plan_json import render
from magistrate.report.schema import build_plan_schema


@pytest.mark.parametrize("plan", [sample_plan(), hostile_plan("'; calc")])
def test_the_plan_fits_its_published_schema(plan):
    jsonschema.Draft202012Validator(build_plan_schema()).validate(json.loads(render(plan)))

    assert json.loads(render(plan))["schema"] == "magistrate.plan/1"


def test_the_published_schema_is_the_one_of_the_plan():
    text = resources.files("magistrate.report").joinpath("plan.schema.json").read_text(encoding="utf-8")

    assert json.loads(text) == json.loads(json.dumps(build_plan_schema()))


def test_values_are_exact_in_json():
    text = "\u202e'\u2019;|`$(calc)"
    items = json.loads(render(hostile_plan(text)))["targets"]

    assert f"CORP\\{text}" in [item["name"] for item in items]
