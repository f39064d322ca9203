"""Every exporter, because it exists: golden output of the standard case, and inert with any attacker text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magistrate.report.build import build_view
from magistrate.report.write import find_exporters
from report.sample_case import hostile_case, quiet_case, sample_case

GOLDEN = Path(__file__).parent / "golden"
EXPORTERS = find_exporters()
CASES = {"incident": sample_case, "quiet": quiet_case}


def _id(exporter) -> str:
    return exporter.FILE


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("exporter", EXPORTERS, ids=_id)
def test_the_standard_cases_give_the_golden_output(exporter, case: str, golden) -> None:
    golden(GOLDEN / f"{case}-{exporter.FILE}", exporter.render(build_view(CASES[case]())))


@pytest.mark.parametrize("exporter", EXPORTERS, ids=_id)
def test_the_same_case_gives_the_same_bytes(exporter) -> None:
    assert exporter.render(build_view(sample_case())) == exporter.render(build_view(sample_case()))


@pytest.mark.parametrize("exporter", EXPORTERS, ids=_id)
def test_no_attacker_text_adds_a_line_or_a_control_character(exporter) -> None:
    plain = exporter.render(build_view(hostile_case("harmless")))
    hostile = exporter.render(build_view(hostile_case("a\nb\r\x1b[2J\u202e\u2028\u0085c\x00")))

    assert plain.count("\n") == hostile.count("\n")
    assert not {"\r", "\x1b", "\u202e", "\u2028", "\u0085", "\x00"} & set(hostile)


@pytest.mark.parametrize("exporter", EXPORTERS, ids=_id)
def test_t_out_8_no_export_holds_a_password(exporter) -> None:
    assert "Winter12" not in exporter.render(build_view(sample_case()))


@pytest.mark.parametrize("exporter", EXPORTERS, ids=_id)
@settings(max_examples=15, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=80))
def test_every_export_can_be_written_whatever_the_text(exporter, text: str) -> None:
    assert exporter.render(build_view(hostile_case(text))).encode("utf-8")


def test_every_published_attack_string_is_exported(hostile: Path) -> None:
    lines = (hostile / "text" / "hostile-strings.ndjson").read_text(encoding="utf-8").splitlines()
    broken = []
    for line in lines:
        name, text = (json.loads(line)[key] for key in ("CanaryName", "CommandLine"))
        view = build_view(hostile_case(text))
        for exporter in EXPORTERS:
            output = exporter.render(view)
            if any(character in output for character in "\x1b\x07\x08\x9b\u202e\u2066\u200b\x00"):
                broken.append((name, exporter.FILE))

    assert broken == []
