"""What was seen in a case that can be looked for elsewhere: addresses, hashes, files, commands, accounts.

Only values of sessions that are not background and of findings count. `hostile` is set only for an escalated case, and
only for values that nobody would share with legitimate work: addresses outside the own network, hashes, URLs, dropped
files and the commands of decisive findings. Internal addresses, hosts and accounts are never marked so: a list of them
fed into a block list would cut off the victim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.context.lookup import is_public_address, parse_address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.report.view import EvidenceView, FindingView, StoryView, View


class ObservableKind(StrEnum):
    """What an observable is."""

    ADDRESS = "address"
    HOST = "host"
    ACCOUNT = "account"
    COMMAND = "command"
    FILE = "file"
    SHA256 = "sha256"
    SHA1 = "sha1"
    MD5 = "md5"
    URL = "url"


@dataclass(frozen=True, slots=True)
class Observable:
    """One value, exactly as recorded (secrets masked); `evidence_ids` and `hosts` are sorted."""

    kind: ObservableKind
    value: str
    hostile: bool
    evidence_ids: tuple[str, ...]
    hosts: tuple[str, ...]
    first: str | None
    last: str | None


_URL = re.compile(r"(?i)\bhttps?://[^\s\"'<>|)\]}]{4,2000}")
_HASHES = {
    ObservableKind.SHA256: re.compile(r"(?i)\bSHA256=([0-9a-f]{64})\b"),
    ObservableKind.SHA1: re.compile(r"(?i)\bSHA1=([0-9a-f]{40})\b"),
    ObservableKind.MD5: re.compile(r"(?i)\bMD5=([0-9a-f]{32})\b"),
}
_ADDRESS_FIELDS = ("SourceIp", "DestinationIp")
_FILE_FIELDS = ("TargetFilename",)


@dataclass(frozen=True, slots=True)
class _Sighting:
    kind: ObservableKind
    value: str
    hostile: bool
    evidence_ids: tuple[str, ...]
    host: str
    utc: str | None


def observables(view: View) -> tuple[Observable, ...]:
    """Every observable once, sorted by kind and value."""
    escalated = view.disposition.startswith("ESCALATE")
    merged: dict[tuple[ObservableKind, str], list[_Sighting]] = {}
    for item in _sightings(view):
        if item.value.strip():
            merged.setdefault((item.kind, item.value), []).append(item)
    return tuple(
        _merged(kind, value, merged[(kind, value)], escalated) for kind, value in sorted(merged, key=str)
    )


def _merged(kind: ObservableKind, value: str, seen: list[_Sighting], escalated: bool) -> Observable:
    times = sorted(item.utc for item in seen if item.utc)
    return Observable(
        kind=kind,
        value=value,
        hostile=escalated and any(item.hostile for item in seen),
        evidence_ids=tuple(sorted({name for item in seen for name in item.evidence_ids})),
        hosts=tuple(sorted({item.host for item in seen})),
        first=times[0] if times else None,
        last=times[-1] if times else None,
    )


def _sightings(view: View) -> Iterator[_Sighting]:
    for story in view.stories:
        if not story.background:
            yield from _of_story(story)
    for finding in view.findings:
        if finding.tier != "M" and finding.excused_by is None:
            for item in finding.evidence:
                yield from _of_record(item, finding)


def _of_story(story: StoryView) -> Iterator[_Sighting]:
    ids = tuple(item.id for item in story.evidence)
    target = story.target_hosts[0] if story.target_hosts else ""
    if story.account:
        yield _Sighting(ObservableKind.ACCOUNT, story.account.name, False, ids, target, story.first)
    for host in (story.source_host, *story.target_hosts):
        if host:
            yield _Sighting(ObservableKind.HOST, host, False, ids, host, story.first)
    yield from _address(story.source_ip, ids, target, story.first, hostile=True)
    for act in story.processes:
        if act.command and not act.background:
            yield _Sighting(ObservableKind.COMMAND, act.command, False, act.evidence_ids, act.host, act.utc)
            yield from _urls(f"{act.command} {act.decoded or ''}", act.evidence_ids, act.host, act.utc)


def _of_record(item: EvidenceView, finding: FindingView) -> Iterator[_Sighting]:
    ids = (item.id,)
    counts = finding.tier in ("D", "S")
    for pair in item.quoted:
        if pair.field in _ADDRESS_FIELDS:
            yield from _address(pair.value, ids, item.host, item.utc, hostile=counts)
        elif pair.field in _FILE_FIELDS:
            yield _Sighting(ObservableKind.FILE, pair.value, counts, ids, item.host, item.utc)
        elif pair.field == "CommandLine":
            hostile = finding.tier == "D"
            yield _Sighting(ObservableKind.COMMAND, pair.value, hostile, ids, item.host, item.utc)
            yield from _urls(pair.value, ids, item.host, item.utc)
        elif pair.field == "Hashes":
            for kind, pattern in _HASHES.items():
                for match in pattern.finditer(pair.value):
                    yield _Sighting(kind, match[1].lower(), counts, ids, item.host, item.utc)


def _address(
    text: str | None, ids: tuple[str, ...], host: str, utc: str | None, *, hostile: bool
) -> Iterator[_Sighting]:
    address = parse_address(text)
    if address is None or address.is_loopback or address.is_unspecified or address.is_multicast:
        return
    outside = is_public_address(text)
    yield _Sighting(ObservableKind.ADDRESS, str(address), hostile and outside, ids, host, utc)


def _urls(text: str, ids: tuple[str, ...], host: str, utc: str | None) -> Iterator[_Sighting]:
    for match in _URL.finditer(text):
        yield _Sighting(ObservableKind.URL, match[0].rstrip(".,;"), True, ids, host, utc)
