"""Workers: a hang, a crash or a mistake costs one file or one part of it, never the run."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from magistrate.sources.base import IntakeOptions, Limits
from magistrate.sources.evtx_chunks import CHUNK_BYTES, HEADER_BYTES, find_chunks, read_chunk
from magistrate.sources.intake_file import FileResult, Job
from magistrate.sources.pool import run_jobs
from sources import worker_tasks
from sources.sample_log import sample_log

QUICK = Limits(worker_seconds=0.4, worker_seconds_per_10_mib=0.0)


def run(task, workers=1, limits=QUICK):
    said: list[str] = []
    jobs = [
        Job(n, Path(name), name, Path(), IntakeOptions()) for n, name in enumerate(("good", "bad", "last"))
    ]
    results = {job.label: result for job, result in run_jobs(jobs, workers, limits, said.append, task)}
    return results, said


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_jobs(workers):
    results, _ = run(worker_tasks.work, workers)

    assert list(results) == ["good", "bad", "last"]


def test_t_evtx_1_a_hang_costs_only_the_unit_it_is_in():
    results, said = run(worker_tasks.hang_in_second_unit)

    assert all(isinstance(result, FileResult) for result in results.values())
    assert said == ["bad: a worker was stopped at the time limit in second; going on without that part"]


def test_a_worker_that_dies_again_and_again_gives_up_that_file_alone():
    results, _ = run(worker_tasks.die)

    assert "set aside" in results["bad"]
    assert isinstance(results["last"], FileResult)


def test_an_internal_error_is_a_sentence_with_its_kind():
    results, _ = run(worker_tasks.fail)

    assert "internal error (KeyError)" in results["bad"]


def test_t_evtx_6_memory_beyond_the_limit_is_refused():
    results, _ = run(worker_tasks.eat_memory)

    assert "more memory than the limit" in results["bad"]
    assert isinstance(results["last"], FileResult)


def test_t_case_4_a_full_disk_stops_the_run_and_is_no_fault_of_the_evidence():
    with pytest.raises(OSError, match="No space left"):
        run(worker_tasks.fill_disk)


def test_t_evtx_1_a_chunk_that_hangs_the_library_costs_that_chunk_alone(tmp_path):
    """A loop in the string table of the second chunk, with the pre-pass that would cut it switched off."""
    log = bytearray(sample_log(150))
    start = HEADER_BYTES + CHUNK_BYTES
    first, second, *_ = (offset for offset in struct.unpack_from("<64I", log, start + 128) if offset)
    struct.pack_into("<I", log, start + first, second)
    struct.pack_into("<I", log, start + second, first)
    (tmp_path / "bad.evtx").write_bytes(log)
    counts = [len(read_chunk(bytes(log), *span).frames) for span in find_chunks(bytes(log), len(log))]
    job = Job(0, tmp_path / "bad.evtx", "bad.evtx", tmp_path, IntakeOptions(limits=QUICK))
    said: list[str] = []
    ((_, result),) = run_jobs([job], 1, QUICK, said.append, worker_tasks.take_in_without_cutting_loops)
    (leaf,) = result.leaves

    assert (leaf.intake.loaded, leaf.intake.refused) == (sum(counts) - counts[1], counts[1])
    assert [issue.locator for issue in leaf.issues] == [f"chunk 1 at {start}"]
    assert len(said) == 2  # the stretch, then the chunk
