"""Dates of a region are read when the export shows which number is the day."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magistrate.sources.local_dates import DateOrder, DateStyle, learn_style, plain_date

DAY, MONTH = DateStyle(DateOrder.DAY_FIRST), DateStyle(DateOrder.MONTH_FIRST)


@pytest.mark.parametrize(
    ("texts", "style"),
    [
        (["13/03/2026 13:00:01", "3/03/2026 13:00:00"], DAY),
        (["3/13/2026 1:00:01 PM", "3/3/2026 1:00:00 PM"], MONTH),
        (["03.04.2026 13:00:01"], DAY),
        (["2/3/2026 1:00:00", "3/2/2026 1:00:00", "4/2/2026 1:00:00"], MONTH),
        (["3/4/2026 1:00:01 PM"], DateStyle(DateOrder.MONTH_FIRST, assumed=True)),
        (["03/04/2026 13:00:01"], DateStyle(DateOrder.UNKNOWN)),
        (["2019/11/07 16:03:24"], DAY),
        ([], DAY),
    ],
)
def test_the_order_is_learned_from_the_whole_export(texts, style):
    assert learn_style(texts) == style


@pytest.mark.parametrize(
    ("text", "style", "plain"),
    [
        ("3/13/2026 1:00:01 PM", MONTH, "2026-03-13 13:00:01"),
        ("3/13/2026 12:00:01 AM", MONTH, "2026-03-13 00:00:01"),
        ("3/13/2026 1:00:01\u202fPM", MONTH, "2026-03-13 13:00:01"),
        ("\u200e3/\u200e13/\u200e2026 1:00:01 PM", MONTH, "2026-03-13 13:00:01"),
        ("13.03.2026 13:00:01", DAY, "2026-03-13 13:00:01"),
        ("2026/03/13 午後 1:00:01", DAY, "2026-03-13 13:00:01"),
        ("2026/03/13 13:00:01", DateStyle(DateOrder.UNKNOWN), "2026-03-13 13:00:01"),
    ],
)
def test_a_date_becomes_plain(text, style, plain):
    assert plain_date(text, style) == plain


@pytest.mark.parametrize(
    "text", ["13/3/2026 13:00:01", "3/13/2026 13:00:01 PM", "3/13/2026", "", "x" * 10_000]
)
def test_t_time_1_what_is_no_date_in_this_order_gives_none(text):
    assert plain_date(text, MONTH) is None


def test_t_time_1_an_unknown_order_invents_no_time():
    assert plain_date("03/04/2026 13:00:01", DateStyle(DateOrder.UNKNOWN)) is None


@given(st.lists(st.text(alphabet="0123456789/.-: APMapm午後", max_size=40), max_size=10))
def test_any_texts_give_a_style_and_dates_or_none(texts):
    style = learn_style(texts)

    assert all(plain_date(text, style) is None or ":" in text for text in texts)
