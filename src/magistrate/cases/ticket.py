"""The fields of a ticket for a case: the program's verdict with what people said. Source: triage practice 5.

What nobody knows is None or empty and never guessed. Values from logs are exact: whoever prints them encodes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magistrate.cases.human import human_view
from magistrate.cases.state import VERDICT
from magistrate.report.ticket_fields import bundle_digest, shape_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.cases.state import State


def ticket_fields(state: State, verdict: dict[str, Any]) -> dict[str, Any]:
    """Every field of a ticket by its name.

    Args:
        state: the case, complete.
        verdict: its `verdict.json`.
    """
    stories = [story for story in verdict["stories"] if not story["background"]]
    change = state.in_force(VERDICT)
    return {
        "title": f"[{verdict['severity'] or '-'}][{verdict['technique']}] {verdict['sentence']}",
        "case_id": state.case_id,
        "source_ref": verdict["case_hash"],
        "source_alerts": sorted({item["rule"] for item in verdict["signals"] if item["source"] == "alert"}),
        "event_first_utc": min((story["first"] for story in stories if story["first"]), default=None),
        "event_last_utc": max((story["last"] for story in stories if story["last"]), default=None),
        "triage_start_utc": state.created,
        "triage_end_utc": state.closed.utc if state.closed else None,
        "severity": verdict["severity"],
        "disposition": change.analyst if change else verdict["disposition"],
        "disposition_of_the_tool": verdict["disposition"],
        "confidence": verdict["confidence"],
        "rule": verdict["rule"],
        "techniques": verdict["techniques"],
        "targets": sorted({host for story in stories for host in story["target_hosts"]}),
        "sources": [_source(story) for story in stories],
        "accounts": [_account(story) for story in stories if story["account"]],
        "command_shapes": sorted({shape for story in stories for shape in _shapes(story)}),
        "coverage": {host["host"]: host["grade"] for host in verdict["coverage"]["hosts"]},
        "unknowns": verdict["unknowns"],
        "actions": verdict["next_actions"],
        "deadline_minutes": verdict["deadline_minutes"],
        "override": None
        if change is None
        else {"code": change.facts.get("reason"), "by": change.by, "second_person": change.second},
        "excused_by": sorted({item["excused_by"] for item in verdict["findings"] if item["excused_by"]}),
        "people": [item.about for item in human_view(state).changes if item.in_force],
        "evidence_sha256": evidence_digest(state),
        "head": state.head,
        "version": verdict["version"],
    }


def evidence_digest(state: State) -> str:
    """SHA-256 over the hashes of all evidence files, whatever they are called and wherever they lie."""
    return bundle_digest(str(item["sha256"]) for item in state.evidence)


def _source(story: dict[str, Any]) -> dict[str, Any]:
    return {"ip": story["source_ip"], "host": story["source_host"], "how": story["source_how"]}


def _account(story: dict[str, Any]) -> dict[str, Any]:
    account = story["account"]
    return {"name": account["name"], "sid": account["sid"], "how": story["join"]}


def _shapes(story: dict[str, Any]) -> Iterator[str]:
    for act in story["processes"]:
        if act["command"]:
            yield shape_digest(act["command"], tuple(story["target_hosts"]))
