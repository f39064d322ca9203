"""Reports in a real browser: they ask for nothing, run nothing, fit small screens and can be used without a mouse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from magistrate.coverage.strip import Strip, StripRow
from magistrate.report.build import build_view
from magistrate.report.exporters import html
from report.browser import accessibility_faults, browser, visited
from report.large_case import large_view
from report.sample_case import COVERAGE, HOST, hostile_case, quiet_case, sample_case

ATTACK = (
    '<script>alert(1)</script>"><img src=x onerror=alert(2)></style></details><svg/onload=alert(3)>'
    "<iframe src=//example.com></iframe><link rel=prefetch href=https://example.com/>javascript:alert(4)"
)
STRIP = Strip(COVERAGE.first, COVERAGE.last, (StripRow(HOST, "Security", (5,) * 32),))


@pytest.fixture(scope="module")
def chromium():
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    views = {
        "standard": build_view(replace(sample_case(), strip=STRIP)),
        "quiet": build_view(quiet_case()),
        "hostile": build_view(hostile_case(ATTACK)),
        "many": large_view(200),
    }
    for name, view in views.items():
        (folder / f"{name}.html").write_text(html.render(view), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in views}


@pytest.mark.parametrize("name", ["standard", "quiet", "hostile", "many"])
def test_t_out_1_a_report_asks_for_nothing_and_runs_nothing(chromium, pages, name: str) -> None:
    with visited(chromium, pages[name]) as (_, visit):
        assert (visit.requests, visit.console, visit.dialogs, visit.scripts) == ((), (), (), 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(chromium, pages, scheme: str) -> None:
    assert accessibility_faults(chromium, pages["standard"], scheme) == []


@pytest.mark.parametrize("name", ["standard", "hostile"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_never_wider_than_the_screen(chromium, pages, name: str, width: int) -> None:
    with visited(chromium, pages[name], width=width) as (_, visit):
        assert visit.overflow <= 0


def test_the_first_stop_of_the_keyboard_skips_to_the_findings(chromium, pages) -> None:
    with visited(chromium, pages["standard"]) as (page, _):
        page.keyboard.press("Tab")

        assert page.evaluate("document.activeElement.getAttribute('href')") == "#findings"


def test_a_link_to_a_record_opens_the_appendix_that_holds_it(chromium, pages) -> None:
    with visited(chromium, pages["standard"]) as (page, _):
        page.click("#findings a[href^='#e-']")

        assert page.evaluate("document.getElementById('records').open")


def test_print_shows_what_is_folded(chromium, pages) -> None:
    with visited(chromium, pages["standard"], media="print") as (page, _):
        assert (
            page.evaluate("document.querySelector('#requirements table').getBoundingClientRect().height") > 0
        )
