"""Every export format, because it exists: golden output of the standard case, and inert with any attacker text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.report.build import build_view
from magistrate.report.export_formats import find_formats
from magistrate.report.shift import OpenCase
from magistrate.report.write import find_exporters
from report.sample_case import hostile_case, quiet_case, sample_case

GOLDEN = Path(__file__).parent / "golden"
FILES = {
    exporter.__name__.rpartition(".")[2].replace("_", "-"): exporter.FILE for exporter in find_exporters()
}
BINARY = {"pdf"}  # tested by itself
FORMATS = [item for item in find_formats().values() if item.name not in BINARY]
CASES = {"incident": sample_case, "quiet": quiet_case}


def _id(format_) -> str:
    return format_.name


def _rendered(format_, case) -> str:
    return _render_view(format_, build_view(case))


def _render_view(format_, view) -> str:
    if format_.render_cases:
        return format_.render_cases([OpenCase(folder="case-1", view=view, closed=False)])
    return format_.render(view)


def _golden_name(format_) -> str:
    return FILES.get(format_.name, f"{format_.name}{format_.suffix}")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("format_", FORMATS, ids=_id)
def test_the_standard_cases_give_the_golden_output(format_, case: str, golden) -> None:
    golden(GOLDEN / f"{case}-{_golden_name(format_)}", _rendered(format_, CASES[case]()))


@pytest.mark.parametrize("format_", FORMATS, ids=_id)
def test_the_same_case_gives_the_same_bytes(format_) -> None:
    assert _rendered(format_, sample_case()) == _rendered(format_, sample_case())


@pytest.mark.parametrize("format_", FORMATS, ids=_id)
def test_no_attacker_text_adds_a_line_or_a_control_character(format_) -> None:
    plain = _rendered(format_, hostile_case("harmless"))
    hostile = _rendered(format_, hostile_case("a\nb\r\x1b[2J\u202e\u2028\u0085c\x00"))

    assert plain.count("\n") == hostile.count("\n")
    assert not {"\r", "\x1b", "\u202e", "\u2028", "\u0085", "\x00"} & set(hostile)


@pytest.mark.parametrize("format_", FORMATS, ids=_id)
def test_t_out_8_no_export_holds_a_password(format_) -> None:
    assert "Winter12" not in _rendered(format_, sample_case())


@pytest.mark.parametrize("format_", FORMATS, ids=_id)
@settings(max_examples=15, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=80))
def test_every_export_can_be_written_whatever_the_text(format_, text: str) -> None:
    assert _rendered(format_, hostile_case(text)).encode("utf-8")


def test_every_published_attack_string_is_inert_in_every_format(hostile: Path) -> None:
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    broken = []
    for line in lines:
        name, text = (json.loads(line)[key] for key in ("CanaryName", "CommandLine"))
        view = build_view(hostile_case(text))
        for format_ in FORMATS:
            output = _render_view(format_, view)
            if any(character in output for character in "\x1b\x07\x08\x9b\u202e\u2066\u200b\x00"):
                broken.append((name, format_.name))

    assert broken == []
