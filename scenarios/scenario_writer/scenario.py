"""Scenario files: what a case is made of, with times resolved and repetitions unrolled."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEYS = {
    *("id", "title", "description", "base", "start", "domain", "hosts", "accounts", "events"),
    *("context", "expect", "drop"),
}
_STEP_KEYS = {"at", "do", "event", "repeat"}
_DURATION = re.compile(r"^([+-]?)((?:\d+(?:\.\d+)?(?:d|h|m|s|ms))+)$")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|d|h|m|s)")
_ENCODE = re.compile(r"<<encode (.*?)>>", re.DOTALL)
_RETYPED = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
_SECONDS = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class _PlainLoader(yaml.SafeLoader):
    """Keeps dates as text and takes only true and false as switches: YES and NO are answers here."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, form) for tag, form in entries if tag not in _RETYPED]
        for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class ScenarioError(ValueError):
    """A scenario file is wrong: says which file and which event."""


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a scenario: an action or a single record, at a time.

    `label` says where it stands in the file, for messages.
    """

    at: datetime
    action: str
    arguments: dict[str, Any]
    label: str


@dataclass(frozen=True, slots=True)
class Drop:
    """What a variant leaves out: whole hosts, logs by pattern (`sysmon.*`), or command lines."""

    host: str | None = None
    logs: tuple[str, ...] = ()
    command_line: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """A case to render. `seed` is the id of the scenario that has the events: variants share every number."""

    id: str
    title: str
    description: str
    seed: str
    start: datetime
    domain: dict[str, str]
    hosts: dict[str, dict[str, Any]]
    accounts: dict[str, dict[str, Any]]
    steps: tuple[Step, ...]
    context: dict[str, Any] | None = None
    expect: dict[str, Any] = field(default_factory=dict)
    drop: tuple[Drop, ...] = ()


def load_scenario(path: Path) -> Scenario:
    """Read a scenario and, for a variant, the scenario that it is based on.

    Raises:
        ScenarioError: a key is unknown or missing, or a time cannot be read.
    """
    content = _read(path)
    seed = content["id"]
    if "base" in content:
        base = _read(path.with_name(f"{content['base']}.yml"))
        if "base" in base:
            message = f"{path.name}: its base {content['base']} is a variant itself. Name the scenario with the events."
            raise ScenarioError(message)
        seed = base["id"]
        content = {**base, **{key: value for key, value in content.items() if key != "base"}}
    for key in ("id", "title", "start", "domain", "hosts", "accounts", "events"):
        if key not in content:
            message = f"{path.name}: the key {key} is missing."
            raise ScenarioError(message)
    start = _moment(content["start"], path.name)
    return Scenario(
        id=content["id"],
        title=content["title"],
        description=content.get("description", ""),
        seed=seed,
        start=start,
        domain=content["domain"],
        hosts=content["hosts"],
        accounts=content["accounts"],
        steps=tuple(sorted(_unroll(content["events"], start, path.name), key=lambda step: step.at)),
        context=content.get("context"),
        expect=content.get("expect", {}),
        drop=tuple(_drop(entry) for entry in content.get("drop", [])),
    )


def parse_duration(text: str) -> timedelta:
    """Length of time such as `90s`, `-7d`, `1h30m` or `+250ms`.

    Raises:
        ScenarioError: the text is not a duration.
    """
    match = _DURATION.match(str(text))
    if match is None:
        message = f"'{text}' is not a duration. Write for example 90s, 1h30m, -7d or 250ms."
        raise ScenarioError(message)
    seconds = sum(float(amount) * _SECONDS[unit] for amount, unit in _PART.findall(match[2]))
    return timedelta(milliseconds=round(seconds * 1000)) * (-1 if match[1] == "-" else 1)


def read_plain_yaml(path: Path) -> dict[str, Any]:
    """Read YAML with dates kept as text and YES and NO as words.

    Raises:
        ScenarioError: the file is not YAML.
    """
    try:
        content: dict[str, Any] = yaml.load(path.read_text("utf-8"), _PlainLoader)
    except yaml.YAMLError as error:
        message = f"{path.name}: not valid YAML: {error}"
        raise ScenarioError(message) from error
    return content


def _read(path: Path) -> dict[str, Any]:
    content = read_plain_yaml(path)
    unknown = sorted(set(content) - _KEYS)
    if unknown:
        message = f"{path.name}: unknown keys {', '.join(unknown)}. Known: {', '.join(sorted(_KEYS))}."
        raise ScenarioError(message)
    return content


def _drop(entry: dict[str, Any]) -> Drop:
    return Drop(entry.get("host"), tuple(entry.get("logs", ())), bool(entry.get("command_line")))


def _unroll(entries: list[dict[str, Any]], origin: datetime, place: str) -> Iterator[Step]:
    """Give every entry its time: relative to the start, or with a plus to the entry before it."""
    previous = origin
    for number, entry in enumerate(entries, 1):
        label = f"{place}, event {number}"
        moment = _entry_time(entry, origin, previous, label)
        previous = moment
        if "repeat" in entry:
            every = parse_duration(entry["repeat"]["every"])
            for turn in range(entry["repeat"]["times"]):
                yield from _unroll(entry["repeat"]["events"], moment + turn * every, label)
            continue
        action = entry.get("do") or ("record" if "event" in entry else None)
        if action is None:
            message = f"{label}: needs one of do, event or repeat."
            raise ScenarioError(message)
        arguments = {key: filled(value) for key, value in entry.items() if key not in _STEP_KEYS}
        if "event" in entry:
            arguments["layout"] = entry["event"]
        yield Step(moment, action, arguments, label)


def filled(value: Any) -> Any:
    """Replace `<<encode text>>` by the text in UTF-16 and base64, as PowerShell takes it with -EncodedCommand."""
    if isinstance(value, str):
        return _ENCODE.sub(lambda match: base64.b64encode(match[1].encode("utf-16-le")).decode(), value)
    if isinstance(value, list):
        return [filled(item) for item in value]
    if isinstance(value, dict):
        return {key: filled(item) for key, item in value.items()}
    return value


def _entry_time(entry: dict[str, Any], origin: datetime, previous: datetime, label: str) -> datetime:
    text = entry.get("at", "+0s")
    if re.match(r"^\d{4}-", str(text)):
        return _moment(text, label)
    try:
        duration = parse_duration(text)
    except ScenarioError as error:
        message = f"{label}: {error}"
        raise ScenarioError(message) from error
    return (previous if str(text).startswith("+") else origin) + duration


def _moment(value: str, place: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        message = f"{place}: the time {value} has no zone. End it with Z."
        raise ScenarioError(message)
    return moment.astimezone(UTC)
