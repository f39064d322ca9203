"""Runs file intake in worker processes that can be killed, and restarts after a kill without what caused it.

A parsing library can hang while it holds the interpreter's lock, so only another process can stop it. A worker
says which unit it is in; when it uses more processor time on one unit than the limit allows, or dies, the file is
taken in again by a fresh worker that leaves that unit out.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magistrate.sources.durable import NO_ROOM
from magistrate.sources.intake_file import FileResult, Job
from magistrate.sources.resume import take_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magistrate.sources.base import Limits

_POLL_SECONDS = 0.2
_WALL_FACTOR = 20  # a worker that waits for the disk uses no processor time; give it longer, not for ever
_MIB_10 = 10 << 20
_MAX_KILLS = 40

Task = Callable[[Job, Callable[[str, int], None]], FileResult]


class _Worker:
    """One worker process and what it is doing."""

    def __init__(self, context: Any, limits: Limits, task: Task) -> None:
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=_serve, args=(theirs, limits.worker_memory_bytes, task), daemon=True
        )
        self.process.start()
        theirs.close()
        self.job: Job | None = None
        self.unit = ""
        self.budget = 0.0
        self._limits = limits
        self._cpu = self._wall = 0.0

    def give(self, job: Job) -> None:
        """Start a job."""
        self.job, self.unit = job, ""
        self.connection.send(job)
        self.mark("", 0)

    def mark(self, unit: str, size_bytes: int) -> None:
        """Note a new unit or a sign of life; the time allowed starts again."""
        if unit:
            self.unit = unit
        more = self._limits.worker_seconds_per_10_mib * size_bytes / _MIB_10
        self.budget = max(self._limits.worker_seconds + more, 0.0)
        self._cpu, self._wall = _cpu_seconds(self.process.pid), time.monotonic()

    def is_over(self) -> bool:
        """True when the unit used more time than it may."""
        waited = time.monotonic() - self._wall
        if waited < self.budget:
            return False
        used = _cpu_seconds(self.process.pid) - self._cpu
        return used >= self.budget or waited >= self.budget * _WALL_FACTOR

    def stop(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def run_jobs(
    jobs: Sequence[Job],
    workers: int,
    limits: Limits,
    say: Callable[[str], None],
    task: Task = take_in,
) -> Iterator[tuple[Job, FileResult | str]]:
    """Take in the files of the jobs and yield each with its result, in the order given.

    Args:
        jobs: what to read; larger files first or not makes no difference to the result.
        workers: number of processes, at least 1.
        limits: time and memory of a unit of work.
        say: told about kills.
        task: what a worker does with a job; a function of a module, because workers import it.

    Yields:
        The job and its result; a sentence instead when the file could not be taken in at all.

    Raises:
        OSError: there is no room for what a worker writes. That is no fault of the evidence, so nothing goes on.
    """
    context = _context()
    waiting = list(reversed(jobs))
    pool: list[_Worker] = []
    results: dict[int, FileResult | str] = {}
    kills: dict[int, int] = {}
    order = [job.index for job in jobs]
    by_index = {job.index: job for job in jobs}
    next_out = 0
    try:
        while next_out < len(order):
            while waiting and (idle := _idle(pool, max(1, workers), lambda: _Worker(context, limits, task))):
                idle.give(waiting.pop())
            _wait(pool, results)
            for worker in [item for item in pool if item.job is not None]:
                dead = not worker.process.is_alive() and not worker.connection.poll()
                if dead or worker.is_over():
                    pool.remove(worker)
                    again = _after_kill(worker, dead, kills, results, say)
                    if again is not None:
                        waiting.append(again)
            while next_out < len(order) and order[next_out] in results:
                index = order[next_out]
                yield by_index[index], results.pop(index)
                next_out += 1
    finally:
        for worker in pool:
            worker.stop()


def _idle(pool: list[_Worker], most: int, start: Callable[[], _Worker]) -> _Worker | None:
    for worker in pool:
        if worker.job is None:
            return worker
    if len(pool) < most:
        pool.append(start())
        return pool[-1]
    return None


def _wait(pool: list[_Worker], results: dict[int, FileResult | str]) -> None:
    """Take what the workers sent within a moment."""
    busy = {worker.connection: worker for worker in pool if worker.job is not None}
    for connection in wait(list(busy), _POLL_SECONDS):
        worker = busy[connection]
        try:
            kind, *rest = worker.connection.recv()
        except (EOFError, OSError):
            continue  # it died; the caller sees that
        if kind == "unit":
            worker.mark(*rest)
        elif kind == "no room":
            raise OSError(*rest)
        elif worker.job is not None:
            results[worker.job.index] = rest[0]
            worker.job = None


def _after_kill(
    worker: _Worker,
    dead: bool,
    kills: dict[int, int],
    results: dict[int, FileResult | str],
    say: Callable[[str], None],
) -> Job | None:
    """End a worker; the job without the unit it was in, or None when the file is given up."""
    job, unit = worker.job, worker.unit
    worker.stop()
    if job is None:
        return None
    kills[job.index] = kills.get(job.index, 0) + 1
    what = "ended unexpectedly" if dead else "was stopped at the time limit"
    say(f"{job.label}: a worker {what} in {unit or 'opening the file'}; going on without that part")
    if not unit or unit in job.skip or kills[job.index] > _MAX_KILLS:
        results[job.index] = "Reading it ended a worker again and again; the file was set aside."
        return None
    return replace(job, skip=job.skip | {unit})


def _serve(connection: Connection, memory_bytes: int, task: Task) -> None:
    """Worker: take jobs until the pipe closes."""
    _limit_memory(memory_bytes)
    # Rows live until their batch is written; scanning them for cycles again and again costs a tenth of the time.
    gc.disable()
    send = connection.send
    while True:
        try:
            job: Job = connection.recv()
        except (EOFError, OSError):
            return
        try:
            result: FileResult | str = task(job, lambda unit, size: send(("unit", unit, size)))
        except OSError as error:
            if error.errno in NO_ROOM:
                send(("no room", error.errno, error.strerror))
                return
            result = f"It cannot be read ({error.strerror or type(error).__name__})."
        except MemoryError:
            result = "It needed more memory than the limit; the file was set aside."
        except Exception as error:  # noqa: BLE001 - one file must never cost the run; the kind is reported
            result = f"Reading it failed with an internal error ({type(error).__name__}); please report this."
        send(("done", result))
        gc.collect()


def _limit_memory(memory_bytes: int) -> None:
    """Bound the private memory of this process where the system can."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


def _cpu_seconds(pid: int | None) -> float:
    """Processor time of a process; time on the clock where the system does not tell.

    Processor time does not grow while other programs keep the machine busy, so a slow day kills no worker.
    """
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return time.monotonic()


def _context() -> Any:
    """Fresh processes from a server that has our modules loaded; plain new ones where there is no such server."""
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if "forkserver" in methods:
        context.set_forkserver_preload([__name__])
    return context
