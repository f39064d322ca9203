from __future__ import annotations

import pytest

from magistrate.errors import ExportError
from magistrate.report.build import build_view
from magistrate.report.write import find_exporters, write_reports, write_text
from report.sample_case import sample_case


def test_every_report_of_a_case_is_written(tmp_path) -> None:
    written = write_reports(build_view(sample_case()), tmp_path)

    assert [path.name for path in written] == ["report.html", "report.md", "timeline.csv", "verdict.json"]


def test_the_bytes_written_are_the_bytes_rendered(tmp_path) -> None:
    view = build_view(sample_case())
    write_reports(view, tmp_path)
    same = [(tmp_path / item.FILE).read_bytes() == item.render(view).encode() for item in find_exporters()]

    assert same == [True] * 4


def test_t_case_4_a_report_that_cannot_be_written_leaves_no_half_file(tmp_path) -> None:
    (tmp_path / "verdict.json").mkdir()

    with pytest.raises(ExportError, match=r"verdict\.json: the report could not be written"):
        write_text(tmp_path / "verdict.json", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["verdict.json"]
