from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from magistrate.playbooks.load import load_playbook
from magistrate.playbooks.model import Indicator, Parameter, Rule, condition_facts


def test_a_parameter_without_origin_is_refused():
    with pytest.raises(ValidationError, match="origin"):
        Parameter.model_validate_json('{"value": 3, "unit": "hosts"}')


def test_text_is_no_number_and_a_number_is_no_text():
    with pytest.raises(ValidationError):
        Parameter.model_validate_json('{"value": 3, "unit": 5, "origin": "x"}')


def test_facts_of_a_condition_are_found_at_every_depth():
    text = {"all": ["b", {"not": {"any": ["a", {"all": ["c", "b"]}]}}]}
    rule = {"id": "R1", "title": "t", "when": text, "then": [], "text": "t"}

    assert condition_facts(Rule.model_validate_json(json.dumps(rule)).when) == ("a", "b", "c")


def test_a_condition_holds_one_operator_only():
    rule = {"id": "R1", "title": "t", "when": {"all": ["a"], "any": ["b"]}, "text": "t"}

    with pytest.raises(ValidationError):
        Rule.model_validate_json(json.dumps(rule))


def test_an_indicator_that_names_a_requirement_implements_it():
    playbook = load_playbook("t1047")
    indicator = Indicator.model_construct(code="W9", requirements=("P31",))
    changed = playbook.model_copy(update={"indicators": (indicator,)})

    assert "indicator:W9" in changed.implementers("P31")


def test_a_threshold_that_is_no_number_is_a_type_error():
    playbook = load_playbook("t1047")
    word = Parameter(value="x", unit="u", origin="o")
    changed = playbook.model_copy(update={"thresholds": {"word": word}})

    with pytest.raises(TypeError):
        changed.threshold("word")
