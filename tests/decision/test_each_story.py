"""A decision for each story: as strict as the case where it is alone, and silent about what is not under question."""

from pathlib import Path

import pytest

from magistrate.decision.each_story import decide_each
from magistrate.investigation import EVENTS_FOLDER, investigate
from magistrate.store.duckdb import DuckDBStore
from scenario_writer.render import render_scenario

CASES = Path(__file__).parents[2] / "scenarios" / "cases"


@pytest.fixture(scope="module")
def case_and_each(tmp_path_factory):
    folder = tmp_path_factory.mktemp("each")
    render_scenario(CASES / "20_wmic_user_add.yml", folder / "logs")
    case = investigate([folder / "logs"], folder / "case")
    with DuckDBStore.open(folder / "case" / EVENTS_FOLDER) as store:
        each = decide_each(
            store, case.playbook, case.stories, case.findings, case.signals, case.coverage, case.context
        )
    return case, each


def test_every_story_that_is_no_background_gets_one_decision(case_and_each):
    case, each = case_and_each

    assert [item.story.id for item in each] == [s.id for s in case.stories if not s.background]


def test_the_story_that_decides_a_case_is_decided_alike_alone(case_and_each):
    case, each = case_and_each

    assert case.decision.disposition in {item.decision.disposition for item in each}
