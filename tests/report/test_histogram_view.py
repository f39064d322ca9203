"""The numbers behind the histogram."""

from __future__ import annotations

from dataclasses import replace

import pytest

from magistrate.report.build import build_view
from magistrate.report.histogram_view import BARS, histogram
from magistrate.report.timeline_view import timeline
from report.sample_case import sample_case


@pytest.fixture(scope="module")
def entries():
    return timeline(build_view(sample_case()))


def test_every_act_and_sign_is_counted_once(entries) -> None:
    counted = histogram(entries)

    assert [sum(getattr(bar, name) for bar in counted.bars) for name in ("acts", "background", "signs")] == [
        2,
        1,
        2,
    ]


def test_there_are_no_more_slices_than_fit(entries) -> None:
    assert len(histogram(entries).bars) <= BARS


def test_entries_without_a_time_are_counted_apart(entries) -> None:
    counted = histogram(tuple(replace(item, utc=None) for item in entries))

    assert (counted.bars, counted.undated) == ((), 5)


def test_a_clock_that_is_years_off_still_fits(entries) -> None:
    odd = replace(entries[0], utc="1601-01-01T00:00:00.000000Z")

    assert len(histogram((*entries, odd)).bars) <= BARS
