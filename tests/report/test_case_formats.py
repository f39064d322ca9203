"""The same entries as JSON and CSV."""

from __future__ import annotations

import json

from magistrate.report.build import build_view
from magistrate.report.case_formats import as_csv, as_json
from magistrate.report.timeline_view import timeline
from report.sample_case import hostile_case


def test_json_holds_a_text_exactly() -> None:
    attack = "=cmd|' /C calc'!A0\x1b[2J"
    document = json.loads(as_json(timeline(build_view(hostile_case(attack)))))

    assert attack in {item["text"] for item in document}


def test_t_out_4_no_cell_starts_a_formula() -> None:
    cells = as_csv(timeline(build_view(hostile_case("=1+1"))), ("host", "text")).split('"')

    assert not any(cell.lstrip().startswith("=") for cell in cells)
