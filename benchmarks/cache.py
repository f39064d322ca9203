"""Prints what a second run over unchanged evidence costs, as a multiple of parsing alone, measured in one run.

    python benchmarks/cache.py [RECORDS] [ROUNDS]

`intake` is taking the evidence in, `whole` is `magistrate investigate` from start to report; the cost of starting up
and judging a few records is taken off both. A run with one file added shows what a growing case costs.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from intake import EMPTY, PARSE_ONLY, render

SPAWN = """
import multiprocessing
import sys
from pathlib import Path
from magistrate.sources import pool
pool._context = lambda: multiprocessing.get_context("spawn")  # its CPU time is counted, a fork server's is not
"""
INTAKE = f"""{SPAWN}
from magistrate.sources.base import IntakeOptions
from magistrate.sources.collect import collect
if __name__ == "__main__":
    case = Path(sys.argv[2])
    collect([Path(sys.argv[1])], case / "events", IntakeOptions(jobs=1, resume_dir=case / "intake"))
"""
WHOLE = f"""{SPAWN}
from magistrate.cli import main
if __name__ == "__main__":
    sys.exit(main(["investigate", sys.argv[1], "-o", sys.argv[2], "--jobs", "1", "--force"]))
"""


def cpu_seconds(code: str, *words: str) -> float:
    """CPU seconds of a child process with all its own children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:  # a spawned worker imports it again
        script.write(code)
        script.flush()
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([sys.executable, script.name, *words], check=True, **quiet)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(wanted: int, rounds: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="magistrate-cache-") as name:
        folder = Path(name)
        logs, small = folder / "logs", folder / "small"
        records = render(logs, wanted)
        small.mkdir()
        shutil.copy(EMPTY, small)
        print(
            f"{records:,} records, {rounds} rounds; CPU seconds, and in brackets as a multiple of parsing alone"
        )
        heads = ("parse only", "intake cold", "intake again", "one file more", "whole cold", "whole again")
        print("".join(f"{head:>20}" for head in heads))
        again: list[float] = []
        for number in range(rounds):
            row = _round(folder / f"case{number}", logs, small)
            again.append(row[2] / row[0])
            print("".join(f"{value:>12.2f} ({value / row[0]:5.2f})" for value in row))
        print(f"second intake / parse only, median: {statistics.median(again):.2f}")


def _round(case: Path, logs: Path, small: Path) -> tuple[float, ...]:
    nothing = cpu_seconds("pass")
    parse = cpu_seconds(PARSE_ONLY, str(logs)) - nothing
    start = cpu_seconds(INTAKE, str(small), f"{case}-small")
    cold = cpu_seconds(INTAKE, str(logs), f"{case}-intake") - start
    again = cpu_seconds(INTAKE, str(logs), f"{case}-intake") - start
    added = logs / "added.evtx"
    shutil.copy(EMPTY, added)
    more = cpu_seconds(INTAKE, str(logs), f"{case}-intake") - start
    added.unlink()
    begin = cpu_seconds(WHOLE, str(small), f"{case}-begin")
    whole = cpu_seconds(WHOLE, str(logs), f"{case}-whole") - begin
    whole_again = cpu_seconds(WHOLE, str(logs), f"{case}-whole") - begin
    return parse, cold, again, more, whole, whole_again


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    main(*(arguments + [100_000, 3][len(arguments) :]))
