"""What the built-in signals promise on the public recordings: the labelled ones speak, the benign ones are quiet."""

from __future__ import annotations

import json

import pytest

from magistrate.detections.signals import find_signals
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
from magistrate.store.duckdb import DuckDBStore

pytestmark = [pytest.mark.corpus, pytest.mark.xdist_group("signals")]
HIGH_PER_MILLION = 5
OUTSIDE = {"security-datasets/atomic/windows/other/raccine_simulation_mode.zip"}
"""A third product tells of the deletion in its own words in the Application log; the export lost who wrote them."""


@pytest.fixture(scope="session")
def labels(corpus):
    lines = (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def signals_of(corpus, tmp_path):
    def find(name, files):
        events = tmp_path / name / "events"
        events.mkdir(parents=True)
        loaded = collect([corpus / file for file in files], events, IntakeOptions(jobs=1)).records_loaded
        with DuckDBStore.open(events) as store:
            return find_signals(store), loaded

    return find


def test_inhibited_recovery_and_wmi_subscriptions_are_signalled(labels, signals_of):
    silent = [
        label["file"]
        for label in labels
        if (label["t1490"] is True or label["t1546_003"] is True)
        and not signals_of(label["sha256"][:16], [label["file"]])[0]
    ]

    assert set(silent) <= OUTSIDE


def test_recordings_presumed_benign_raise_next_to_no_high_signal(labels, signals_of):
    files = [label["file"] for label in labels if label["verdict"] == "do_not_escalate"]
    found, events = signals_of("benign", files)
    high = [signal for signal in found if signal.is_high]

    assert events > 10_000
    assert len(high) <= HIGH_PER_MILLION * events / 1_000_000
