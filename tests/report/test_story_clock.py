"""Claims about the order that a session over several hosts may claim (threat model T-TIME-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from magistrate.activity.model import SourceTrace
from magistrate.coverage.model import Skew
from magistrate.report.story_clock import clock_statements
from report.sample_case import CHILD, HOST, SOURCE, SYSMON, T0, sample_case

SKEWS = (Skew(HOST, SOURCE, SYSMON, 3.4, 12, 3.3, 3.5, spread_seconds=0.1),)


def story(seconds):
    """A session whose client was logged on the source host some seconds after its first act on the target."""
    record = replace(CHILD, host=SOURCE, utc=T0 + timedelta(seconds=seconds), evidence_id="f" * 16)
    trace = SourceTrace(
        host=SOURCE, image=None, process_id=None, account=None, port=None, how="", evidence=(record,)
    )
    whole = sample_case().stories[0]
    return replace(whole, source_traces=(trace,))


def told(seconds, skews=SKEWS):
    (statement,) = clock_statements(story(seconds), skews)
    return statement


def test_a_session_on_one_host_says_nothing_of_clocks():
    assert clock_statements(replace(story(0), source_traces=()), SKEWS) == ()


def test_an_order_within_the_uncertainty_is_not_claimed():
    assert told(3.4).endswith("which came first is not claimed.")


@pytest.mark.parametrize(("seconds", "first"), [(-20, SOURCE), (40, HOST)])
def test_an_order_beyond_the_uncertainty_names_the_first(seconds, first):
    assert told(seconds).endswith(f"{first} came first.")


def test_without_a_measurement_the_assumption_is_said():
    assert "were not compared" in told(1, ())
