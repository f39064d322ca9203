"""Threat intelligence as sheets: traces of tools, and what the user's lists know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.sheet import Sheet

if TYPE_CHECKING:
    from magistrate.intel.model import IndicatorList, Intel, Match

LISTED = 100
"""Most matches of the sheet; the summary counts the others."""

NOT_CULPRITS = "Tools, not culprits: overlap of a technique or a tool does not attribute."


def intel_sheets(intel: Intel) -> tuple[Sheet, ...]:
    """Tools; and where lists were given, what matched and what each list is."""
    tools = (_tools(intel),)
    return (*tools, _matches(intel), _lists(intel)) if intel.lists else tools


def _tools(intel: Intel) -> Sheet:
    found = (
        f"{wording.count(len(intel.tools), 'trace')} of known tools."
        if intel.tools
        else "No trace of a known tool."
    )
    lists = "" if intel.lists else " No list of known values was given (--intel), so none was compared."
    return Sheet(
        key="t2-tools",
        title="Traces of tools",
        summary=f"{found} {NOT_CULPRITS}{lists}",
        columns=("Tool", "Strength", "Basis", "Number", "First on", "Where the trace is known from"),
        rows=tuple(
            (item.tool, item.strength.value, item.basis, str(item.number), item.evidence.host, item.source)
            for item in intel.tools
        ),
        records=tuple((item.evidence.evidence_id,) for item in intel.tools),
    )


def _matches(intel: Intel) -> Sheet:
    shown = intel.matches[:LISTED]
    compared = sum(len(item.indicators) for item in intel.lists)
    base = (
        f"{wording.count(compared, 'value')} of {wording.count(len(intel.lists), 'list')} compared, offline."
    )
    found = wording.count(len(intel.matches), "match", "matches") if intel.matches else "No match"
    clear = "" if intel.matches else " That clears nobody: lists know what was seen elsewhere."
    more = len(intel.matches) - LISTED
    return Sheet(
        key="t2-intel",
        title="Known values",
        summary=f"{found}; {base}{clear}" + (f" {more} more are not listed." if more > 0 else ""),
        columns=(
            "Standing",
            "Kind",
            "Value",
            "Verdict of the list",
            "Source",
            "Date",
            "Basis",
            "Number",
            "Host",
        ),
        rows=tuple(_match_row(item) for item in shown),
        records=tuple((item.evidence.evidence_id,) for item in shown),
    )


def _match_row(item: Match) -> tuple[str, ...]:
    entry = item.indicator
    source = entry.source if entry.source == item.list_name else f"{entry.source} in {item.list_name}"
    dated = entry.dated.date().isoformat() if entry.dated else "not known"
    return (
        item.standing.value,
        entry.kind.value,
        entry.value,
        entry.verdict,
        source,
        dated,
        item.basis,
        str(item.number),
        item.evidence.host,
    )


def _lists(intel: Intel) -> Sheet:
    return Sheet(
        key="t2-lists",
        title="Lists that were compared",
        summary="Entries that are not compared cost nothing but themselves; private and very common values are such.",
        columns=("List", "Format", "Compared", "Not compared", "First reasons", "SHA-256"),
        rows=tuple(_list_row(item) for item in intel.lists),
        records=tuple(() for _ in intel.lists),
    )


def _list_row(item: IndicatorList) -> tuple[str, ...]:
    reasons = "; ".join(f"{bad.place}: {bad.reason}" for bad in item.bad[:3]) or "none"
    return (item.name, item.form, str(len(item.indicators)), str(item.bad_number), reasons, item.sha256)
