from __future__ import annotations

import csv as reader
import io

from magistrate.report.build import build_view
from magistrate.report.citations import cited_records
from magistrate.report.exporters import csv
from report.sample_case import hostile_case, sample_case


def test_every_cited_record_has_one_row() -> None:
    view = build_view(sample_case())
    rows = list(reader.DictReader(io.StringIO(csv.render(view))))

    assert [row["evidence_id"] for row in rows] == [item.record.id for item in cited_records(view)]


def test_t_out_2_no_cell_is_a_formula() -> None:
    text = csv.render(build_view(hostile_case("=cmd|' /C calc'!A0")))
    cells = [cell for row in reader.reader(io.StringIO(text)) for cell in row]

    assert "'=cmd|' /C calc'!A0" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []


def test_t_out_2_raw_cells_are_as_recorded() -> None:
    text = csv.render_raw(build_view(hostile_case("=1+1\x00")))
    cells = [cell for row in reader.reader(io.StringIO(text)) for cell in row]

    assert "=1+1\x00" in cells
