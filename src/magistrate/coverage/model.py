"""Coverage of each host: channels seen, capabilities proved, grade (triage practice 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum


class Proof(StrEnum):
    """Whether a capability was recording."""

    ON = "on"
    PARTIAL = "partial"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ChannelCoverage:
    """One channel of one host. `holes` are missing EventRecordID ranges as (first, last)."""

    host: str
    channel: str
    count: int
    first: datetime | None
    last: datetime | None
    largest_gap_seconds: float | None
    holes: tuple[tuple[int, int], ...] = ()
    missing_records: int = 0
    state: str = "present"  # present, empty, damaged


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether one capability was recording on one host, with the proof and how to turn it on."""

    host: str
    name: str  # process_creation, command_line, actor_logon_id, logon, special_logon, wmi_activity, subscription,
    #            namespace_audit, powershell, share_detail, network
    proof: Proof
    reason: str
    enable: str
    evidence_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TamperSign:
    """A cleared log, audit cut, clock change, record-id fall or long silence, with other explanations."""

    host: str
    utc: datetime | None
    what: str
    explanation: str
    evidence_ids: tuple[str, ...] = ()
    scored: bool = True  # False for the recorder's own clear at the start of a file
    kind: str = ""  # name of the sign in tamper.yml, or silence


@dataclass(frozen=True, slots=True)
class HostCoverage:
    """Everything known about what one host's logs can show."""

    host: str
    grade: str  # A, B, C, D
    grade_reason: str
    channels: tuple[ChannelCoverage, ...]
    capabilities: tuple[Capability, ...]

    def proof(self, name: str) -> Proof:
        """Proof of a capability by name; UNKNOWN when it was not assessed."""
        return next((item.proof for item in self.capabilities if item.name == name), Proof.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of the whole case."""

    hosts: tuple[HostCoverage, ...]
    tamper: tuple[TamperSign, ...] = ()
    lost_records: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def host(self, name: str) -> HostCoverage | None:
        """Coverage of a host by its key, None when the case holds no record of it."""
        return next((item for item in self.hosts if item.host == name), None)
