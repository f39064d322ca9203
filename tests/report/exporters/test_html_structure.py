"""The page can be read without colour, without a mouse and by a screen reader: what can be checked without a browser."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise

import pytest

from magistrate.report.build import build_view
from magistrate.report.exporters import html
from report.large_case import large_view
from report.sample_case import quiet_case, sample_case

STYLE = resources.files("magistrate.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
TEXT_ON = [
    (text, ground)
    for text, grounds in {
        "ink": ("page", "card", "code"),
        "soft": ("page", "card"),
        "accent": ("page", "card", "code"),
        "stop": ("card", "stop-soft"),
        "warn": ("card", "warn-soft"),
        "wait": ("card", "wait-soft"),
        "good": ("card", "good-soft"),
        "plain": ("card", "plain-soft"),
    }.items()
    for ground in grounds
]


def _palettes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    return {
        name: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", text))
        for name, text in (("light", light), ("dark", dark))
    }


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str, text: str, ground: str) -> None:
    palette = _palettes()[scheme]
    high, low = sorted((_luminance(palette[text]), _luminance(palette[ground])), reverse=True)

    assert (high + 0.05) / (low + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.opened.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.opened if tag in tags]


@pytest.fixture(scope="module", params=["standard", "quiet", "many"])
def page(request) -> _Page:
    views = {"standard": lambda: build_view(sample_case()), "quiet": lambda: build_view(quiet_case()), "many": lambda: large_view(100)}  # fmt: skip
    return _Page(html.render(views[request.param]()))


def test_headings_go_down_by_one_level_at_a_time(page) -> None:
    levels = [int(tag[1]) for tag, _ in page.opened if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_header_cell_says_what_it_heads(page) -> None:
    assert {item.get("scope") for item in page.all("th")} <= {"col", "row"}


def test_every_picture_has_a_text_alternative(page) -> None:
    assert all(item.get("role") == "img" and item.get("aria-label") for item in page.all("svg"))


def test_the_page_has_its_landmarks_and_its_language(page) -> None:
    assert [len(page.all(tag)) for tag in ("html", "header", "main", "nav", "footer")] == [1, 1, 1, 1, 1]
    assert page.all("html")[0]["lang"] == "en"


def test_what_scrolls_sideways_can_be_reached_by_keyboard(page) -> None:
    assert all(item.get("tabindex") == "0" for item in page.all("div") if item.get("class") == "wide")


def test_no_order_of_the_keyboard_is_forced(page) -> None:
    assert {attributes["tabindex"] for _, attributes in page.opened if "tabindex" in attributes} <= {"0"}


def test_every_fold_has_a_summary(page) -> None:
    tags = [tag for tag, _ in page.opened]

    assert all(tags[at + 1] == "summary" for at, tag in enumerate(tags) if tag == "details")


def test_every_label_points_to_something(page) -> None:
    ids = {attributes["id"] for _, attributes in page.opened if "id" in attributes}
    named = {
        attributes["aria-labelledby"] for _, attributes in page.opened if "aria-labelledby" in attributes
    }

    assert named <= ids
