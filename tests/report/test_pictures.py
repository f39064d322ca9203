"""Pictures made from numbers: well-formed, with words, and inert."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from magistrate.report.build import build_view
from magistrate.report.graph_view import graph
from magistrate.report.histogram_view import Histogram, histogram
from magistrate.report.pictures import graph_svg, histogram_sentence, histogram_svg
from magistrate.report.timeline_view import timeline
from report.sample_case import hostile_case, sample_case


def _pictures(case):
    view = build_view(case)
    return histogram_svg(histogram(timeline(view))), graph_svg(graph(view))


@pytest.mark.parametrize("number", [0, 1])
def test_a_picture_is_well_formed_and_has_a_text_alternative(number: int) -> None:
    picture = ET.fromstring(_pictures(sample_case())[number])

    assert (picture.get("role"), bool(picture.get("aria-label"))) == ("img", True)


def test_t_out_1_a_hostile_name_adds_no_element() -> None:
    attack = '"><script>alert(1)</script><svg/onload=alert(1)>'
    kinds = {item.tag for item in ET.fromstring(_pictures(hostile_case(attack))[1]).iter()}

    assert kinds <= {"svg", "text", "rect", "path", "polygon", "line"}


def test_the_sentence_counts_what_is_drawn() -> None:
    counted = histogram(timeline(build_view(sample_case())))

    assert histogram_sentence(counted).startswith("2 acts, 1 background act and 2 other signs")


def test_nothing_is_drawn_without_times() -> None:
    assert (str(histogram_svg(Histogram("", (), 3))), histogram_sentence(Histogram("", (), 3))) == ("", "No act has a usable time.")  # fmt: skip
