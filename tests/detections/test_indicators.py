"""Every indicator is tried on its own examples, from raw records to findings."""

from __future__ import annotations

import json

import pytest

from magistrate.activity.run import examine
from magistrate.context.load import parse_context
from magistrate.context.model import Context
from magistrate.detections.run import detect, known_methods
from magistrate.playbooks.load import load_playbook
from magistrate.playbooks.model import EXAMPLE_KINDS
from magistrate.playbooks.template import placeholders
from magistrate.sources.normalise import normalise_raw
from magistrate.store.duckdb import DuckDBStore

PLAYBOOK = load_playbook("t1047")
CASES = [
    pytest.param(indicator, example, id=f"{indicator.code}-{example.name}")
    for indicator in PLAYBOOK.indicators
    for example in indicator.examples
]
CODES = {f"D{n}" for n in range(1, 10)} | {f"S{n}" for n in range(1, 17)} | {f"W{n}" for n in range(1, 10)}


def findings_of(events, context=None, *, only=None):
    playbook = PLAYBOOK if only is None else PLAYBOOK.model_copy(update={"indicators": (only,)})
    signals = () if only is not None and only.code != "S10" else None
    rows = [normalise_raw({"RecordId": number, **event}) for number, event in enumerate(events, start=1)]
    site = parse_context(json.dumps(context), "example.yml") if context else Context()
    with DuckDBStore.in_memory(rows) as store:
        return detect(store, playbook, examine(store, site), site, signals)


@pytest.mark.parametrize(("indicator", "example"), CASES)
def test_an_indicator_says_about_its_example_what_the_example_expects(indicator, example):
    found = findings_of(example.events, example.context, only=indicator)

    assert bool(found) == (example.expect == "hit")


@pytest.mark.parametrize("indicator", PLAYBOOK.indicators, ids=lambda item: item.code)
def test_an_indicator_has_an_example_of_each_kind(indicator):
    assert {example.kind for example in indicator.examples} == set(EXAMPLE_KINDS)


@pytest.mark.parametrize(
    "indicator", [i for i in PLAYBOOK.indicators if i.method], ids=lambda item: item.code
)
def test_a_method_named_by_an_indicator_exists(indicator):
    assert indicator.method in known_methods()


def test_no_method_is_left_without_an_indicator():
    assert set(known_methods()) == {indicator.method for indicator in PLAYBOOK.indicators if indicator.method}


def test_the_catalogue_is_whole():
    found = {indicator.code for indicator in PLAYBOOK.indicators}

    assert CODES | {f"M{n}" for n in range(1, 8)} == found


@pytest.mark.parametrize("indicator", PLAYBOOK.indicators, ids=lambda item: item.code)
def test_a_finding_points_to_records_and_leaves_no_placeholder(indicator):
    example = next(item for item in indicator.examples if item.expect == "hit")

    found = next(f for f in findings_of(example.events, example.context) if f.code == indicator.code)

    assert found.evidence
    assert not placeholders(found.statement)
