"""The fields of a ticket (triage practice, section 5), for the plain ticket, TheHive and Jira alike."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from magistrate.context.shapes import command_shape
from magistrate.report.note import note_lines
from magistrate.report.observables import observables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.report.view import View


def ticket_title(view: View) -> str:
    """The first line of the escalation note: inert plain text."""
    return note_lines(view)[0]


def case_id(view: View) -> str:
    """The same evidence, version and site context give the same id, so that a second run updates the first."""
    return f"magistrate-{view.case_hash[:16]}"


def evidence_hash(view: View) -> str:
    """SHA-256 over the sorted hashes of all files that were read: one value for the whole bundle."""
    return bundle_digest(item.sha256 for item in view.intake.files)


def bundle_digest(hashes: Iterable[str]) -> str:
    """SHA-256 over the hashes of files, one a line and sorted: names and places do not matter."""
    return text_digest("\n".join(sorted(hashes)))


def shape_digest(command: str, hosts: tuple[str, ...]) -> str:
    """SHA-256 of a command's shape, so that two runs of one tool give the same value."""
    return text_digest(command_shape(command, hosts))


def text_digest(text: str) -> str:
    """SHA-256 of a text, half surrogate pairs included."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def ticket_fields(view: View) -> dict[str, tuple[str, ...]]:
    """Every field with its values, exactly as recorded; empty where the case does not know it.

    Owner, triage times and overrides are said by people and stay empty here.
    """
    active = [story for story in view.stories if not story.background]
    times = sorted(moment for story in active for moment in (story.first, story.last) if moment)
    shapes = {
        shape_digest(act.command, story.target_hosts)
        for story in active
        for act in story.processes
        if act.command
    }
    return {
        "Title": (ticket_title(view),),
        "Case id": (case_id(view),),
        "Alert ids": tuple(sorted({item.rule for item in view.signals if item.source == "alert"})),
        "Event first": tuple(times[:1]),
        "Event last": tuple(times[-1:]),
        "Triage start": (),
        "Triage end": (),
        "Severity": (view.severity or "none",),
        "Disposition": (view.disposition,),
        "Confidence": (view.confidence,),
        "Rule": (f"{view.rule} {view.rule_title}".strip(),),
        "Techniques": view.techniques,
        "Target hosts": _targets(view),
        "Source": tuple(
            dict.fromkeys(
                f"{story.source_ip or 'address unknown'}, {story.source_host or 'host unknown'}"
                f" ({story.source_how or 'not resolved'})"
                for story in active
            )
        ),
        "Account": tuple(
            dict.fromkeys(
                f"{story.account.name}, {story.account.sid or 'SID unknown'} (join {story.join}, {story.identity_confidence})"
                for story in active
                if story.account
            )
        ),
        "Command shapes": tuple(sorted(shapes)),
        "IOCs": tuple(f"{item.kind.value}: {item.value}" for item in observables(view) if item.hostile),
        "Coverage": tuple(f"{host.host} {host.grade}" for host in view.coverage.hosts),
        "Unknowns": view.unknowns,
        "Actions": view.next_actions,
        "Deadline": () if view.deadline_minutes is None else (f"{view.deadline_minutes} minutes",),
        "Owner": (),
        "Override": (),
        "Exceptions": tuple(sorted({item.excused_by for item in view.findings if item.excused_by})),
        "Evidence bundle SHA-256": (evidence_hash(view),),
        "Made by": (f"magistrate {view.version}, playbook {view.playbook}, case hash {view.case_hash}",),
    }


def _targets(view: View) -> tuple[str, ...]:
    roles = {host.host: host.role for host in view.coverage.hosts}
    names = sorted({host for story in view.stories if not story.background for host in story.target_hosts})
    return tuple(f"{name} ({roles.get(name, 'unknown').replace('_', ' ')})" for name in names)
