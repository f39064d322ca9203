"""The stage on which a scenario plays: its hosts and accounts, and the records written so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from scenario_writer.layouts import load_layouts
from scenario_writer.machine import (
    Account,
    Logging,
    Machine,
    Process,
    Session,
    machine_from,
    milliseconds,
    well_known_sessions,
)
from scenario_writer.scenario import Scenario, ScenarioError

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Written:
    """One record before it has its number. `order` breaks ties between records of the same millisecond."""

    machine: str
    layout: str
    created: datetime
    order: int
    fields: dict[str, Any]
    user_sid: str | None
    logger: int


@dataclass
class Stage:
    """Hosts, accounts and records of one scenario."""

    scenario: Scenario
    machines: dict[str, Machine]
    accounts: dict[str, Account]
    records: list[Written] = field(default_factory=list)
    attempts: int = 0

    def machine(self, name: str) -> Machine:
        """The host of this name.

        Raises:
            ScenarioError: there is none.
        """
        if name not in self.machines:
            message = f"no host {name}. Hosts: {', '.join(self.machines)}."
            raise ScenarioError(message)
        return self.machines[name]

    def account(self, name: str) -> Account:
        """The account with this key.

        Raises:
            ScenarioError: there is none.
        """
        if name not in self.accounts:
            message = f"no account {name}. Accounts: {', '.join(self.accounts)}."
            raise ScenarioError(message)
        return self.accounts[name]

    def session(self, machine: Machine, label: str) -> Session:
        """The session with this label on a host.

        Raises:
            ScenarioError: there is none yet.
        """
        if label not in machine.sessions:
            message = (
                f"no session {label} on {machine.name} at this time. Sessions: {', '.join(machine.sessions)}."
            )
            raise ScenarioError(message)
        return machine.sessions[label]

    def process(self, machine: Machine, label: str) -> Process:
        """The process with this label on a host.

        Raises:
            ScenarioError: there is none yet.
        """
        if label not in machine.processes:
            message = f"no process {label} on {machine.name} at this time. Processes: {', '.join(machine.processes)}."
            raise ScenarioError(message)
        return machine.processes[label]

    def address(self, source: str) -> tuple[str, Machine | None]:
        """Address of a source, and the host when it belongs to the scenario and is not only an address."""
        if source in self.machines:
            return self.machines[source].ip, self.machines[source]
        return source, None

    def write(
        self,
        machine: Machine,
        layout: str,
        at: datetime,
        fields: dict[str, Any],
        *,
        user_sid: str | None = None,
        logger: int = 4,
    ) -> None:
        """Write a record, if the host records its kind.

        Args:
            machine: where it is written.
            layout: name of the layout.
            at: time of the record, UTC.
            fields: content by field name.
            user_sid: SID in System/Security, where the layout has none of its own.
            logger: id of the process that writes the record.
        """
        self.attempts += 1  # counted also when not recorded, so that variants share every number
        if machine.logging.records(layout):
            self.records.append(Written(machine.name, layout, at, self.attempts, fields, user_sid, logger))

    def write_sysmon(self, machine: Machine, number: int, at: datetime, fields: dict[str, Any]) -> None:
        """Write a Sysmon record: its own time is in UtcTime, the record follows some milliseconds later."""
        delay = milliseconds(machine.dice.number(1, 9))
        names = {name for name, _ in load_layouts()[f"sysmon.{number}"].fields}
        common = {
            key: text for key, text in (("RuleName", "-"), ("UtcTime", sysmon_time(at))) if key in names
        }
        logger = machine.processes["sysmon"].pid if "sysmon" in machine.processes else 4
        self.write(machine, f"sysmon.{number}", at + delay, {**common, **fields}, logger=logger)


def sysmon_time(at: datetime) -> str:
    """Time as Sysmon writes it into fields: UTC, milliseconds."""
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03d}"


def open_stage(scenario: Scenario) -> Stage:
    """Set up hosts and accounts; what the variant drops is not recorded, everything else stays the same."""
    machines = {
        name: machine_from(name, entry, scenario.domain, scenario.seed)
        for name, entry in scenario.hosts.items()
    }
    for machine in machines.values():
        machine.logging = _without(machine.logging, scenario, machine.name)
        machine.sessions.update(well_known_sessions(machine))
    return Stage(
        scenario, machines, {key: _account(key, entry, scenario) for key, entry in scenario.accounts.items()}
    )


def _without(logging: Logging, scenario: Scenario, host: str) -> Logging:
    for drop in scenario.drop:
        if drop.host not in (None, host):
            continue
        patterns = drop.logs or (() if drop.command_line else ("*",))
        logging = replace(
            logging,
            switches=logging.switches + tuple((pattern, False) for pattern in patterns),
            command_line=logging.command_line and not drop.command_line,
        )
    return logging


def _account(key: str, entry: dict[str, Any], scenario: Scenario) -> Account:
    host = entry.get("host")
    domain = host or scenario.domain["name"]
    authority = scenario.hosts[host]["sid"] if host else scenario.domain["sid"]
    return Account(entry.get("name", key), domain, f"{authority}-{entry['rid']}", bool(entry.get("admin")))
