"""Hours of the week against the learned history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from magistrate.history.model import History, LearnedRow
from magistrate.report.heat_view import heat_rows, heat_sentence, heat_view
from report.sample_case import STORIES, T0


def _history(moment: datetime, kind: str = "act") -> History:
    row = LearnedRow(kind, "fs01", "CORP\\user05", "", "", "process_create", "", "", moment, 3, moment, moment, "e" * 16,
                     "Security", 4688, 1, "old.evtx")  # fmt: skip
    return History((row,))


def test_acts_are_counted_in_the_zone_of_the_site() -> None:
    heat = heat_view(STORIES, None, "Asia/Tokyo")

    assert [at for at, number in enumerate(heat.acts) if number] == [19]  # Monday 10:14 UTC is 19:14 there


def test_background_is_not_counted() -> None:
    assert sum(heat_view(STORIES, None, None).acts) == 2


def test_an_hour_without_any_act_in_the_history_is_new() -> None:
    heat = heat_view(STORIES, _history(datetime(2026, 2, 3, 15, tzinfo=UTC)), None)

    assert {cell.kind for _, row in heat_rows(heat) for cell in row} == {"new", "usual", "empty"}


def test_an_hour_with_acts_in_the_history_is_known() -> None:
    heat = heat_view(STORIES, _history(T0), None)

    assert "In 0 of 1 of these hours" in heat_sentence(heat)


def test_logons_of_the_history_are_no_acts() -> None:
    assert "holds no act" in heat_sentence(heat_view(STORIES, _history(T0, "logon"), None))


def test_without_a_history_nothing_is_called_usual() -> None:
    assert "No learned history was given" in heat_sentence(heat_view(STORIES, None, None))


def test_a_case_without_times_has_no_heat_map() -> None:
    timeless = replace(STORIES[0], activities=tuple(replace(act, utc=None) for act in STORIES[0].activities))

    assert heat_view((timeless,), None, None) is None
