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


class Gap(StrEnum):
    """Why a capability is not proved: it decides whether something has to be turned on or fetched."""

    NONE = "none"  # nothing lacks
    PART = "part"  # only part of it is recorded
    OTHER_TIME = "other_time"  # recorded on that day, not proved for the time asked about
    CUT = "cut"  # recorded, and then cut, cleared or silent in that time
    OFF = "off"  # Windows was not told to record it
    NO_LOG = "no_log"  # its log is not in the case
    OUT_OF_TIME = "out_of_time"  # its log does not reach the time asked about
    EXCERPT = "excerpt"  # too few records to say
    LOST = "lost"  # records of its log could not be read
    UNPROVED = "unproved"  # its log is there and silent, which proves nothing
    NOT_APPLICABLE = "not_applicable"  # this host cannot record it


class Readiness(StrEnum):
    """What a capability is good for.

    READY shows what happened and proves what did not. CONDITIONAL may show it, and its silence proves nothing.
    BLOCKED does neither.
    """

    READY = "ready"
    CONDITIONAL = "conditional"
    BLOCKED = "blocked"
    NOT_APPLICABLE = "not_applicable"


_BLOCKED = frozenset({Gap.OFF, Gap.NO_LOG, Gap.OUT_OF_TIME})


class SettingKind(StrEnum):
    """Where a setting is made."""

    AUDITPOL = "auditpol"
    REGISTRY = "registry"
    CHANNEL = "channel"
    SYSMON = "sysmon"
    SACL = "sacl"
    SENSOR = "sensor"
    EDR = "edr"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Setting:
    """What opens a capability. `target` is the audit subcategory, registry value, channel or Sysmon element.

    `command` is ready to run, or a sentence where no command does it; `gpo` is the path of the policy that does
    the same for many hosts, empty where there is none.
    """

    name: str
    kind: SettingKind
    target: str
    command: str
    gpo: str
    source: str


@dataclass(frozen=True, slots=True)
class ChannelCoverage:
    """One channel of one host. `holes` are missing EventRecordID ranges as (first, last).

    `usual_gap_seconds` and `rare_gap_seconds` are the median and the 99th percentile of the time between two
    records of the channel: they say whether its largest gap is unusual for it. None when fewer than two times.
    """

    host: str
    channel: str
    count: int
    first: datetime | None
    last: datetime | None
    largest_gap_seconds: float | None
    holes: tuple[tuple[int, int], ...] = ()
    missing_records: int = 0
    state: str = "present"  # present, empty, damaged
    usual_gap_seconds: float | None = None
    rare_gap_seconds: float | None = None
    gap_is_unusual: bool = False
    gap_from: datetime | None = None
    hole_count: int = 0


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether one capability was recording on one host, with the proof and how to turn it on."""

    host: str
    name: str  # process_creation, command_line, actor_logon_id, logon, special_logon, wmi_activity, subscription,
    #            namespace_audit, powershell, share_detail, network, and those of further.yml
    proof: Proof
    reason: str
    enable: str
    evidence_ids: tuple[str, ...] = ()
    gap: Gap = Gap.NONE
    title: str = ""
    records: str = ""
    count: int = 0
    channels: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()

    @property
    def readiness(self) -> Readiness:
        """What it is good for in the time asked about."""
        if self.gap is Gap.NOT_APPLICABLE:
            return Readiness.NOT_APPLICABLE
        if self.proof is Proof.ON:
            return Readiness.READY
        return Readiness.BLOCKED if self.proof is Proof.OFF or self.gap in _BLOCKED else Readiness.CONDITIONAL


@dataclass(frozen=True, slots=True)
class TamperSign:
    """A cleared log, audit cut, clock change, record-id fall or long silence, with other explanations.

    `channels` are the channels whose records it takes away around its time; `*` stands for all of them, empty for
    none.
    """

    host: str
    utc: datetime | None
    what: str
    explanation: str
    evidence_ids: tuple[str, ...] = ()
    scored: bool = True  # False for the recorder's own clear at the start of a file
    kind: str = ""  # name of the sign in tamper.yml, or silence
    channels: tuple[str, ...] = ()
    until: datetime | None = None  # end of a silence


@dataclass(frozen=True, slots=True)
class Skew:
    """Clock difference of two hosts. `seconds` is how far the second host's clock is ahead of the first's.

    It is the median of `connections` samples; `lowest_seconds` and `highest_seconds` are the ends, `spread_seconds`
    the width of the middle half. `channel` is the channel in which both logged them, or `mixed`. Channels are kept
    apart because their clocks differ on one host too: a public recording has Sysmon 3.4 s off while Security agrees
    to the second. `method` is connection, logon_connection or ticket.
    """

    first_host: str
    second_host: str
    channel: str
    seconds: float
    connections: int
    lowest_seconds: float
    highest_seconds: float
    method: str = "connection"
    spread_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HostCandidate:
    """Names that may mean one machine, or one name that may mean several. Nothing is merged because of it.

    `kind` is spelling, short_name, renamed, same_machine, same_address, several_machines or collector.
    """

    kind: str
    hosts: tuple[str, ...]
    statement: str
    evidence_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostCoverage:
    """Everything known about what one host's logs can show.

    `capabilities` are those that the grade and the answers rest on; `further` are those that add to them. `role`
    is domain_controller, member or unknown, and `role_reason` says what shows it.
    """

    host: str
    grade: str  # A, B, C, D
    grade_reason: str
    channels: tuple[ChannelCoverage, ...]
    capabilities: tuple[Capability, ...]
    further: tuple[Capability, ...] = ()
    role: str = "unknown"
    role_reason: str = ""

    def proof(self, name: str) -> Proof:
        """Proof of a capability by name; UNKNOWN when it was not assessed."""
        found = self.capability(name)
        return found.proof if found is not None else Proof.UNKNOWN

    def capability(self, name: str) -> Capability | None:
        """A capability by name, None when it was not assessed."""
        return next((item for item in (*self.capabilities, *self.further) if item.name == name), None)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of the whole case."""

    hosts: tuple[HostCoverage, ...]
    tamper: tuple[TamperSign, ...] = ()
    lost_records: int = 0
    first: datetime | None = None
    last: datetime | None = None
    skews: tuple[Skew, ...] = ()
    identities: tuple[HostCandidate, ...] = ()

    def host(self, name: str) -> HostCoverage | None:
        """Coverage of a host by its key, None when the case holds no record of it."""
        return next((item for item in self.hosts if item.host == name), None)
