"""Threat intelligence as sheets."""

from __future__ import annotations

from magistrate.events.evidence import Evidence
from magistrate.intel.model import BadEntry, Indicator, IndicatorList, Intel, Match, Standing, ValueKind
from magistrate.report.intel_sheets import NOT_CULPRITS, intel_sheets

ITEM = Indicator(ValueKind.DOMAIN, "cdn.example.com", "feed", "bad")
LIST = IndicatorList("a.csv", "CSV", "0" * 64, (ITEM,), (BadEntry("line 3", "empty value"),), 1)
MATCH = Match(ITEM, "a.csv", Standing.UNDATED, "basis", 1, Evidence("e-1", "srv01", None, "c", 1, 1, "f"))


def test_without_a_list_the_sheet_says_that_none_was_compared() -> None:
    (tools,) = intel_sheets(Intel())

    assert "so none was compared" in tools.summary
    assert NOT_CULPRITS in tools.summary


def test_no_match_clears_nobody() -> None:
    assert "clears nobody" in intel_sheets(Intel((LIST,)))[1].summary


def test_a_match_is_shown_with_its_record_and_the_list_with_what_it_lost() -> None:
    _, matches, lists = intel_sheets(Intel((LIST,), (MATCH,)))

    assert matches.rows[0][2] == "cdn.example.com"
    assert matches.records == (("e-1",),)
    assert lists.rows[0][3:5] == ("1", "line 3: empty value")
