"""Turns a scenario into a folder of event logs, laid out like a collection: one folder a host, one file a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from scenario_writer.actions import perform
from scenario_writer.dice import digest
from scenario_writer.evtx import Record, write_log
from scenario_writer.layouts import Envelope, load_layouts
from scenario_writer.scenario import Scenario, load_scenario
from scenario_writer.stage import Stage, Written, open_stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RenderedRecord:
    """A record as rendered, for tests that compare it with what parsers read."""

    record_id: int
    layout: str
    computer: str
    fields: dict[str, Any]


def play(scenario: Scenario) -> Stage:
    """Play all steps of a scenario."""
    stage = open_stage(scenario)
    for step in scenario.steps:
        perform(stage, step)
    return stage


def render_scenario(path: Path, target: Path) -> tuple[Path, ...]:
    """Render a scenario file into a folder.

    Args:
        path: scenario.
        target: folder to fill; made when it does not exist. Files of the same name are replaced.

    Returns:
        The files written, sorted.

    Raises:
        ScenarioError: the scenario is wrong.
    """
    written = []
    for name, records in sorted(render_records(load_scenario(path)).items()):
        file = target / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(write_log(record for record, _ in records))
        written.append(file)
    return tuple(sorted(written))


def write_context(path: Path, file: Path) -> bool:
    """Write what the site knows, the context of a scenario file. False when the scenario has none."""
    context = load_scenario(path).context
    if context is None:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(yaml.safe_dump(context, sort_keys=False, allow_unicode=True, width=110).encode())
    return True


def render_records(scenario: Scenario) -> Mapping[str, list[tuple[Record, RenderedRecord]]]:
    """Records by the path of their file below the folder, in order."""
    stage = play(scenario)
    layouts = load_layouts()
    files: dict[str, list[Written]] = {}
    for known in stage.records:
        files.setdefault(_file_name(known.machine, layouts[known.layout].channel), []).append(known)
    return {name: list(_numbered(stage, name, entries)) for name, entries in files.items()}


def _file_name(host: str, channel: str) -> str:
    """Windows puts %4 for the slash of a channel name into the file name."""
    return f"{host}/{channel.replace('/', '%4')}.evtx"


def _numbered(stage: Stage, name: str, entries: list[Written]) -> Iterator[tuple[Record, RenderedRecord]]:
    """Give records their number: a log has a history before the scenario begins."""
    first = 1000 + digest(stage.scenario.seed, name) % 80_000
    layouts = load_layouts()
    for number, known in enumerate(sorted(entries, key=lambda entry: (entry.created, entry.order)), first):
        computer = stage.machines[known.machine].dns_name
        envelope = Envelope(
            computer=computer,
            record_id=number,
            created=known.created,
            process_id=known.logger,
            thread_id=known.logger + 4 * (1 + known.order % 9),
            user_sid=known.user_sid,
        )
        event = layouts[known.layout].event(envelope, known.fields)
        yield (
            Record(number, known.created, event),
            RenderedRecord(number, known.layout, computer, known.fields),
        )
