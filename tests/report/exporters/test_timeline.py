from __future__ import annotations

import csv
import io

from magistrate.report.build import build_view
from magistrate.report.exporters import timeline
from report.sample_case import hostile_case, sample_case


def _rows(case) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(timeline.render(build_view(case)))))


def test_the_timeline_has_the_columns_that_timesketch_asks_for() -> None:
    assert list(_rows(sample_case())[0])[:3] == ["message", "datetime", "timestamp_desc"]


def test_rows_stand_in_time_order() -> None:
    times = [row["datetime"] for row in _rows(sample_case())]

    assert times == sorted(times)


def test_every_act_and_every_cited_record_has_a_row() -> None:
    rows = _rows(sample_case())
    kinds = [row["timestamp_desc"] for row in rows]

    assert (kinds.count("WMI activity"), kinds.count("Finding evidence"), kinds.count("Log integrity")) == (
        3,
        6,
        1,
    )


def test_t_out_2_no_cell_is_a_formula() -> None:
    cells = [cell for row in _rows(hostile_case("=cmd|' /C calc'!A0")) for cell in row.values()]

    assert any("cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
