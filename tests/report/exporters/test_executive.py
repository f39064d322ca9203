from __future__ import annotations

import re
from dataclasses import replace

import pytest

from magistrate.decision.model import Disposition
from magistrate.report.build import build_view
from magistrate.report.exporters import executive
from report.sample_case import DECISION, quiet_case, sample_case


@pytest.mark.parametrize("disposition", Disposition)
def test_the_summary_has_five_sentences_whatever_the_outcome(disposition: Disposition) -> None:
    decision = replace(DECISION, disposition=disposition)
    lines = executive.render(build_view(replace(sample_case(), decision=decision))).splitlines()

    assert len(lines) == 5
    assert all(line.endswith(".") for line in lines)


def test_the_summary_holds_no_event_and_no_record_id() -> None:
    text = executive.render(build_view(sample_case()))

    assert re.findall(r"\b(?:4\d{3}|5\d{3})\b|#\d+|\b[0-9a-f]{16}\b", text) == []


def test_the_summary_says_by_when_who_must_decide_what() -> None:
    last = executive.render(build_view(sample_case())).splitlines()[-1]

    assert last.startswith(
        "Decision needed within 30 minutes: approve or refuse the plan, beginning with 'Isolate a host'"
    )
    assert "SOC lead" in last


def test_a_quiet_case_asks_for_no_decision() -> None:
    assert executive.render(build_view(quiet_case())).splitlines()[-1] == "No decision is needed."


@pytest.mark.parametrize(
    ("text", "said"), [("WMI stops. More.", "WMI stops"), ("Users wait; more", "users wait"), ("None.", "")]
)
def test_a_clause_keeps_an_acronym_at_its_start(text: str, said: str) -> None:
    assert executive._clause(text) == said
