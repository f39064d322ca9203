"""Rule packs that the user brings, named by MAGISTRATE_SIGMA_RULES; skipped where it is not set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.sigma.reference import expected_hits

from magistrate.sigma import load_rules, match_rules
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore

pytestmark = pytest.mark.xdist_group("rule packs")
DEMO = Path(__file__).parents[2] / "scenarios" / "demo" / "logs"
SLOW_EVENTS = 400


@pytest.fixture(scope="module")
def pack():
    """The rules of the pack."""
    path = os.environ.get("MAGISTRATE_SIGMA_RULES")
    if not path:
        pytest.skip("MAGISTRATE_SIGMA_RULES is not set")
    return load_rules([Path(path)])


def stored(logs, folder):
    collect(logs, folder / "events", IntakeOptions(keep_all=True))
    return folder / "events"


def ids(events, rules):
    with DuckDBStore.open(events) as store:
        return {
            item.rule.id: {hit.evidence.evidence_id for hit in item.hits}
            for item in match_rules(store, rules).rules
        }


def rows_of(events):
    with DuckDBStore.open(events) as store:
        return store.query("SELECT * FROM event ORDER BY evidence_id")


def test_a_whole_pack_says_of_the_demo_what_the_slow_evaluator_says(pack, tmp_path):
    events = stored([DEMO], tmp_path)
    rows = rows_of(events)
    few = [row for place, row in enumerate(rows) if place % max(1, len(rows) // SLOW_EVENTS) == 0]
    chosen = {row["evidence_id"] for row in few}
    found = {rule: own & chosen for rule, own in ids(events, pack).items() if own & chosen}

    assert expected_hits(pack, few) == found


@pytest.mark.corpus
def test_a_whole_pack_says_of_recordings_what_the_slow_evaluator_says(pack, corpus, tmp_path):
    events = stored([corpus / "sigma-regression", corpus / "deepbluecli"], tmp_path)
    rows = rows_of(events)
    few = [row for place, row in enumerate(rows) if place % max(1, len(rows) // SLOW_EVENTS) == 0]
    chosen = {row["evidence_id"] for row in few}
    found = {rule: own & chosen for rule, own in ids(events, pack).items() if own & chosen}

    assert expected_hits(pack, few) == found


@pytest.mark.corpus
def test_published_regression_logs_are_hit_by_their_rules(pack, corpus, tmp_path):
    import json

    folder = corpus / "sigma-regression"
    found = ids(stored([folder], tmp_path), pack)
    known = {rule.head.id for rule in pack.rules}
    entries = [
        json.loads(line) for line in (folder / "rule_index.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    asked = [
        one
        for one in entries
        if one["rule_id"] in known and any(name.endswith(".evtx") for name in one["data"])
    ]
    missed = [
        one["folder"] for one in asked if len(found.get(one["rule_id"], ())) < (one["match_count"] or 1)
    ]

    assert asked
    assert missed == []
