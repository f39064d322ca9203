from __future__ import annotations

import pytest

from magistrate.report.export_formats import find_formats

FORMATS = find_formats()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_what_it_is_for_and_renders_in_one_way(name: str) -> None:
    found = FORMATS[name]

    assert found.title.endswith(".")
    assert found.suffix.startswith(".")
    assert (found.render is None) is not (found.render_cases is None)


def test_what_lies_in_every_case_folder_is_offered_too() -> None:
    inside = [item.name for item in FORMATS.values() if item.in_case]

    assert inside == ["html", "markdown", "timeline", "verdict-json"]
