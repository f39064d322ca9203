"""The actions of T2 as sheets: what they found, in which records, and what could not be assessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.changes.model import Relation
from magistrate.report import wording
from magistrate.report.intel_sheets import intel_sheets
from magistrate.report.network_sheets import network_sheets
from magistrate.report.sheet import Sheet

if TYPE_CHECKING:
    from magistrate.changes.model import Change, Changes
    from magistrate.deep_dive.model import DeepDive

LISTED = 100
"""Most rows of a sheet; the summary counts the others."""


def deep_dive_sheets(dive: DeepDive | None) -> tuple[Sheet, ...]:
    """The sheets of T2 in the order of the playbook; none for a case that was not looked into."""
    if dive is None:
        return ()
    return (*intel_sheets(dive.intel), *network_sheets(dive.network), changes_sheet(dive.changes))


def changes_sheet(changes: Changes) -> Sheet:
    """Recent changes that coincide (triage practice 3.4)."""
    shown = changes.changes[:LISTED]
    return Sheet(
        key="t2-changes",
        title="Recent changes that coincide",
        summary=_changes_summary(changes),
        columns=("Relation", "First", "Host", "Change", "What", "Set to", "By", "Number", "Why"),
        rows=tuple(_change_row(item) for item in shown),
        records=tuple((item.evidence.evidence_id,) for item in shown),
    )


def _change_row(item: Change) -> tuple[str, ...]:
    return (
        item.relation.value,
        wording.short_time(wording.utc_text(item.first)),
        item.host,
        f"{item.title} ({item.event.rpartition('/')[2] or item.event})",
        item.subject,
        item.detail,
        item.actor or "not recorded",
        str(item.count),
        f"{item.reason}. {item.reads}",
    )


def _changes_summary(changes: Changes) -> str:
    if not changes.windows:
        return "Not assessed: no WMI activity with a time, so there is no moment to look around."
    looked = sum(number for _, _, number in changes.channels)
    span = wording.span(
        wording.utc_text(min(item.first for item in changes.windows)) or "",
        wording.utc_text(max(item.last for item in changes.windows)) or "",
    )
    hosts = wording.count(len(changes.windows), "host")
    base = f"{wording.count(looked, 'record')} of {hosts} looked at, {span}"
    counts = [
        f"{number} {relation.value}"
        for relation in Relation
        if (number := sum(item.relation is relation for item in changes.changes))
    ]
    found = f"{', '.join(counts)}; {base}." if counts else f"No change was recorded; {base}."
    more = len(changes.changes) - LISTED
    parts = [found, f"{more} more are not listed." if more > 0 else "", changes.patch_note, _silent(changes)]
    return " ".join(part for part in parts if part)


def _silent(changes: Changes) -> str:
    """What silence does not mean anything for, by host."""
    by_host: dict[str, list[str]] = {}
    for host, title in changes.silent:
        by_host.setdefault(host, []).append(title.lower())
    said = [f"{', '.join(titles)} on {host}" for host, titles in sorted(by_host.items())]
    return f"Not recorded in that time: {wording.listing(tuple(said))}." if said else ""
