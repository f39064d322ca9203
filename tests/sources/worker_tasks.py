"""Tasks for the tests of the worker pool: workers import them by name."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from magistrate.sources import evtx_chunks
from magistrate.sources.base import FileIntake
from magistrate.sources.intake_file import FileResult, Job, LeafResult, intake_file

Send = Callable[[str, int], None]


def _done(job: Job) -> FileResult:
    return FileResult(job.index, [LeafResult(FileIntake(job.label, "", 0, "test"))])


def work(job: Job, send: Send) -> FileResult:
    send(f"file {job.label}", 0)
    return _done(job)


def hang_in_second_unit(job: Job, send: Send) -> FileResult:
    for unit in ("first", "second"):
        if job.label == "bad" and unit in job.skip:
            continue
        send(unit, 0)
        while job.label == "bad" and unit == "second":
            pass
    return _done(job)


def die(job: Job, send: Send) -> FileResult:
    send("only", 0)
    if job.label == "bad":
        os._exit(9)
    return _done(job)


def fail(job: Job, send: Send) -> FileResult:
    if job.label == "bad":
        raise KeyError("a mistake of ours")
    return _done(job)


def eat_memory(job: Job, send: Send) -> FileResult:
    if job.label == "bad":
        bytearray(3 << 30)
    return _done(job)


def fill_disk(job: Job, send: Send) -> FileResult:
    if job.label == "bad":
        raise OSError(errno.ENOSPC, "No space left on device")
    return _done(job)


def take_in_without_cutting_loops(job: Job, send: Send) -> FileResult:
    """Intake as it is, but for the pre-pass that would keep the library out of a loop."""
    evtx_chunks._loop_ends = lambda data: iter(())
    return intake_file(job, send)
