"""One way to make an activity from features, identity and evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.background import arguments_of, background_of
from magistrate.activity.model import Activity, Identity, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magistrate.activity.features import Features
    from magistrate.activity.processes import Process
    from magistrate.events.evidence import Evidence


def activity_id(evidence: tuple[Evidence, ...]) -> str:
    """Id of an activity: the id of its earliest listed record, so that order and split do not matter."""
    return "a-" + min(item.evidence_id for item in evidence)


def crosses_hosts(features: Features) -> bool:
    """Whether a text reaches for another host: it names one, or uses a session that may lead to one."""
    return bool(features.targets) or "ps-wmi-remote" in features.methods


def process_activity(
    kind: Kind,
    process: Process,
    features: Features,
    identity: Identity,
    *,
    extra: Mapping[str, str] | None = None,
    methods: frozenset[str] | None = None,
    operation: str | None = None,
) -> Activity:
    """Activity of a process start.

    Args:
        kind: CHILD or CLIENT.
        process: the process.
        features: what its command line says.
        identity: who and from where.
        extra: more facts.
        methods: labels in place of those of the features.
        operation: operation in place of that of the features.
    """
    done = operation or features.operation
    facts = dict(features.facts) | dict(extra or {}) | _process_facts(process)
    remote = "true" if crosses_hosts(features) else "false"
    background = background_of(
        kind.value,
        {
            "image": process.image or "",
            "parent": process.parent_image or "",
            "command": process.command or "",
            "arguments": arguments_of(process.command),
            "logon": "" if process.logon_id is None else str(process.logon_id),
            "operation": done,
            "indirect": features.fact("ps.indirect") or "",
            "remote": remote,
            "user": process.user or "",
        },
    )
    return Activity(
        id=activity_id(process.evidence),
        kind=kind,
        host=process.host,
        utc=process.utc,
        operation=done,
        methods=tuple(sorted(methods if methods is not None else features.methods)),
        identity=identity,
        image=process.image,
        command=process.command,
        decoded=features.decoded,
        parent=process.parent_image,
        process_id=process.pid,
        process_key=process.key,
        targets=features.targets,
        facts=tuple(sorted(facts.items())),
        background=background,
        evidence=tuple(dict.fromkeys((*process.evidence, *identity.evidence))),
    )


def _process_facts(process: Process) -> dict[str, str]:
    known = {
        "process.company": process.company,
        "process.description": process.description,
        "process.hashes": process.hashes,
        "process.integrity": process.integrity,
        "process.original": process.original,
        "process.parent_pid": None if process.parent_pid is None else str(process.parent_pid),
        "process.parent_key": process.parent_guid,
        "process.parent_command": process.parent_command,
    }
    return {name: value for name, value in known.items() if value}
