"""The page is one file that does nothing (threat model T-OUT-1)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from magistrate.report.build import build_view
from magistrate.report.exporters import html
from magistrate.report.view import HoldView
from report.sample_case import hostile_case, quiet_case, sample_case

REQUESTING = {
    "src",
    "srcset",
    "action",
    "formaction",
    "poster",
    "background",
    "data",
    "ping",
    "manifest",
    "style",
}
ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><svg/onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "</details></main></html>",
    "javascript:alert(1)",
)


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> str:
    return html.render(build_view(sample_case()))


def test_the_page_has_no_script_no_frame_and_no_form(page) -> None:
    assert not {"script", "iframe", "object", "embed", "form", "link", "base", "img"} & set(_Page(page).tags)


def test_the_page_asks_for_nothing(page) -> None:
    asked = [
        attribute
        for attribute in _Page(page).attributes
        if attribute[1] in REQUESTING
        or attribute[1].startswith("on")
        or (attribute[1] == "href" and not attribute[2].startswith("#"))
    ]

    assert asked == []


def test_the_style_sheet_asks_for_nothing(page) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]

    assert not re.search(r"url\(|@import|expression", style)


def test_the_policy_allows_only_the_one_style_sheet(page) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" in page


@pytest.mark.parametrize("attack", ATTACKS)
def test_t_out_1_attacker_text_adds_no_tag_and_no_attribute(attack: str) -> None:
    harmless = _Page(html.render(build_view(hostile_case("harmless"))))
    attacked = _Page(html.render(build_view(hostile_case(attack))))

    assert attacked.tags == harmless.tags
    assert [item[:2] for item in attacked.attributes] == [item[:2] for item in harmless.attributes]


def test_the_parts_above_the_fold_stand_in_their_order(page) -> None:
    parts = ["ESCALATE-INCIDENT</h1>", 'class="sentence"', 'class="path"', 'class="tiles"', 'id="coverage-strip"',
             'id="h-unknown"', 'id="h-next"', "Case hash", 'id="findings"']  # fmt: skip
    places = [page.index(part) for part in parts]

    assert places == sorted(places)


def test_there_are_six_tiles(page) -> None:
    assert page.count('<li class="tile ') == 6


def test_every_link_has_its_target(page) -> None:
    attributes = _Page(page).attributes
    ids = {value for _, name, value in attributes if name == "id"}
    links = {value[1:] for _, name, value in attributes if name == "href"}

    assert links <= ids


def test_ids_are_unique(page) -> None:
    ids = [value for _, name, value in _Page(page).attributes if name == "id"]

    assert len(ids) == len(set(ids))


def test_an_excused_finding_is_struck_through_and_not_hidden(page) -> None:
    assert "<del>First use of this pair</del> <strong>excused by KG-014</strong>" in page


def test_a_case_without_activity_says_so() -> None:
    text = _Page(html.render(build_view(quiet_case()))).text

    assert "NOT-OBSERVED" in text
    assert "WMI activity: not observed, not covered by" in text


def test_sessions_whose_trees_are_left_out_are_counted_with_the_command_that_prints_them(monkeypatch) -> None:
    monkeypatch.setattr(html, "TREES", 1)
    text = _Page(html.render(build_view(sample_case()))).text

    assert "1 more session with processes: magistrate tree CASE prints all of them." in text


def test_a_held_case_gives_its_deadline_in_words_and_what_follows_without_the_data() -> None:
    hold = HoldView(60, "60 minutes after the alert", "ESCALATE-REVIEW", ())
    text = _Page(html.render(replace(build_view(sample_case()), hold=hold))).text

    assert "Deadline: 60 minutes after the alert. Without the data: ESCALATE-REVIEW." in text
