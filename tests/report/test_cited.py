"""Which cited records were recovered from slack."""

from __future__ import annotations

from dataclasses import replace

from magistrate.report.build import build_view
from magistrate.report.cited import cited_from_slack
from magistrate.report.note import note_lines
from magistrate.report.terminal import summary_lines
from magistrate.store.duckdb import DuckDBStore
from report.sample_case import sample_case


def store_of(*ids: str) -> DuckDBStore:
    return DuckDBStore.in_memory({"evidence_id": name, "recovered": True} for name in ids)


def cited_id() -> str:
    return sample_case().findings[0].evidence[0].evidence_id


def test_only_cited_records_count():
    assert cited_from_slack(store_of(cited_id(), "f" * 16), sample_case()) == {cited_id()}


def test_live_records_do_not_count():
    store = DuckDBStore.in_memory([{"evidence_id": cited_id()}])

    assert cited_from_slack(store, sample_case()) == frozenset()


def test_the_ticket_note_and_the_summary_label_them():
    view = build_view(replace(sample_case(), recovered=frozenset({cited_id()})))

    assert any("(recovered from slack)" in line for line in note_lines(view))
    assert any("(recovered from slack)" in line.plain for line in summary_lines(view, 120))
