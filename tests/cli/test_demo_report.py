"""The report of the bundled evidence: its outline is golden, its pictures in docs/ are there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cli.conftest import ROOT

IMAGES = ROOT / "docs" / "images"
PICTURES = {
    "report-1280.png": 1280,
    "report-1280-dark.png": 1280,
    "report-390.png": 390,
    "report-timeline-1280.png": 1280,
    "report-trees-1280.png": 1280,
}
MOST_BYTES = 300_000


class _Outline(HTMLParser):
    """Headings with their level, and folds with whether they are open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._level = 0
        self._text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        if re.fullmatch(r"h[1-6]", tag):
            self._level, self._text = int(tag[1]), []
        elif tag == "details" and dict(attrs).get("id"):
            given = dict(attrs)
            self.lines.append(f"[{given['id']}{' open' if 'open' in given else ''}]")

    def handle_endtag(self, tag) -> None:
        if self._level and tag == f"h{self._level}":
            self.lines.append(f"{'  ' * (self._level - 1)}{' '.join(''.join(self._text).split())}")
            self._level = 0

    def handle_data(self, data) -> None:
        if self._level:
            self._text.append(data)


def test_the_outline_of_the_demo_report_is_as_reviewed(demo_case, golden) -> None:
    outline = _Outline((demo_case / "report.html").read_text(encoding="utf-8"))

    golden(Path(__file__).parent / "golden" / "demo-report-outline.txt", "\n".join(outline.lines) + "\n")


def test_the_demo_report_has_every_cited_record_as_recorded(demo_case) -> None:
    page = (demo_case / "report.html").read_text(encoding="utf-8")
    cited = set(re.findall(r'href="#(e-[0-9a-f]{16})"', page))

    assert cited
    assert all(re.search(rf'id="{name}".*?<summary>Raw record</summary>', page, re.DOTALL) for name in sorted(cited)[:20])  # fmt: skip


@pytest.mark.parametrize(("name", "width"), PICTURES.items())
def test_the_pictures_of_the_report_are_there(name: str, width: int) -> None:
    data = (IMAGES / name).read_bytes()

    assert (data[:8], int.from_bytes(data[16:20], "big")) == (b"\x89PNG\r\n\x1a\n", width)
    assert len(data) <= MOST_BYTES


def test_no_other_picture_lies_there() -> None:
    assert {path.name for path in IMAGES.iterdir()} == set(PICTURES)
