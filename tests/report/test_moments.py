"""Times of a view as numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from magistrate.report.moments import moment_of, slice_start, slice_text, step_for, step_text


def test_a_text_that_is_no_time_is_no_moment() -> None:
    assert moment_of("yesterday") is None


def test_days_start_at_midnight() -> None:
    assert datetime(2026, 3, 5, tzinfo=UTC) == slice_start(datetime(2026, 3, 5, 7, 44, tzinfo=UTC), 86_400)


@pytest.mark.parametrize(
    ("seconds", "step"), [(0, 1), (60, 1), (61, 2), (3_600, 60), (4_000_000_000, 82_944_000)]
)
def test_a_span_fits_into_its_slices(seconds: int, step: int) -> None:
    assert step == step_for(seconds, 60)


@pytest.mark.parametrize(("step", "text"), [(5, "5 s"), (600, "10 min"), (7_200, "2 h"), (604_800, "7 days")])
def test_a_width_is_said_in_its_unit(step: int, text: str) -> None:
    assert text == step_text(step)


def test_a_slice_of_minutes_shows_no_seconds() -> None:
    assert slice_text(datetime(2026, 3, 5, 7, 44, tzinfo=UTC), 60) == "2026-03-05 07:44"
