"""Process creations: Sysmon 1 and Security 4688 of one process told as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from typing import TYPE_CHECKING

from magistrate.activity.images import SERVICE_LOGON_IDS, image_name, is_machine_account
from magistrate.activity.rows import by_time, evidence_of, moment, number, seconds_between, text
from magistrate.activity.rows import sid as read_sid
from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.store.base import Row

TWIN_SECONDS = 5.0
"""Largest distance between the Sysmon 1 and the 4688 of one process. Under 50 ms on one host by its own clock;
shippers that stamp arrival time add up to 2 s (telemetry notes 4.2 trap 7), so 5 s leaves room."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process start. `user` is None when the record cannot name the token's owner (4688 v0 and v1)."""

    host: str
    utc: datetime | None
    image: str | None
    original: str | None
    command: str | None
    user: str | None
    sid: str | None
    logon_id: int | None
    pid: int | None
    guid: str | None
    parent_image: str | None
    parent_pid: int | None
    parent_guid: str | None
    parent_command: str | None
    integrity: str | None
    company: str | None
    description: str | None
    hashes: str | None
    directory: str | None
    subject_logon_id: int | None
    evidence: tuple[Evidence, ...]

    @property
    def name(self) -> str:
        """File name in lower case."""
        return image_name(self.image)

    @property
    def parent_name(self) -> str:
        """File name of the parent in lower case."""
        return image_name(self.parent_image)

    @property
    def key(self) -> str:
        """Stable key of the process: Sysmon's guid, else host, pid and start."""
        return self.guid or f"{self.host}/{self.pid}/{self.utc.isoformat() if self.utc else '-'}"


def _names_the_actor(row: Row) -> bool:
    """A 4688 names the token's owner from version 2 on, or when the subject is a person (telemetry notes 1.2)."""
    if number(row, "EventID") != 4688:
        return True
    if text(row, "TargetUserName") and number(row, "TargetLogonId"):
        return True
    version = number(row, "Version")
    old_layout = version is None or version < 2
    subject_is_service = number(row, "SubjectLogonId") in SERVICE_LOGON_IDS or is_machine_account(
        text(row, "SubjectUserName")
    )
    return not (old_layout and subject_is_service)


def _process(row: Row) -> Process:
    named = _names_the_actor(row)
    return Process(
        host=text(row, "host") or "",
        utc=moment(row),
        image=text(row, "Image"),
        original=text(row, "OriginalFileName"),
        command=text(row, "CommandLine"),
        user=text(row, "User") if named else None,
        sid=read_sid(row, "UserSid") if named else None,
        logon_id=number(row, "LogonId") if named else None,
        pid=number(row, "ProcessId"),
        guid=text(row, "ProcessGuid"),
        parent_image=text(row, "ParentImage") or text(row, "ResolvedParent"),
        parent_pid=number(row, "ParentProcessId"),
        parent_guid=text(row, "ParentProcessGuid"),
        parent_command=text(row, "ParentCommandLine"),
        integrity=text(row, "IntegrityLevel"),
        company=text(row, "Company"),
        description=text(row, "Description"),
        hashes=text(row, "Hashes"),
        directory=text(row, "CurrentDirectory"),
        subject_logon_id=number(row, "SubjectLogonId"),
        evidence=(
            evidence_of(
                row, "Image", "CommandLine", "ParentImage", "User", "LogonId", "ProcessId", "ParentProcessId"
            ),
        ),
    )


def _are_twins(one: Process, other: Process) -> bool:
    if one.evidence[0].channel == other.evidence[0].channel or one.name != other.name:
        return False
    if one.pid is not None and other.pid is not None and one.pid != other.pid:
        return False
    if (one.pid is None or other.pid is None) and (one.command or "") != (other.command or ""):
        return False
    gap = seconds_between(one.utc, other.utc)
    return gap is not None and abs(gap) <= TWIN_SECONDS


def _merge(one: Process, other: Process) -> Process:
    """Prefer Sysmon's values: it names the token's owner, the guid and the time of the event itself."""
    first, second = (one, other) if one.guid else (other, one)
    pick = {name: getattr(first, name) or getattr(second, name) for name in _MERGED}
    return Process(host=first.host, utc=first.utc, evidence=first.evidence + second.evidence, **pick)


_MERGED = tuple(name for name in Process.__dataclass_fields__ if name not in ("host", "utc", "evidence"))


def processes_from(rows: Iterable[Row]) -> tuple[Process, ...]:
    """Process starts in order of host and time, each told once with all its records."""
    found: list[Process] = []
    recent: dict[tuple[str, str], list[int]] = {}
    seen: set[str] = set()
    for row in by_time(rows):
        if (text(row, "evidence_id") or "") in seen:
            continue
        seen.add(text(row, "evidence_id") or "")
        process = _process(row)
        key = (process.host, process.name)
        window = recent.setdefault(key, [])
        twin = next(
            (i for i in reversed(window) if len(found[i].evidence) == 1 and _are_twins(found[i], process)),
            None,
        )
        if twin is None:
            window.append(len(found))
            del window[:-16]
            found.append(process)
        else:
            found[twin] = _merge(found[twin], process)
    return tuple(found)
