"""Writes docs/images/: the report of the bundled evidence as people see it. Needs the extra `browser`.

Run it after the report has changed, and look at the pictures before they are committed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from magistrate.investigation import Options, investigate  # noqa: E402 - after the path of the tests
from magistrate.report.build import build_view  # noqa: E402 - as above
from magistrate.report.exporters import html  # noqa: E402 - as above
from magistrate.report.write import write_reports  # noqa: E402 - as above
from report.browser import browser, visited  # noqa: E402 - as above

IMAGES = ROOT / "docs" / "images"
DEMO = ROOT / "scenarios" / "demo"
# Name, width, scheme, and the part of the page; the top of the page when it is empty.
PICTURES = (
    ("report-1280", 1280, "light", ""),
    ("report-1280-dark", 1280, "dark", ""),
    ("report-390", 390, "light", ""),
    ("report-trees-1280", 1280, "light", "trees"),
    ("report-timeline-1280", 1280, "light", "timeline"),
)
_HIGH, _LOW = 1000, 760


def main() -> None:
    """Investigate the bundled evidence, open its report and keep the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, browser() as chromium:
        folder = Path(name) / "case"
        options = Options(context_path=DEMO / "context.yml")
        write_reports(build_view(investigate([DEMO / "logs"], folder, options)), folder)
        for picture, width, scheme, part in PICTURES:
            with visited(chromium, folder / html.FILE, width=width, scheme=scheme) as (page, _):
                if part:
                    page.evaluate(f"document.getElementById('{part}').scrollIntoView()")
                    page.wait_for_timeout(300)
                page.set_viewport_size({"width": width, "height": _LOW if part else _HIGH})
                page.screenshot(path=IMAGES / f"{picture}.png")
                print(f"{picture}.png: {(IMAGES / f'{picture}.png').stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
