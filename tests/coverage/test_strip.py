"""Claims about the strip of records over time."""

from __future__ import annotations

from datetime import timedelta

from tests.coverage.cases import HOST, T0, Case

from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.strip import SLICES, Strip, measure_strip
from magistrate.sources.base import Intake


def strip(case):
    store = case.store()
    coverage = assess_coverage(store, Intake(), None, None)
    return measure_strip(store, coverage.first, coverage.last, coverage.tamper)


def test_every_record_with_a_time_is_in_one_slice():
    case = Case().fill("Security", 97, step=13).add("Security", 1, Timestamp=None).fill("System", 10)

    assert {row.channel: sum(row.counts) for row in strip(case).rows} == {"Security": 97, "System": 10}


def test_the_first_record_is_in_the_first_slice_and_the_last_in_the_last():
    (row,) = strip(Case().add("Security", 1).add("Security", 1, 3200)).rows

    assert (row.counts[0], row.counts[-1], len(row.counts)) == (1, 1, SLICES)


def test_a_cut_is_marked_in_the_rows_of_its_channels():
    case = Case().fill("Security", 320, step=10).add("Security", 1102, 1600).fill("System", 10)
    marks = {row.channel: row.signs for row in strip(case).rows}

    assert marks == {"Security": (16,), "System": ()}


def test_records_of_one_moment_are_one_slice():
    (row,) = measure_strip(Case().add("Security", 1).store(), T0, T0).rows

    assert (row.host, sum(row.counts)) == (HOST, 1)


def test_without_a_time_there_is_no_strip():
    assert measure_strip(Case().store(), None, None) == Strip(None, None)


def test_records_outside_the_asked_time_stay_at_its_ends():
    case = Case().add("Security", 1, -99).add("Security", 1, 50)
    (row,) = measure_strip(case.store(), T0, T0 + timedelta(seconds=100)).rows

    assert (row.counts[0], sum(row.counts)) == (1, 2)
