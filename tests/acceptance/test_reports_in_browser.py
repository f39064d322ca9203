"""Reports of public recordings in a real browser; MAGISTRATE_BROWSER_CASES says of how many, none when it is not set.

Each recording is investigated and its report opened: no request, no console message, no script, no serious fault of
accessibility. The figures are printed: run it with `-s`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from magistrate.investigation import Options, investigate
from magistrate.report.build import build_view
from magistrate.report.exporters import html
from magistrate.report.write import write_reports
from report.browser import accessibility_faults, browser, visited
from report.large_case import large_view

if TYPE_CHECKING:
    from pathlib import Path

CASES = int(os.environ.get("MAGISTRATE_BROWSER_CASES", "0"))


def _chosen(corpus: Path) -> list[str]:
    """Files of the manifest, evenly spread over it: it is grouped by kind."""
    lines = (corpus / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    paths = [str(json.loads(line)["file"]) for line in lines]
    step = max(1, len(paths) // CASES)
    return paths[::step][:CASES]


@pytest.mark.corpus
@pytest.mark.skipif(CASES == 0, reason="MAGISTRATE_BROWSER_CASES is not set")
def test_reports_of_recordings_ask_for_nothing_run_nothing_and_can_be_read(corpus, tmp_path) -> None:
    faults: list[str] = []
    with browser() as chromium:
        for number, path in enumerate(_chosen(corpus)):
            folder = tmp_path / str(number)
            view = build_view(investigate([corpus / path], folder, Options()))
            write_reports(view, folder)
            faults += _faults(chromium, folder / html.FILE, path)

    assert faults == []


@pytest.mark.skipif(CASES == 0, reason="MAGISTRATE_BROWSER_CASES is not set")
def test_a_report_with_ten_thousand_findings_opens_within_two_seconds(tmp_path) -> None:
    file = tmp_path / html.FILE
    file.write_text(html.render(large_view(10_000)), encoding="utf-8")
    with browser() as chromium:
        with visited(chromium, file):  # the first page of a browser pays for its start
            pass
        with visited(chromium, file) as (_, visit):
            print(f"10,000 findings: {file.stat().st_size:,} bytes, open after {visit.milliseconds:.0f} ms")

            assert visit.milliseconds < 2_000


def _faults(chromium, file: Path, name: str) -> list[str]:
    with visited(chromium, file) as (_, visit):
        pass
    found = [*visit.requests, *visit.console, *visit.dialogs, *("script",) * visit.scripts]
    with visited(chromium, file, width=390) as (_, narrow):
        found += ["wider than 390"] if narrow.overflow > 0 else []
    found += accessibility_faults(chromium, file)
    print(
        f"{name}: {file.stat().st_size:,} bytes, {visit.milliseconds:.0f} ms, {len(found)} faults {found[:3]}"
    )
    return [f"{name}: {item}" for item in found]
