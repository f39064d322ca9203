"""Campaigns as sheets, on scenarios with several hosts."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from activity.campaign_stories import move
from magistrate.investigation import Options, investigate
from magistrate.report.campaign_view import campaign_sheets
from report.sample_case import sample_case
from scenario_writer.render import render_scenario, write_context

FAN_OUT = Path(__file__).parents[2] / "scenarios" / "cases" / "27_fan_out.yml"


def sheets_of(*stories):
    return {
        sheet.key: sheet for sheet in campaign_sheets(dataclasses.replace(sample_case(), stories=stories))
    }


@pytest.fixture(scope="module")
def fan_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fan-out")
    render_scenario(FAN_OUT, folder / "logs")
    write_context(FAN_OUT, folder / "site.yml")
    return investigate([folder / "logs"], folder / "case", Options(context_path=folder / "site.yml"))


def test_a_fan_out_over_four_hosts_is_one_campaign(fan_out):
    (sheet,) = campaign_sheets(fan_out)

    assert sheet.summary.startswith("Campaign 1: 4 hosts reached")
    assert {row[1].split(".")[0] for row in sheet.rows} == {"ws05", "srv21", "srv22", "srv23", "srv24"}


def test_every_row_of_the_scope_stands_on_records(fan_out):
    assert all(ids for sheet in campaign_sheets(fan_out) for ids in sheet.records)


def test_a_pivot_is_shown_with_both_ends():
    sheets = sheets_of(move("1", "ws1", "srv1"), move("2", "srv1", "srv2", 2))

    assert sheets["campaign-pivots"].rows[0][1:3] + sheets["campaign-pivots"].rows[0][4:5] == (
        "ws1",
        "srv1",
        "srv2",
    )


def test_an_order_that_the_clocks_do_not_allow_is_not_claimed():
    sheets = sheets_of(move("1", "ws1", "srv1"), move("2", "srv1", "srv2", 0.01))

    assert sheets["campaign-pivots"].rows[0][-1].startswith("not claimed")


def test_one_target_is_no_campaign():
    assert sheets_of(move("1", "ws1", "srv1"), move("2", "ws2", "srv1", 2)) == {}
