"""Prints what taking evidence in costs, as multiples of parsing alone, measured side by side in one run.

CPU seconds of a process and its workers count, not wall time, so that a busy machine changes little; rounds of both
alternate for the same reason. What starting up costs does not grow with the logs; it is taken off and shown apart.
Nothing is asserted. The logs are rendered from one of our scenarios; larger ones repeat their chunks.

    python benchmarks/intake.py [--records N] [--rounds N] [--large-mb N] [--logs FOLDER]
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from rendered_logs import copies, one_large_log, render

ROOT = Path(__file__).resolve().parent.parent
FEW = ROOT / "scenarios" / "demo" / "logs" / "SRV12" / "System.evtx"  # what is left is start-up
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
if __name__ == "__main__":
    keep = Path(sys.argv[4]) if len(sys.argv) > 4 else None
    options = IntakeOptions(jobs=int(sys.argv[3]), resume_dir=keep)
    print(collect([Path(sys.argv[1])], Path(sys.argv[2]), options).records_found)
"""
MEASURED = """
import json
import resource
import runpy
import sys
import time
sys.argv = sys.argv[1:]
start = time.monotonic()
runpy.run_path(sys.argv[0], run_name="__main__")
own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
cpu = own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime
facts = {"wall": time.monotonic() - start, "cpu": cpu, "main": own.ru_maxrss, "worker": workers.ru_maxrss}
print(json.dumps(facts), file=sys.stderr)
"""


class Bench:
    """Runs code in processes of its own and measures them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0
        self.nothing = self.run(NOTHING)["cpu"]
        (folder / "few").mkdir()
        shutil.copy(FEW, folder / "few")
        self.start = self.intake(folder / "few", jobs=1)["cpu"]

    def run(self, code: str, *words: object) -> dict[str, float]:
        """CPU and wall seconds, and peak memory in KiB of the process and of its largest worker."""
        script = self._folder / "measured.py"
        script.write_text(code, encoding="utf-8")
        call = [sys.executable, "-c", MEASURED, str(script), *map(str, words)]
        done = subprocess.run(call, check=True, capture_output=True, text=True)
        return {
            "printed": float(done.stdout.strip() or 0),
            **json.loads(done.stderr.strip().splitlines()[-1]),
        }

    def parse_only(self, logs: Path) -> float:
        """CPU seconds of the library alone."""
        return self.run(PARSE_ONLY, logs)["cpu"] - self.nothing

    def intake(self, logs: Path, *, jobs: int, keep: Path | None = None, out: Path | None = None) -> dict:
        """What taking logs in costs, start-up included."""
        self._runs += 1
        place = out or self._folder / f"events{self._runs}"
        found = self.run(INTAKE, logs, place, jobs, *([keep] if keep else []))
        if out is None:
            shutil.rmtree(place)
        return found


def measure_ratio(bench: Bench, logs: Path, rounds: int) -> float:
    """Intake against parsing alone."""
    print(
        f"{'round':<10}{'parse only':>12}{'intake':>10}{'ratio':>8}   CPU s; start-up {bench.start:.2f} apart"
    )
    ratios = []
    for number in range(1, rounds + 1):
        parse = bench.parse_only(logs)
        intake = bench.intake(logs, jobs=1)["cpu"] - bench.start
        ratios.append(intake / parse)
        print(f"{number:<10}{parse:>12.2f}{intake:>10.2f}{ratios[-1]:>8.2f}")
    return statistics.median(ratios)


def measure_growth(bench: Bench, logs: Path, four: Path) -> float:
    """Exponent of CPU time against records, from one and four times the logs."""
    one, many = bench.intake(logs, jobs=1)["cpu"], bench.intake(four, jobs=1)["cpu"]
    return math.log((many - bench.start) / (one - bench.start), 4)


def measure_workers(bench: Bench, four: Path) -> float:
    """Wall time with two workers against one, over so many records that starting up hides no difference."""
    pairs = [[bench.intake(four, jobs=jobs)["wall"] for jobs in (1, 2)] for _ in range(2)]
    return min(two / one for one, two in pairs)


def measure_second_run(bench: Bench, logs: Path, folder: Path) -> float:
    """CPU of a second run over the same evidence against parsing alone."""
    place, keep = folder / "kept" / "events", folder / "kept" / "intake"
    bench.intake(logs, jobs=1, keep=keep, out=place)
    again = bench.intake(logs, jobs=1, keep=keep, out=place)["cpu"]
    shutil.rmtree(folder / "kept")
    return max(again - bench.start, 0.0) / bench.parse_only(logs)


def main(arguments: argparse.Namespace) -> None:
    """Measure and print everything."""
    with tempfile.TemporaryDirectory(prefix="magistrate-bench-") as name:
        folder = Path(name)
        logs = arguments.logs
        if logs is None:
            logs = folder / "logs"
            render(logs, arguments.records)
        bench = Bench(folder)
        size = sum(path.stat().st_size for path in logs.rglob("*.evtx"))
        records = int(bench.intake(logs, jobs=1)["printed"])
        print(f"{records:,} records, {size / 1e6:,.1f} MB of EVTX")
        ratio = measure_ratio(bench, logs, arguments.rounds)
        profile = bench.run(
            (ROOT / "benchmarks" / "profile.py").read_text(encoding="utf-8"), logs, folder / "p"
        )
        print((folder / "p").read_text(encoding="utf-8"))
        four = copies(logs, folder / "four", 4)
        growth = measure_growth(bench, logs, four)
        workers = measure_workers(bench, four)
        shutil.rmtree(four)
        second = measure_second_run(bench, logs, folder)
        large = one_large_log(logs, folder / "large", arguments.large_mb)
        memory = bench.intake(large, jobs=1)
        print(f"{'intake / parse only, CPU':<44}{ratio:>8.2f}   target 3.0")
        print(f"{'growth of CPU with records, exponent':<44}{growth:>8.2f}   target 1.05")
        print(f"{'wall of 2 workers / 1 worker':<44}{workers:>8.2f}   target 0.55")
        print(f"{'second run / parse only, CPU':<44}{second:>8.2f}   target 0.5")
        print(
            f"{f'peak of a worker, one log of {arguments.large_mb} MB, MiB':<44}{memory['worker'] / 1024:>8.0f}   target 512"
        )
        del profile


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large-mb", type=int, default=700)
    parser.add_argument("--logs", type=Path)
    main(parser.parse_args())
