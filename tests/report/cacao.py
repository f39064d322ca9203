"""A check of CACAO playbooks of our own, after the facts of the specification 2.0, Committee Specification 01.

Covers what our playbooks use: sections 3.1 (playbook), 4.1 to 4.5 (steps), 5.1 and 5.8 (commands), 7 (agents) and
10.9 to 10.18 (identifiers, timestamps).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_REQUIRED = {
    "playbook": ("type", "spec_version", "id", "name", "created_by", "created", "modified", "workflow_start", "workflow"),
    "start": ("type", "on_completion"),
    "action": ("type", "commands", "agent"),
    "end": ("type",),
}  # fmt: skip
_TYPES = {"notification", "detection", "investigation", "prevention", "mitigation", "remediation", "attack", "engagement"}  # fmt: skip
_ACTIVITIES = {
    "compose-content", "deliver-content", "identify-audience", "identify-channel", "scan-system", "match-indicator",
    "analyze-collected-data", "identify-indicators", "scan-vulnerabilities", "configure-systems", "restrict-access",
    "disconnect-system", "eliminate-risk", "revert-system", "restore-data", "restore-capabilities", "map-network",
    "identify-steps", "step-sequence", "prepare-engagement", "execute-operation", "analyze-engagement-results",
}  # fmt: skip
_AGENTS = {"group", "individual", "location", "organization", "sector"}
_ID = re.compile(r"([a-z][a-z-]*)--([0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})")
_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}\.[0-9]{3}Z")
_VARIABLE = re.compile(r"__[^\s:]*__:")


def faults(playbook: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a playbook; empty when nothing is."""
    lacking = list(_lacking("playbook", playbook))
    return lacking or [
        *_head(playbook),
        *_agents(playbook.get("agent_definitions", {})),
        *(fault for key, step in playbook["workflow"].items() for fault in _step(playbook, key, step)),
        *_path(playbook),
    ]


def _head(playbook: dict[str, Any]) -> Iterator[str]:
    if playbook["type"] != "playbook" or playbook["spec_version"] != "cacao-2.0":
        yield "type or version"
    yield from _identifier(playbook["id"], {"playbook"})
    if playbook["id"].split("-")[4:5] and not playbook["id"].split("-")[4].startswith("5"):
        yield "the id of the playbook is not of version 5"
    yield from _identifier(playbook["created_by"], {"identity"})
    for name in ("created", "modified"):
        if not _TIME.fullmatch(playbook[name]):
            yield f"{name} is no timestamp with milliseconds"
        datetime.fromisoformat(playbook[name])
    if playbook["modified"] < playbook["created"]:
        yield "modified before it was created"
    if (
        not set(playbook["playbook_types"]) <= _TYPES
        or not set(playbook["playbook_activities"]) <= _ACTIVITIES
    ):
        yield "an unknown type or activity"
    if not 0 <= playbook.get("severity", 0) <= 100:
        yield "severity out of range"


def _lacking(kind: str, item: dict[str, Any]) -> Iterator[str]:
    yield from (f"{kind} lacks {name}" for name in _REQUIRED[kind] if item.get(name) in (None, "", [], {}))


def _identifier(value: str, kinds: set[str]) -> Iterator[str]:
    found = _ID.fullmatch(value)
    if not found or found[1] not in kinds:
        yield f"{value} is no identifier of {sorted(kinds)}"


def _agents(agents: dict[str, Any]) -> Iterator[str]:
    for key, agent in agents.items():
        yield from _identifier(key, {agent["type"]} & _AGENTS)
        if not agent.get("name"):
            yield f"{key} has no name"


def _step(playbook: dict[str, Any], key: str, step: dict[str, Any]) -> Iterator[str]:
    yield from _identifier(key, {step["type"]})
    yield from _lacking(step["type"], step)
    if step["type"] == "end" and "on_completion" in step:
        yield "an end step goes on"
    if "on_completion" in step and step["on_completion"] not in playbook["workflow"]:
        yield f"{key} goes on to a step that is not there"
    if step["type"] != "action":
        return
    if step["agent"] not in playbook["agent_definitions"]:
        yield f"{key} names an agent that is not there"
    for command in step["commands"]:
        if command["type"] != "manual":
            yield f"{key} would be run by a machine"
        if not command.get("command"):
            yield f"{key} has an empty command"
        if command.get("playbook_activity") not in _ACTIVITIES:
            yield f"{key} has an unknown activity"
        if _VARIABLE.search(command["command"]):
            yield f"{key} names a variable that is not defined"


def _path(playbook: dict[str, Any]) -> Iterator[str]:
    """The steps from the start: each once, all of them, and an end."""
    workflow = playbook["workflow"]
    key, seen = playbook["workflow_start"], []
    while key in workflow and key not in seen:
        seen.append(key)
        key = workflow[key].get("on_completion")
    if not seen or workflow[seen[0]]["type"] != "start":
        yield "the workflow does not begin with its start step"
    elif key is not None or workflow[seen[-1]]["type"] != "end":
        yield "the workflow does not end"
    if set(seen) != set(workflow):
        yield "a step cannot be reached"
