"""Each sentence of the playbook is answered from the data: one scenario answers it, another answers otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from magistrate.strict_yaml import load_yaml

TABLE = Path(__file__).with_name("requirements.yml")
ROWS = load_yaml(TABLE.read_text(encoding="utf-8"), TABLE.name)

pytestmark = pytest.mark.xdist_group("scenarios")


def test_every_sentence_stands_in_the_table():
    assert list(ROWS) == [f"P{number}" for number in range(1, 32)]


@pytest.mark.parametrize("name", ROWS)
def test_a_scenario_answers_the_sentence_with_records(name, investigated):
    scenario, words = ROWS[name]["yes"]
    found = investigated(scenario)
    row = found.requirement(name)
    cited = {item["id"] for item in row["evidence"]} if "evidence" in row else set(row["evidence_ids"])

    assert words in row["result"]
    assert row["state"] != "not answerable"
    assert cited
    assert cited <= found.records


@pytest.mark.parametrize("name", ROWS)
def test_another_scenario_answers_the_sentence_otherwise(name, investigated):
    scenario, words = ROWS[name]["otherwise"]
    row = investigated(scenario).requirement(name)

    assert words in row["result"]
    assert ROWS[name]["yes"][1] not in row["result"]
    assert row["state"] == ROWS[name].get("state", row["state"])
