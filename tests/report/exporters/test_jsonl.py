from __future__ import annotations

import json
from collections import Counter

from magistrate.report.build import build_view
from magistrate.report.exporters import jsonl
from report.sample_case import hostile_case, sample_case


def _lines(case) -> list[dict]:
    return [json.loads(line) for line in jsonl.render(build_view(case)).splitlines()]


def test_every_part_of_the_case_has_its_lines() -> None:
    kinds = Counter(line["type"] for line in _lines(sample_case()))

    assert kinds == {"case": 1, "story": 2, "act": 3, "finding": 4, "signal": 1, "answer": 8, "evidence": 6}


def test_every_record_that_a_line_names_has_a_line() -> None:
    lines = _lines(sample_case())
    named = {name for line in lines for name in line.get("evidence", ())}

    assert named == {line["id"] for line in lines if line["type"] == "evidence"}


def test_values_are_exact() -> None:
    text = "a\n\x1b[2J\u202e=1"
    commands = [line["command"] for line in _lines(hostile_case(text)) if line["type"] == "act"]

    assert commands == [text]
