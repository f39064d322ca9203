"""Expands the description of a site (`scenarios/estate/estate.yml`) into a scenario of some weeks, with attacks in it.

The description says what repeats (habits), what every start of a host brings, and what is planted. Everything that varies
comes from dice seeded by the description's id, so that the same size gives the same bytes on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from scenario_writer.actions import perform
from scenario_writer.dice import Dice
from scenario_writer.scenario import (
    Scenario,
    ScenarioError,
    Step,
    filled,
    parse_duration,
    read_plain_yaml,
)
from scenario_writer.stage import Stage, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_BOOT = timedelta(minutes=5)
_PATCHED = timedelta(hours=2)
"""After its updates of a patch night a host starts again; its logon ids go on from where they were, unlike those of Windows."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One planted attack. `imitates` names the habit whose shape it copies."""

    id: str
    title: str
    imitates: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Estate:
    """A site to play: its scenario, which attack each step belongs to, and where judging begins."""

    scenario: Scenario
    attacks: tuple[Attack, ...]
    planted: dict[int, str]  # position of the step in the scenario -> id of the attack
    judged_from: datetime
    ends: datetime


def load_estate(path: Path, size: str) -> Estate:
    """Read the description and expand it to one of its sizes.

    Args:
        path: the description.
        size: a key of its `sizes`.

    Raises:
        ScenarioError: the size is unknown, or a habit or an attack names what is not there.
    """
    content = read_plain_yaml(path)
    if size not in content["sizes"]:
        message = f"{path.name}: no size {size}. Sizes: {', '.join(content['sizes'])}."
        raise ScenarioError(message)
    site = _Site(content, content["sizes"][size])
    habits = [(step, None) for step in site.life()]
    planted = [(step, attack.id) for attack, steps in site.attacks() for step in steps]
    steps = sorted([*habits, *planted], key=lambda pair: pair[0].at)
    scenario = Scenario(
        id=content["id"],
        title=content["title"],
        description=content["description"],
        seed=content["id"],
        start=site.first,
        domain=content["domain"],
        hosts=site.hosts,
        accounts=content["accounts"],
        steps=tuple(step for step, _ in steps),
        context=site.context(),
    )
    return Estate(
        scenario=scenario,
        attacks=tuple(attack for attack, _ in site.attacks()),
        planted={place: attack for place, (_, attack) in enumerate(steps) if attack},
        judged_from=site.judged_from,
        ends=site.end,
    )


def play_estate(estate: Estate) -> tuple[Stage, dict[int, str]]:
    """Play all steps.

    Returns:
        The stage with its records, and the attack that each planted record belongs to, by `Written.order`.
    """
    stage = open_stage(estate.scenario)
    planted: dict[int, str] = {}
    for place, step in enumerate(estate.scenario.steps):
        before = stage.attempts
        perform(stage, step)
        attack = estate.planted.get(place)
        if attack is not None:
            planted.update(dict.fromkeys(range(before + 1, stage.attempts + 1), attack))
    return stage, planted


class _Site:
    """One size of the described site."""

    def __init__(self, content: dict[str, Any], size: dict[str, Any]) -> None:
        self._content, self._size = content, size
        start = datetime.fromisoformat(content["start"]).astimezone(UTC)
        self.first = start + timedelta(days=size.get("starts", 0))
        self.end = self.first + timedelta(days=size["days"])
        self.judged_from = self.end - timedelta(days=size["judged"])
        self._dice = Dice(f"{content['id']}/habits")
        self._wanted = size.get("hosts")
        self.hosts = dict(self._hosts())
        self._users = dict(zip(content["groups"]["workstations"], _people(content), strict=True))

    def _hosts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for group in self._content["hosts"]:
            network, _, first = group["addresses"].rpartition(".")
            for place, name in enumerate(group["names"]):
                if self._wanted is None or name in self._wanted:
                    yield (
                        name,
                        {
                            "ip": f"{network}.{int(first) + place}",
                            "os": group["os"],
                            "logging": "full",
                            "role": group["role"],
                            "tier": group["tier"],
                        },
                    )

    def _members(self, names: Iterable[str]) -> list[str]:
        found = [host for name in names for host in self._content["groups"].get(name, [name])]
        return [host for host in found if host in self.hosts]

    def _filled(self, value: Any, host: str) -> Any:
        """Put the host, its user, a number and a GUID where the description wants them."""
        if isinstance(value, dict):
            return {key: self._filled(item, host) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, host) for item in value]
        if not isinstance(value, str):
            return value
        text = value.replace("{host}", host).replace("{user}", self._users.get(host, "SYSTEM"))
        if "{n}" in text:
            text = text.replace("{n}", str(self._dice.number(100, 999)))
        if "{guid}" in text:
            text = text.replace("{guid}", self._dice.guid().strip("{}"))
        return text

    def _steps(self, events: list[dict[str, Any]], at: datetime, host: str, label: str) -> Iterator[Step]:
        for entry in events:
            arguments = {
                key: filled(self._filled(value, host))
                for key, value in entry.items()
                if key not in ("at", "do")
            }
            if all(
                arguments[key] in self.hosts
                for key in ("host", "target", "source")
                if str(arguments.get(key, "")).isupper()
            ):
                yield Step(at + parse_duration(entry["at"]), entry["do"], arguments, label)

    def life(self) -> Iterator[Step]:
        """What goes on without any attack."""
        for host in self.hosts:
            yield from self._start(host, self.first)
            yield from self._routine(host)
        for habit in self._content["habits"]:
            for day in self._days(habit):
                yield from self._habit(habit, day)

    def _start(self, host: str, at: datetime) -> Iterator[Step]:
        yield Step(at, "boot", {"host": host}, f"start of {host}")
        for entry in self._content["startup"]:
            names = [entry["on"]] if isinstance(entry["on"], str) else entry["on"]["each"]
            if host in self._members(names):
                yield from self._steps(entry["events"], at, host, f"start of {host}")

    def _routine(self, host: str) -> Iterator[Step]:
        learned = self._size["routine_learned"]
        for first, end, every in (
            (self.first + _BOOT, self.judged_from, learned),
            (self.judged_from, self.end, self._size["routine"]),
        ):
            lasts = f"{int((end - first).total_seconds())}s"
            yield Step(
                first, "routine", {"host": host, "every": every, "lasts": lasts}, f"quiet work of {host}"
            )

    def _days(self, habit: dict[str, Any]) -> Iterator[datetime]:
        wanted, dates = habit.get("days", "daily"), habit.get("dates")
        for number in range((self.end - self.first).days):
            day = self.first + timedelta(days=number)
            name = _DAYS[day.weekday()]
            fits = wanted == "daily" or (wanted == "workdays" and day.weekday() < 5) or name in wanted
            if (day.date().isoformat() in dates) if dates else fits:
                yield day

    def _habit(self, habit: dict[str, Any], day: datetime) -> Iterator[Step]:
        hours, minutes = map(int, habit["at"].split(":"))
        every = parse_duration(habit.get("every", "0s"))
        for turn in range(habit.get("times", 1)):
            at = day + timedelta(hours=hours, minutes=minutes) + turn * every
            at += self._late(habit)
            if "one_of" in habit:
                members = self._members(habit["one_of"])
                hosts = [members[self._dice.number(0, len(members) - 1)]]
            else:
                hosts = [h for h in self._members(habit["each"]) if h not in habit.get("except", ())]
            for place, host in enumerate(hosts):
                moment = at + place * parse_duration(habit.get("gap", "0s"))
                if habit.get("spread"):
                    moment = at + self._late(habit)
                yield from self._steps(habit["events"], moment, host, f"{habit['id']} {day:%m-%d}")
                if habit["id"] == "patch_night":
                    yield from self._start(host, moment + _PATCHED)

    def _late(self, habit: dict[str, Any]) -> timedelta:
        most = int(parse_duration(habit.get("jitter", "0s")).total_seconds())
        return timedelta(seconds=self._dice.number(0, most)) if most else timedelta()

    def attacks(self) -> list[tuple[Attack, list[Step]]]:
        """The planted attacks with their steps; a slice deals them over its days."""
        found = []
        for entry in self._content["attacks"]:
            day = self.judged_from + timedelta(days=(entry["day"] - 1) % self._size["judged"])
            hours, minutes = map(int, entry["at"].split(":"))
            at = day + timedelta(hours=hours, minutes=minutes)
            attack = Attack(entry["id"], entry["title"], entry.get("imitates"), at)
            dice = self._dice
            self._dice = Dice(f"{self._content['id']}/{attack.id}")
            found.append((attack, list(self._steps(entry["events"], at, "", f"attack {attack.id}"))))
            self._dice = dice
        return found

    def context(self) -> dict[str, Any]:
        """The context file of the site; what is not in this size stays out."""
        told, domain = self._content["context"], self._content["domain"]
        sids = {name: f"{domain['sid']}-{entry['rid']}" for name, entry in self._content["accounts"].items()}
        assets = [
            {
                "name": name,
                "addresses": [entry["ip"]],
                "role": entry["role"],
                "tier": entry["tier"],
                "tags": ["estate"],
            }
            for name, entry in self.hosts.items()
        ]
        addresses = [self.hosts[name]["ip"] for name in told["management"] if name in self.hosts]
        return {
            "zone": self._content["zone"],
            "own_networks": self._content["own_networks"],
            "management": [*(name for name in told["management"] if name in self.hosts), *addresses],
            "responders": told["responders"],
            "assets": assets,
            "accounts": [self._purpose(entry, sids) for entry in told["accounts"]],
            "tickets": told["tickets"],
            "register": [entry for line in told["register"] for entry in _register(line, sids)],
        }

    def _purpose(self, entry: dict[str, Any], sids: dict[str, str]) -> dict[str, Any]:
        name = entry["account"]
        sources = [
            part for host in self._members(entry["sources"]) for part in (host, self.hosts[host]["ip"])
        ]
        return {
            "name": f"{self._content['domain']['name']}\\{name}",
            "sid": sids[name],
            "purpose": entry["purpose"],
            "tier": entry["tier"],
            "targets": self._members(entry["targets"]),
            "sources": sources,
        }


def _people(content: dict[str, Any]) -> list[str]:
    return [name for name in content["accounts"] if name.startswith("user")]


def _register(line: dict[str, Any], sids: dict[str, str]) -> Iterator[dict[str, Any]]:
    common = {
        "owner": "owner of the tool",
        "ticket": "CHG0040001",
        "approved_by": "lead of the watch",
        "approved": "2026-01-02",
        "expires": "2026-12-31",
    }
    rest = {key: value for key, value in line.items() if key not in ("accounts", "sid", "id")}
    if "sid" in line:
        yield {"id": line["id"], **rest, "account_sid": line["sid"], **common}
    for name in line.get("accounts", ()):
        suffix = f"-{name}" if len(line["accounts"]) > 1 else ""
        yield {"id": f"{line['id']}{suffix}", **rest, "account_sid": sids[name], **common}
