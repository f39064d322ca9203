"""Opens pages in the Chromium of the machine and says what happened; no browser is ever downloaded.

Needs the extra `browser` (playwright with axe-core). Tests that use it skip by name where it or a browser is missing.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
SERIOUS = ("serious", "critical")


def browser_path() -> str | None:
    """The browser to use: MAGISTRATE_BROWSER, else the first known name on the path."""
    return os.environ.get("MAGISTRATE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Any]:
    """A headless browser; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="the extra 'browser' is not installed")
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@dataclass(frozen=True)
class Visit:
    """What happened when a page was opened: milliseconds until it was drawn, and everything that should not happen."""

    milliseconds: float
    requests: tuple[str, ...]
    console: tuple[str, ...]
    dialogs: tuple[str, ...]
    scripts: int
    overflow: int


@contextmanager
def visited(
    browser: Any, file: Path, *, width: int = 1280, scheme: str = "light", media: str | None = None
) -> Iterator[tuple[Any, Visit]]:
    """Open a page and report the visit; the page stays open inside the block. Its policy is in force."""
    context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page = context.new_page()
    requests: list[str] = []
    console: list[str] = []
    dialogs: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: console.append(message.text))
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    if media:
        page.emulate_media(media=media)
    started = time.perf_counter()
    page.goto(file.resolve().as_uri(), wait_until="load")
    page.screenshot()  # a page that is not drawn is not open
    spent = (time.perf_counter() - started) * 1000
    own = file.resolve().as_uri()
    visit = Visit(
        milliseconds=spent,
        requests=tuple(url for url in requests if url != own),
        console=tuple(console),
        dialogs=tuple(dialogs),
        scripts=page.evaluate("document.scripts.length"),
        overflow=page.evaluate("document.documentElement.scrollWidth - window.innerWidth"),
    )
    yield page, visit
    context.close()


def accessibility_faults(browser: Any, file: Path, scheme: str = "light") -> list[str]:
    """Serious and critical faults that axe-core finds, each as `rule: element`.

    The policy of the page allows no script, so it is set aside here, and here only, to run axe-core in the page.
    """
    package = pytest.importorskip("axe_playwright_python", reason="the extra 'browser' is not installed")
    engine = resources.files(package).joinpath("axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(file.resolve().as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true })")
    page.evaluate(engine)
    found = page.evaluate("axe.run()")
    context.close()
    return [
        f"{item['id']}: {node['target']}"
        for item in found["violations"]
        if item["impact"] in SERIOUS
        for node in item["nodes"][:5]
    ]
