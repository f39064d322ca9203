"""Published rules on the recordings made for them: each rule matches as often as its regression data says.

The rules are the user's and never lie in this repository: the test runs only where MAGISTRATE_SIGMA_RULES names a
folder that holds a copy of the public rule repository with its `regression_data`. A published count is a least count:
the rules' own runner takes more matches for a count to be brought up to date.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from magistrate.sigma import load_rules, match_rules
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore
from magistrate.strict_yaml import load_yaml

pytestmark = [pytest.mark.corpus, pytest.mark.xdist_group("sigma-regression")]
NOT_WINDOWS = {"rules/cisco/aaa/cisco_cli_dot1x_disabled"}
"""Recordings of no Windows log; docs/sigma.md says why each rule says nothing."""


@pytest.fixture(scope="session")
def published():
    folder = os.environ.get("MAGISTRATE_SIGMA_RULES")
    if not folder:
        pytest.skip("MAGISTRATE_SIGMA_RULES is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def recordings(corpus):
    root = corpus / "sigma-regression"
    lines = (root / "rule_index.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        (item["folder"], item["rule_id"], root / item["folder"] / name)
        for item in map(json.loads, lines)
        for name in item["data"]
    ]


@pytest.fixture(scope="session")
def rules(published):
    return load_rules(
        [published / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    )


def least_count(published, folder):
    """The published count of a recording's rule; 1 where none is published."""
    info = published / "regression_data" / folder / "info.yml"
    tests = load_yaml(info.read_text(encoding="utf-8"), info.name).get("regression_tests_info", [])
    return max((item.get("match_count", 1) for item in tests), default=1)


def counts(paths, rules, folder):
    """Matches by file name and rule id."""
    events = folder / "events"
    events.mkdir(parents=True)
    collect(paths, events, IntakeOptions(jobs=2, keep_all=True))
    with DuckDBStore.open(events) as store:
        matches = match_rules(store, rules)
    return Counter(
        (Path(hit.evidence.file).name, match.rule.id) for match in matches.rules for hit in match.hits
    )


def test_published_rules_match_their_recordings(published, recordings, rules, tmp_path):
    found = counts([path for _, _, path in recordings], rules, tmp_path / "all")
    missed = []
    for folder, rule, path in recordings:
        expected = least_count(published, folder)
        if found[path.name, rule] >= expected:
            continue
        alone = counts(
            [path], rules, tmp_path / path.stem
        )  # an event of two recordings counts for one of them above
        if alone[path.name, rule] < expected:
            missed.append(folder)

    assert set(missed) <= NOT_WINDOWS
    assert len(missed) <= 0.01 * len(recordings)
