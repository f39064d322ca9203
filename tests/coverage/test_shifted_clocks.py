"""Claims about logs of two hosts whose clocks differ, rendered to real event logs (threat model T-TIME-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from magistrate.coverage.skew import relate_clocks
from magistrate.investigation import investigate
from magistrate.report.build import build_view
from scenario_writer import render
from scenario_writer.render import render_scenario

CASE = Path(__file__).parents[2] / "scenarios" / "cases" / "10_full.yml"
AHEAD = timedelta(seconds=7.5)
_SYSMON_TIME = "%Y-%m-%d %H:%M:%S.%f"


def shifted(record, host):
    """A record as the host writes it whose clock is ahead: the record's own time and the time in its data."""
    if record.machine != host:
        return record
    fields = dict(record.fields)
    if isinstance(fields.get("UtcTime"), str):
        moved = datetime.strptime(fields["UtcTime"], _SYSMON_TIME) + AHEAD  # noqa: DTZ007 - Sysmon writes UTC without saying so
        fields["UtcTime"] = moved.strftime(_SYSMON_TIME)[:-3]
    return replace(record, created=record.created + AHEAD, fields=fields)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shifted")
    play = render.play
    hosts = []

    def play_with_a_wrong_clock(scenario):
        stage = play(scenario)
        hosts.append(sorted(stage.machines)[-1])
        stage.records[:] = [shifted(record, hosts[0]) for record in stage.records]
        return stage

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "play", play_with_a_wrong_clock)
        render_scenario(CASE, folder / "logs")
    return investigate([folder / "logs"], folder / "case"), hosts[0].lower()


def test_t_time_2_the_difference_is_measured_to_a_tenth_of_a_second(case):
    result, wrong = case
    names = [item.host for item in result.coverage.hosts]
    late = next(name for name in names if name.startswith(wrong))
    other = next(name for name in names if name != late)
    relation = relate_clocks(result.coverage.skews, other, late)

    assert relation.samples > 0
    assert relation.seconds == pytest.approx(AHEAD.total_seconds(), abs=0.1)


def test_t_time_2_a_session_over_both_hosts_says_what_order_its_clocks_allow(case):
    view = build_view(case[0])
    told = [text for story in view.stories for text in story.clocks]

    assert told
    assert all("7.5 s ahead of" in text and "is not claimed" in text for text in told), told


def test_t_time_2_the_timeline_carries_the_statement(case):
    from magistrate.report.exporters import timeline

    assert "7.5 s ahead of" in timeline.render(build_view(case[0]))
