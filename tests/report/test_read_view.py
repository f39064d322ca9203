from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from magistrate.errors import SchemaVersionError, SourceError
from magistrate.report.build import build_view
from magistrate.report.exporters import verdict_json
from magistrate.report.read_view import parse_view, read_view
from report.sample_case import hostile_case, quiet_case, sample_case

if TYPE_CHECKING:
    from pathlib import Path

TEXT = verdict_json.render(build_view(sample_case()))


def _changed(**values) -> str:
    return json.dumps({**json.loads(TEXT), **values})


@pytest.mark.parametrize("case", [sample_case, quiet_case])
def test_a_view_is_read_back_as_it_was(case) -> None:
    view = build_view(case())

    assert parse_view(verdict_json.render(view), "verdict.json") == view


def test_a_view_with_any_text_is_read_back_as_it_was() -> None:
    view = build_view(hostile_case("a\n\x00\x1b]0;\ud800\u202e=1+1"))

    assert parse_view(verdict_json.render(view), "verdict.json") == view


def test_t_case_7_a_changed_verdict_is_refused() -> None:
    with pytest.raises(SourceError, match="does not fit its case hash"):
        parse_view(_changed(sentence="all is well"), "verdict.json")


def test_a_verdict_of_another_schema_is_refused_by_its_name() -> None:
    with pytest.raises(SchemaVersionError, match=r"magistrate\.verdict/9"):
        parse_view(_changed(schema="magistrate.verdict/9"), "verdict.json")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (_changed(disposition="CLOSE"), "verdict.disposition is none of its known values"),
        (_changed(disposition=["CLOSE-BENIGN"]), "verdict.disposition is no str"),
        (_changed(surprise=1), "verdict has the unknown key 'surprise'"),
        (_changed(findings={}), "verdict.findings is no list"),
        (_changed(findings=[{}]), r"verdict.findings\[0\] has no "),
        (_changed(masked_secrets=True), "verdict.masked_secrets is no int"),
        (_changed(t1047_observed=1), "verdict.t1047_observed is no bool"),
        (_changed(case_hash="0"), "verdict.case_hash has not its form"),
        (_changed(masked_secrets=float("nan")), "NaN is no number"),
        ('{"schema": "magistrate.verdict/1", "schema": "x"}', "a key stands twice"),
        ("[" * 100_000, "no JSON document"),
        ("", "no JSON document"),
        (json.dumps({"schema": "magistrate.verdict/1"}), "verdict has no "),
    ],
)
def test_t_case_5_what_is_no_verdict_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(SourceError, match=why):
        parse_view(text, "verdict.json")


def test_a_time_without_a_zone_is_refused() -> None:
    document = json.loads(TEXT)
    document["stories"][0]["first"] = "2026-03-02 10:14:07"

    with pytest.raises(SourceError, match=r"stories\[0\].first is no UTC time"):
        parse_view(json.dumps(document), "verdict.json")


def test_a_missing_verdict_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"verdict\.json: the file cannot be read: No such file"):
        read_view(tmp_path)
