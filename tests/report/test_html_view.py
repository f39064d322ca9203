"""How much of a large case stands on the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from magistrate.report import html_view
from magistrate.report.build import build_view
from magistrate.report.exporters import html
from magistrate.report.view import RawView
from report.large_case import large_view
from report.sample_case import CHILD, sample_case


@pytest.fixture(scope="module")
def large():
    return large_view(10_000)


def test_every_finding_is_in_full_on_one_line_or_counted(large) -> None:
    groups = html_view.finding_groups(large)

    assert sum(len(group.full) + len(group.lines) + group.more for group in groups) == 10_000


def test_what_decides_is_in_full(large) -> None:
    groups = html_view.finding_groups(large)

    assert {item.id for group in groups for item in group.full if item.deciding} == set(large.deciding)


def test_ten_thousand_findings_are_under_15_mb(large) -> None:
    assert len(html.render(large).encode()) < 15_000_000


def test_the_timeline_of_a_large_case_keeps_the_highest_levels(large) -> None:
    entries, hidden = html_view.shown_entries(large)

    assert (len(entries), hidden > 0, entries == tuple(sorted(entries, key=lambda item: item.utc))) == (html_view.ENTRIES, True, True)  # fmt: skip


def test_sessions_beyond_the_room_are_one_line_each(large) -> None:
    listed, lines = html_view.split_stories(large)

    assert len(listed) + len(lines) == len(large.stories)
    assert lines


def test_raw_records_stand_in_the_appendix_and_others_that_only_tables_name_as_well() -> None:
    raw = (
        RawView(CHILD.evidence_id, "fs01/Security.evtx", "chunk 1", "<Event/>"),
        RawView("f" * 16, "x.evtx", "1", ""),
    )
    view = replace(build_view(sample_case()), raw=raw)
    records = {item.id: item for item in html_view.appendix(view, html_view.cited_records(view))}

    assert (records[CHILD.evidence_id].raw, records["f" * 16].cited) == ("<Event/>", None)


def test_raw_records_stop_at_their_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_view, "RAW", 10)
    raw = (RawView("a" * 16, "x.evtx", "1", "<Event/>"), RawView("b" * 16, "x.evtx", "2", "<Event/>"))
    records = html_view.appendix(replace(build_view(sample_case()), raw=raw), ())

    assert [item.raw for item in records] == ["<Event/>", None]
