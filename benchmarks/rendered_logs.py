"""Logs to measure with: a scenario rendered again and again, and larger logs made of its chunks."""

from __future__ import annotations

import shutil
import struct
import sys
import zlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = ROOT / "scenarios" / "cases" / "07_quiet_day.yml"
_HEADER = 4096
_CHUNKS_AT = 42  # of the file header: how many chunks there are, two bytes
_CRC_AT = 124


def render(folder: Path, wanted: int) -> int:
    """Render one quiet day again and again, a day later each time, until there are enough records."""
    sys.path.insert(0, str(ROOT / "scenarios"))
    from scenario_writer.evtx import Record, write_log
    from scenario_writer.layouts import Envelope, load_layouts
    from scenario_writer.render import play
    from scenario_writer.scenario import load_scenario

    stage, layouts = play(load_scenario(SCENARIO)), load_layouts()
    files: dict[tuple[str, str], list] = {}
    for known in sorted(stage.records, key=lambda entry: (entry.created, entry.order)):
        files.setdefault((known.machine, layouts[known.layout].channel), []).append(known)
    days = max(1, round(wanted / len(stage.records)))

    def records(machine: str, entries: list) -> Iterator[Record]:
        numbered = enumerate(((day, known) for day in range(days) for known in entries), 1000)
        for number, (day, known) in numbered:
            created = known.created + timedelta(days=day)
            computer = stage.machines[machine].dns_name
            envelope = Envelope(computer, number, created, known.logger, known.logger + 4, known.user_sid)
            yield Record(number, created, layouts[known.layout].event(envelope, known.fields))

    for (machine, channel), entries in files.items():
        path = folder / machine / f"{channel.replace('/', '%4')}.evtx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_log(records(machine, entries)))
    return len(stage.records) * days


def copies(logs: Path, folder: Path, count: int) -> Path:
    """The logs several times over, side by side."""
    for number in range(count):
        shutil.copytree(logs, folder / f"copy{number}")
    return folder


def one_large_log(logs: Path, folder: Path, megabytes: int) -> Path:
    """A folder with one log: the chunks of the largest log, again and again."""
    source = max(logs.rglob("*.evtx"), key=lambda path: path.stat().st_size).read_bytes()
    chunks = source[_HEADER:]
    header = bytearray(source[:_HEADER])
    times = max(1, megabytes * 1_000_000 // len(chunks))
    struct.pack_into("<H", header, _CHUNKS_AT, len(chunks) * times // 65536 & 0xFFFF)
    struct.pack_into("<I", header, _CRC_AT, zlib.crc32(header[:120]))
    folder.mkdir()
    with (folder / "large.evtx").open("wb") as stream:
        stream.write(header)
        for _ in range(times):
            stream.write(chunks)
    return folder
