"""Prints what taking evidence in costs, as a multiple of parsing alone, measured side by side in one run.

Both read the same rendered EVTX files. CPU seconds of the process and its workers count, not wall time, so that a
busy machine changes little; the rounds alternate for the same reason. The cost of starting up, which does not grow
with the logs, is taken off and shown apart. Nothing is asserted.

    python benchmarks/intake.py [RECORDS] [ROUNDS]
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
EMPTY = (
    ROOT / "scenarios" / "demo" / "logs" / "SRV12" / "System.evtx"
)  # a few records: what is left is start-up
SCENARIO = ROOT / "scenarios" / "cases" / "07_quiet_day.yml"
NOTHING = "pass"
PARSE_ONLY = """
import sys
from pathlib import Path
from evtx import PyEvtxParser
for path in sorted(Path(sys.argv[1]).rglob("*.evtx")):
    for record in PyEvtxParser(str(path)).records_json():
        pass
"""
# Workers of a fork server are its children, not ours, so their CPU time would be missing; spawned ones are counted.
INTAKE = """
import multiprocessing
import sys
from pathlib import Path
from magistrate.sources import pool
pool._context = lambda: multiprocessing.get_context("spawn")
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
print(collect([Path(sys.argv[1])], Path(sys.argv[2]), IntakeOptions(jobs=1)).records_loaded)
"""


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


def cpu_seconds(code: str, *words: str) -> float:
    """CPU seconds of a child process with all its own children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code, *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(wanted: int, rounds: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="magistrate-bench-") as name:
        folder = Path(name)
        records = render(folder / "logs", wanted)
        logs = sorted((folder / "logs").rglob("*.evtx"), key=lambda path: path.stat().st_size)
        size = sum(path.stat().st_size for path in logs)
        (folder / "small").mkdir()
        shutil.copy(EMPTY, folder / "small")
        print(f"{records:,} records, {size / 1e6:,.1f} MB of rendered EVTX, {rounds} rounds; CPU seconds")
        print(f"{'round':<8}{'parse only':>12}{'intake':>10}{'start-up':>10}{'ratio':>8}")
        ratios = []
        for number in range(1, rounds + 1):
            nothing = cpu_seconds(NOTHING)
            parse = cpu_seconds(PARSE_ONLY, str(folder / "logs")) - nothing
            start = cpu_seconds(INTAKE, str(folder / "small"), str(folder / f"small{number}"))
            intake = cpu_seconds(INTAKE, str(folder / "logs"), str(folder / f"events{number}")) - start
            ratios.append(intake / parse)
            print(f"{number:<8}{parse:>12.2f}{intake:>10.2f}{start:>10.2f}{ratios[-1]:>8.2f}")
        print(f"{'median':<8}{'':>32}{statistics.median(ratios):>8.2f}")


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    main(*(arguments + [100_000, 3][len(arguments) :]))
