from __future__ import annotations

import json

from magistrate.report.build import build_view
from magistrate.report.exporters import jira
from report.sample_case import hostile_case, sample_case


def _fields(case) -> dict:
    return json.loads(jira.render(build_view(case)))["fields"]


def test_the_summary_is_one_line_that_jira_takes() -> None:
    summary = _fields(hostile_case("a\r\nb\u2028c" * 200))["summary"]

    assert 0 < len(summary) <= 255
    assert len(summary.splitlines()) == 1


def test_an_earlier_issue_is_found_by_the_case_hash() -> None:
    assert build_view(sample_case()).case_hash in _fields(sample_case())["labels"]


def test_no_label_has_a_space() -> None:
    labels = _fields(sample_case())["labels"]

    assert all(label and not any(sign.isspace() for sign in label) for label in labels)


def test_the_priority_is_a_default_name_of_jira() -> None:
    assert _fields(sample_case())["priority"]["name"] in {"Highest", "High", "Medium", "Low", "Lowest"}
