"""Hosts while a scenario plays: accounts, logon sessions, processes, ports and what the host records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scenario_writer.dice import Dice, digest, guid_of, sha256_of

SCENARIOS_DIRECTORY = Path(__file__).parent.parent
SYSTEM, LOCAL_SERVICE, NETWORK_SERVICE = 0x3E7, 0x3E5, 0x3E4  # logon ids that Windows fixes
_BUILDS = {"windows7": 7601, "server2016": 14393, "server2019": 17763, "windows10": 19045, "windows11": 22631}


@dataclass(frozen=True, slots=True)
class Account:
    """A security principal. `domain` is the NetBIOS name of its domain or host."""

    name: str
    domain: str
    sid: str
    admin: bool = False

    @property
    def full_name(self) -> str:
        """Domain and name with a backslash between."""
        return f"{self.domain}\\{self.name}"


@dataclass(frozen=True, slots=True)
class Session:
    """A logon session on one host."""

    account: Account
    logon_id: int
    logon_guid: str
    logon_type: int
    elevated: bool
    terminal: int = 0
    source_ip: str | None = None
    source_port: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """An executable and its version resource; unknown programs have dashes, as Sysmon writes them."""

    image: str
    original: str = "-"
    description: str = "-"
    company: str = "-"
    product: str = "-"
    version: str = "-"
    console: bool = False

    @property
    def hashes(self) -> str:
        """Hashes as Sysmon writes them."""
        return f"SHA256={sha256_of(self.image)}"


@dataclass(frozen=True, slots=True)
class Process:
    """A running process."""

    pid: int
    guid: str
    program: Program
    command: str
    session: Session
    parent: Process | None
    started: datetime
    folder: str = "C:\\Windows\\system32\\"

    @property
    def integrity(self) -> str:
        """Integrity level as Sysmon names it."""
        if self.session.logon_id in (SYSTEM, LOCAL_SERVICE, NETWORK_SERVICE):
            return "System"
        return "High" if self.session.elevated else "Medium"


@dataclass(frozen=True, slots=True)
class Logging:
    """What a host records: layout name patterns switched on and off, later ones win."""

    switches: tuple[tuple[str, bool], ...]
    command_line: bool
    process_layout: str

    def records(self, layout: str) -> bool:
        """Whether records of this layout are written."""
        state = False
        for pattern, switch in self.switches:
            if fnmatchcase(layout, pattern):
                state = switch
        return state


@dataclass
class Machine:
    """A host of the scenario."""

    name: str
    dns_name: str
    ip: str
    os: str
    domain: str
    logging: Logging
    dice: Dice
    booted: datetime | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    provider_host: Process | None = None
    provider_used: datetime | None = None
    _next_pid: int = 4000
    _next_logon_id: int = 0x4A3E1
    _next_port: int = 49_720
    _process_count: int = 0

    @property
    def account(self) -> Account:
        """The computer account as the local services use it."""
        return Account(f"{self.name}$", self.domain, "S-1-5-18", True)

    @property
    def build(self) -> int:
        """Build number of the operating system."""
        return _BUILDS[self.os]

    def new_pid(self) -> int:
        """The next process id: a multiple of four, as on Windows."""
        self._next_pid = 4000 + (self._next_pid - 4000 + 4 * self.dice.number(3, 41)) % 9000
        return self._next_pid

    def new_logon_id(self) -> int:
        """The next logon id: they only grow, also over a new start of the host."""
        self._next_logon_id += self.dice.number(0x200, 0x4000)
        return self._next_logon_id

    def new_port(self) -> int:
        """The next port for an outgoing connection, from the dynamic range."""
        self._next_port = 49_720 + (self._next_port - 49_720 + self.dice.number(1, 7)) % 15_000
        return self._next_port

    @property
    def wmi_port(self) -> int:
        """The dynamic port on which this host's WMI service listens."""
        return 49_664 + digest(self.name, "wmi port") % 12

    def process_guid(self) -> str:
        """Sysmon's key for the next process."""
        self._process_count += 1
        return guid_of(self.name, str(self.booted), str(self._process_count))


def machine_from(name: str, entry: dict[str, Any], domain: dict[str, str], seed: str) -> Machine:
    """Build a host from its entry in the scenario."""
    own = entry.get("domain", domain["name"])
    dns_name = name if own == "WORKGROUP" else f"{name}.{domain['dns']}"
    return Machine(
        name=name,
        dns_name=entry.get("dns", dns_name),
        ip=entry["ip"],
        os=entry.get("os", "windows10"),
        domain=own,
        logging=_logging(entry.get("logging", "default")),
        dice=Dice(f"{seed}/{name}"),
    )


def well_known_sessions(machine: Machine) -> dict[str, Session]:
    """The sessions that every host has from its start."""
    entries = (
        ("SYSTEM", SYSTEM, 18),
        ("LOCAL SERVICE", LOCAL_SERVICE, 19),
        ("NETWORK SERVICE", NETWORK_SERVICE, 20),
    )
    nothing = "{00000000-0000-0000-0000-000000000000}"
    return {
        name: Session(Account(name, "NT AUTHORITY", f"S-1-5-{rid}", True), logon_id, nothing, 5, True)
        for name, logon_id, rid in entries
    }


def find_program(name: str) -> Program:
    """A program by its short name, or by path for one that is not in the list."""
    known = _programs().get(name)
    if known is not None:
        return known
    if "\\" not in name:
        message = f"No program {name} in programs.yml. Add it there or give its whole path."
        raise LookupError(message)
    return _programs_by_image().get(name.lower(), Program(name))


def known_program(name: str) -> bool:
    """Whether programs.yml has this short name."""
    return name in _programs()


@cache
def _programs() -> dict[str, Program]:
    content = yaml.safe_load((SCENARIOS_DIRECTORY / "programs.yml").read_text("utf-8"))
    return {
        name: Program(**{**content["defaults"], **{key: _text(value) for key, value in entry.items()}})
        for name, entry in content["programs"].items()
    }


def _text(value: object) -> object:
    return value if isinstance(value, bool) else str(value)


@cache
def _programs_by_image() -> dict[str, Program]:
    return {program.image.lower(): program for program in _programs().values()}


@cache
def _profiles() -> dict[str, Any]:
    return yaml.safe_load((SCENARIOS_DIRECTORY / "profiles.yml").read_text("utf-8"))


def _logging(entry: str | dict[str, Any]) -> Logging:
    entry = {"profile": entry} if isinstance(entry, str) else entry
    switches, command_line, layout = _profile(entry.get("profile", "default"))
    switches += tuple((pattern, True) for pattern in entry.get("records", []))
    switches += tuple((pattern, False) for pattern in entry.get("omits", []))
    return Logging(switches, entry.get("command_line", command_line), entry.get("process_layout", layout))


def _profile(name: str) -> tuple[tuple[tuple[str, bool], ...], bool, str]:
    entry = _profiles()[name]
    switches: tuple[tuple[str, bool], ...] = ()
    command_line, layout = False, "security.4688v2_long"
    if "base" in entry:
        switches, command_line, layout = _profile(entry["base"])
    switches += tuple((pattern, True) for pattern in entry.get("records", []))
    switches += tuple((pattern, False) for pattern in entry.get("omits", []))
    return switches, entry.get("command_line", command_line), entry.get("process_layout", layout)


def milliseconds(count: int) -> timedelta:
    """A length of time in milliseconds."""
    return timedelta(milliseconds=count)
