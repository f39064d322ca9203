"""Proposes a register entry from an override that lets a case close: never in force, narrow, and with a term.

Source: triage practice 2.7 and 2.14: account, source and shape of the command, 90 days; never an image name alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from magistrate.cases.opinions import CLOSING, Reason
from magistrate.context.shapes import command_shape, shape_problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from magistrate.cases.opinions import Wanted

TERM_DAYS = 90
_REASONS = frozenset({Reason.LOCAL_KNOWLEDGE, Reason.OWNER_CONFIRMED, Reason.TICKET})


def register_proposal(verdict: dict[str, Any], wanted: Wanted, now: datetime) -> dict[str, Any] | None:
    """A register entry that would cover what the case saw, for a person to complete.

    Args:
        verdict: `verdict.json` of the case.
        wanted: the override.
        now: when it is made; the entry would end 90 days later.

    Returns:
        The entry without owner and approval; with a key `none` that says why there is none; None when the override
        teaches nothing about what is usual.
    """
    if wanted.analyst not in CLOSING or wanted.reason not in _REASONS:
        return None
    problems = []
    for story in _acting(verdict):
        entry = _entry(story, now)
        if "none" not in entry:
            return entry
        problems.append(str(entry["none"]))
    return {"none": problems[0] if problems else "the case has no session of a person"}


def _acting(verdict: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (story for story in verdict.get("stories", ()) if not story.get("background"))


def _entry(story: dict[str, Any], now: datetime) -> dict[str, Any]:
    account = story.get("account") or {}
    source = story.get("source_ip") or story.get("source_host")
    commands = [str(act["command"]) for act in story.get("processes", ()) if act.get("command")]
    needed = {"the account's SID": account.get("sid"), "the source": source, "a command line": commands}
    if missing := [name for name, value in needed.items() if not value]:
        return {"none": f"{' and '.join(missing)} not known"}
    shapes = [command_shape(command, tuple(story.get("target_hosts", ()))) for command in commands]
    shape = next((item for item in shapes if shape_problem(item) is None), None)
    if shape is None:
        return {"none": f"no shape of a command can stand in the register: {shape_problem(shapes[0])}"}
    return {
        "account_sid": account["sid"],
        "account_name": account.get("name"),
        "sources": [source],
        "targets": {"hosts": list(story.get("target_hosts", ()))},
        "shape": shape,
        "excuses": [],
        "expires": (now + timedelta(days=TERM_DAYS)).date().isoformat(),
    }
