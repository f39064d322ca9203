"""The facts that findings, answers and the decision rest on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from enum import StrEnum

from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field


class Kind(StrEnum):
    """What kind of trace an activity was read from."""

    CHILD = "child"  # a process started under a WMI provider host or scrcons: execution on this host
    CLIENT = "client"  # a WMI client program with its command line: wmic, PowerShell, mofcomp, wbemtest, script host
    SCRIPT = "script"  # PowerShell script or pipeline text that calls WMI
    OPERATION = "operation"  # WMI-Activity 5858, Trace 11/22/23 or namespace audit 4662
    SUBSCRIPTION = "subscription"  # Sysmon 19-21, WMI-Activity 5859-5861
    CREDENTIAL = "credential"  # 4648 towards RPCSS or from a WMI client
    REGISTRY = "registry"  # registry written by the provider host (StdRegProv)
    FILE = "file"  # output file, planted library, MOF or XSL drop
    NETWORK = "network"  # flows of the WMI path without a process trace


class OriginClass(StrEnum):
    """Where the acting session comes from (triage practice 2.1 C)."""

    LOCAL = "LOCAL"
    REMOTE = "REMOTE"
    BATCH = "BATCH"
    SERVICE = "SERVICE"
    SYSTEM = "SYSTEM"
    NETWORK_SERVICE = "NETSVC"
    LOCAL_SERVICE = "LOCALSVC"
    UNKNOWN = "UNKNOWN"


class Join(StrEnum):
    """How actor and source were joined to the activity."""

    EXACT = "exact"  # logon id to 4624
    RECORDED = "recorded"  # the record itself names the user
    WINDOW = "window"  # one candidate in the time window
    SHARE = "share read-back"
    FALLBACK = "fallback"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class Confidence(StrEnum):
    """High, Moderate, Low as triage practice 2.0 defines them."""

    HIGH = "High"
    MODERATE = "Moderate"
    LOW = "Low"


@dataclass(frozen=True, slots=True)
class Account:
    r"""An acting account. `name` is DOMAIN\\name as recorded."""

    name: str
    sid: str | None = None
    logon_id: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One logon that could be the acting session when no key decides."""

    account: str
    source_ip: str | None
    package: str | None
    gap_ms: int
    evidence_id: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Actor, session and origin of an activity.

    `admin` is True, False or None: 4672 for the session, 4672 provably absent, unknown.
    """

    account: Account | None
    origin: OriginClass
    join: Join
    confidence: Confidence
    reason: str
    logon_type: int | None = None
    package: str | None = None
    source_ip: str | None = None
    source_host: str | None = None
    source_how: str | None = None
    transport: str | None = None  # DCOM, WSMan, local, unknown
    admin: bool | None = None
    candidates: tuple[Candidate, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    source_host_claimed: bool = False  # only the caller says that this is its name: shown, never trusted


@dataclass(frozen=True, slots=True)
class Activity:
    """One WMI activity on one host.

    `operation` is the class of act: query, method, process_create, subscription, delete, registry, other.
    `methods` are technique labels such as wmic-query or impacket-wmiexec. `facts` are parsed features by name
    (wmic.alias, wmic.node, child.name, decoded ...), sorted, for indicators, templates and display.
    `background` is the id of a benign look-alike whose every condition holds, or None.
    """

    id: str
    kind: Kind
    host: str
    utc: datetime | None
    operation: str
    methods: tuple[str, ...]
    identity: Identity
    image: str | None = None
    command: str | None = None
    decoded: str | None = None
    parent: str | None = None
    process_id: int | None = None
    process_key: str | None = None
    targets: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    background: str | None = None
    evidence: tuple[Evidence, ...] = ()

    def fact(self, name: str) -> str | None:
        """Value of a parsed feature, None when it is not known."""
        return dict(self.facts).get(name)


@dataclass(frozen=True, slots=True)
class SourceTrace:
    """What the source host's own logs show of a remote activity."""

    host: str
    image: str | None
    process_id: int | None
    account: str | None
    port: int | None
    how: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One operator session: activities of one actor from one source, close in time."""

    id: str
    origin: OriginClass
    methods: tuple[str, ...]
    account: Account | None
    identity: Identity
    source_ip: str | None
    source_host: str | None
    target_hosts: tuple[str, ...]
    transport: str | None
    first: datetime | None
    last: datetime | None
    activities: tuple[Activity, ...]
    source_traces: tuple[SourceTrace, ...] = ()
    session_opened: str | None = None  # operator's clock, from a wmiexec output name
    background: bool = False
    source_host_claimed: bool = False  # as in Identity
    accounts: tuple[Account, ...] = ()  # actors in order of appearance, then credentials they used

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host of the story, source included, sorted."""
        names = {*self.target_hosts, *(a.host for a in self.activities)}
        if self.source_host:
            names.add(self.source_host)
        return tuple(sorted(names))
