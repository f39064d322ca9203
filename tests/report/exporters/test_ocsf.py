from __future__ import annotations

import json

from magistrate.report.build import build_view
from magistrate.report.exporters import ocsf
from report.sample_case import hostile_case, sample_case


def _finding(case) -> dict:
    return json.loads(ocsf.render(build_view(case)))


def test_the_class_and_its_type_agree() -> None:
    finding = _finding(sample_case())

    assert (finding["category_uid"], finding["class_uid"]) == (2, 2004)
    assert finding["type_uid"] == finding["class_uid"] * 100 + finding["activity_id"]


def test_the_time_is_milliseconds_of_the_evidence() -> None:
    assert _finding(sample_case())["time"] > 1_000_000_000_000


def test_the_finding_is_known_by_the_case_hash() -> None:
    view = build_view(sample_case())
    info = _finding(sample_case())["finding_info"]

    assert info["uid"] == view.case_hash
    assert [item["technique"]["uid"] for item in info["attacks"]] == list(view.techniques)


def test_a_command_is_exact() -> None:
    text = "a\n\x1b[2J\u202e=1"

    assert text in [item["value"] for item in _finding(hostile_case(text))["observables"]]
