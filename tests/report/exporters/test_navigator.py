from __future__ import annotations

import json
import re

from magistrate.report.build import build_view
from magistrate.report.exporters import navigator
from report.sample_case import hostile_case, sample_case


def _layer(case) -> dict:
    return json.loads(navigator.render(build_view(case)))


def test_the_layer_has_what_navigator_asks_for() -> None:
    layer = _layer(sample_case())

    assert (layer["domain"], layer["versions"]["layer"]) == ("enterprise-attack", "4.5")
    assert layer["name"].startswith("magistrate-")
    assert layer["techniques"]


def test_every_technique_is_named_once_with_a_score_in_the_range_of_the_gradient() -> None:
    techniques = _layer(sample_case())["techniques"]
    names = [item["techniqueID"] for item in techniques]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", name) for name in names)
    assert all(0 <= item["score"] <= 100 for item in techniques)


def test_every_technique_of_the_verdict_is_in_the_layer() -> None:
    view = build_view(sample_case())
    names = {item["techniqueID"] for item in _layer(sample_case())["techniques"]}

    assert set(view.techniques) <= names


def test_no_text_of_a_log_stands_in_a_layer() -> None:
    text = "mark<script>&quot"

    assert text not in json.dumps(_layer(hostile_case(text)))
