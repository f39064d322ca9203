"""Host by source by time."""

from __future__ import annotations

from dataclasses import replace

from magistrate.coverage.strip import Strip, StripRow
from magistrate.report.build import build_view
from magistrate.report.matrix_view import matrix, strip_views
from report.sample_case import COVERAGE, HOST, sample_case

STRIP = Strip(COVERAGE.first, COVERAGE.last, (StripRow(HOST, "Security", (0, 0, 5, 1_200), (3,)),))


def test_a_cell_has_the_power_of_ten_of_its_count() -> None:
    view = build_view(replace(sample_case(), strip=STRIP))

    assert [(cell.level, cell.cut) for cell in matrix(view).rows[0].cells] == [(0, False), (0, False), (1, False), (4, True)]  # fmt: skip


def test_silence_within_the_case_is_counted() -> None:
    strip = replace(STRIP, rows=(StripRow(HOST, "Sysmon", (9, 9, 9, 0)),))
    row = matrix(build_view(replace(sample_case(), strip=strip))).rows[0]

    assert (row.silent, row.silent_in_case) == (1, 1)


def test_without_a_measured_strip_there_is_no_row() -> None:
    assert matrix(build_view(sample_case())).rows == ()
    assert strip_views(None) == ()
