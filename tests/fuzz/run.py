"""Fuzzes the readers in a process that can be killed, and prints the seed of everything that went wrong.

    python tests/fuzz/run.py --chunks 200000 --lines 50000 [--seed N]
    python tests/fuzz/run.py --replay chunk:123456

An input that takes longer than the limit, ends the process or raises is a failure; so is a record that is neither
read nor counted. The seed alone makes the same input again, on the same samples.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from typing import TYPE_CHECKING

import targets

from magistrate.sources.pool import _cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

SECONDS = 10.0
_TOLD = 20
_WALL_FACTOR = 20  # a child that sleeps uses no processor time
_TOLD_EVERY = 5_000


@dataclass
class Result:
    """Totals of one target."""

    inputs: int = 0
    records: int = 0
    slowest: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def _serve(connection: Connection, target: str, first: int, last: int) -> None:
    """Child: take the inputs one after the other, and say which before and what after."""
    read = targets.TARGETS[target]
    for seed in range(first, last):
        connection.send((seed, None, 0))
        try:
            connection.send((seed, "", read(seed)))
        except BaseException as error:  # noqa: BLE001 - a panic of the library is no Exception; all are findings
            lines = traceback.format_exception(error)
            connection.send((seed, f"{type(error).__name__}: {''.join(lines[-3:])}", 0))


def fuzz(
    target: str, first: int, count: int, seconds: float = SECONDS, say: Callable[[str], None] = lambda _: None
) -> Result:
    """Run one target over the seeds from `first` on.

    Args:
        target: `chunk` or `line`.
        first: the first seed.
        count: number of inputs.
        seconds: an input that takes longer is a hang.
        say: told from time to time how far the run is.
    """
    result = Result()
    last = first + count
    while first < last:
        for seed, problem, records, took in _run(target, first, last, seconds):
            first = seed + 1
            result.inputs += 1
            if result.inputs % _TOLD_EVERY == 0:
                say(f"{target}: {result.inputs:,} of {count:,}, {len(result.failures)} failures")
            result.records += records
            result.slowest = max(result.slowest, took)
            if problem:
                result.kinds[problem.split(":")[0]] += 1
                result.failures.append(f"{target}:{seed} {problem}")
                say(f"replay with --replay {result.failures[-1]}")
    return result


def _run(target: str, first: int, last: int, seconds: float) -> Iterator[tuple[int, str, int, float]]:
    """Seed, problem, records and seconds of each input, until the range ends or the child had to go."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_serve, args=(theirs, target, first, last), daemon=True)
    child.start()
    theirs.close()
    seed, since = first, time.monotonic()
    starting = True
    try:
        while seed < last:
            # The first input waits for the samples as well.
            if not _answers(ours, child, seconds * 12 if starting else seconds):
                yield seed, f"hang: no answer within {seconds:g} s", 0, seconds
                return
            try:
                told, problem, records = ours.recv()
            except (EOFError, OSError):
                yield seed, "crash: the process ended", 0, 0.0
                return
            if problem is None:
                seed, since = told, time.monotonic()
                continue
            starting = False
            yield told, problem, records, time.monotonic() - since
            seed = told + 1
    finally:
        child.kill()
        child.join()
        ours.close()


def _answers(connection: Connection, child: BaseProcess, seconds: float) -> bool:
    """True when something came before the child used that much processor time; a busy machine is no hang."""
    used, since = _cpu_seconds(child.pid), time.monotonic()
    while not connection.poll(0.2):
        waited = time.monotonic() - since
        if waited >= seconds and (
            _cpu_seconds(child.pid) - used >= seconds or waited >= seconds * _WALL_FACTOR
        ):
            return False
    return True


def main(words: list[str]) -> int:
    """Fuzz or replay; 1 when anything went wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--chunks", type=int, default=2000)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()) * 1_000_000)
    parser.add_argument("--replay", metavar="TARGET:SEED")
    chosen = parser.parse_args(words)
    if chosen.replay:
        target, _, seed = chosen.replay.partition(":")
        print(f"{targets.TARGETS[target](int(seed))} records")
        return 0
    print(f"first seed {chosen.seed}; the same with --seed {chosen.seed}")
    failed = 0
    for target, count in (("chunk", chosen.chunks), ("line", chosen.lines)):
        began = time.monotonic()
        result = fuzz(target, chosen.seed, count, say=lambda text: print(text, file=sys.stderr, flush=True))
        failed += len(result.failures)
        print(
            f"{target}: {result.inputs:,} inputs, {result.records:,} records, slowest {result.slowest:.2f} s, "
            f"{len(result.failures)} failures {dict(result.kinds)}, {time.monotonic() - began:.0f} s"
        )
        for failure in result.failures[:_TOLD]:
            print(f"  replay with --replay {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
