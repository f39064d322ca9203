"""Claims about an account's own hours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.answers.cases import T0, evidence

from magistrate.detections.learned_acts import LearnedAct, own_hours, within_hours

MIDNIGHT = (T0 - timedelta(days=10)).replace(hour=0, minute=0, second=0, microsecond=0)


def acts(*hours, number=1):
    return [
        LearnedAct(
            "srv01", "S-1", "svc", "10.1.5.20", "x", MIDNIGHT + timedelta(hours=hour), number, evidence("e")
        )
        for hour in hours
    ]


def test_a_nightly_job_over_midnight_has_three_hours():
    assert own_hours(acts(23, 0, 1, number=10), T0, 20) == (23, 1, 30)


def test_one_stray_act_in_a_hundred_is_left_out_at_each_end():
    assert own_hours([*acts(9, 10, 11, number=50), *acts(3)], T0, 20) == (9, 11, 151)


def test_too_few_acts_are_no_hours():
    assert own_hours(acts(*range(9, 17)), T0, 20) is None


def test_acts_after_the_cut_do_not_count():
    assert own_hours(acts(9, number=30), MIDNIGHT, 20) is None


@pytest.mark.parametrize(("hour", "inside"), [(22, False), (23, True), (0, True), (1, True), (2, False)])
def test_a_span_may_pass_midnight(hour, inside):
    assert within_hours(hour, 23, 1) is inside


@given(st.lists(st.integers(0, 23), min_size=20, max_size=200))
def test_nearly_every_learned_act_lies_within_the_hours(hours):
    first, last, total = own_hours(acts(*hours), T0, 20)
    outside = sum(not within_hours(hour, first, last) for hour in hours)

    assert outside <= 2 * (total // 100)
