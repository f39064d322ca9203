"""A second run reads nothing that is unchanged, and makes the same store as a run from the beginning."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from magistrate.sources import pool
from magistrate.sources.base import Intake, IntakeOptions
from magistrate.sources.collect import collect
from magistrate.sources.intake_file import Job
from magistrate.sources.intake_store import LIST, aside_of, settle_folder
from magistrate.sources.resume import take_in
from magistrate.store.duckdb import DuckDBStore
from sources.sample_log import NOON, sample_log

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def evidence(tmp_path) -> Path:
    """Three logs, two of which share records, one that cannot be read, and a file of another kind."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, first in (("a", 1), ("b", 30), ("c", 200)):
        (folder / f"{name}.evtx").write_bytes(sample_log(40, first))
    (folder / "d.ndjson").write_text(
        json.dumps({"Channel": "Security", "EventID": 4634, "Computer": "WS07"}) + "\nbroken\n"
    )
    (folder / "e.pdf").write_bytes(b"%PDF-1.7")
    return folder


class Runs:
    """Runs intake into one case folder and remembers what it said."""

    def __init__(self, evidence: Path, case: Path) -> None:
        self.evidence = evidence
        self.case = case
        self.said: list[str] = []

    def __call__(self, **options: object) -> Intake:
        self.said = []
        chosen = IntakeOptions(resume_dir=self.case / "intake", **options)
        return collect([self.evidence], self.case / "events", chosen, self.said.append)

    def read(self) -> list[str]:
        """Labels of the files that were read and not found."""
        return [text.rpartition("/")[2] for text in self.said if text.startswith("read ")]

    def rows(self) -> list[object]:
        with DuckDBStore.open(self.case / "events") as store:
            return [store.query("SELECT * FROM event"), store.query("SELECT * FROM record")]

    def digests(self) -> dict[str, str]:
        return {
            path.relative_to(self.case).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.case.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def run(evidence, tmp_path) -> Runs:
    return Runs(evidence, tmp_path / "case")


@pytest.fixture
def fresh(tmp_path, evidence):
    """Account and rows of a run from the beginning, for comparison."""

    def cold(**options: object) -> tuple[Intake, list[object]]:
        runs = Runs(evidence, tmp_path / "cold")
        shutil.rmtree(runs.case, ignore_errors=True)
        return without_seals(runs(**options)), runs.rows()

    return cold


def without_seals(intake: Intake) -> Intake:
    return Intake(intake.files, intake.issues, intake.notes)


def test_a_second_run_reads_nothing_and_leaves_the_store_as_it_is(run):
    first = run()
    before = run.digests()
    second = run()

    assert first == second
    assert run.read() == []
    assert before == run.digests()


def test_a_finished_store_leaves_no_work_behind(run):
    run()

    assert [path.name for path in run.case.iterdir()] == ["events"]


def test_a_changed_file_alone_is_read_again(run, fresh, evidence):
    run()
    (evidence / "b.evtx").write_bytes(sample_log(40, 100))
    intake = run()

    assert run.read() == ["b.evtx"]
    assert (without_seals(intake), run.rows()) == fresh()


def test_an_added_and_a_removed_file_cost_only_themselves(run, fresh, evidence):
    run()
    (evidence / "a.evtx").unlink()
    (evidence / "aa.evtx").write_bytes(sample_log(20, 300))
    intake = run()

    assert run.read() == ["aa.evtx"]
    assert (without_seals(intake), run.rows()) == fresh()


def test_a_file_of_other_times_and_the_same_content_is_not_read_again(run, evidence):
    run()
    content = (evidence / "a.evtx").read_bytes()
    (evidence / "a.evtx").unlink()
    (evidence / "a.evtx").write_bytes(content)
    run()

    assert run.read() == []


def test_options_that_change_rows_read_everything_again(run, fresh):
    run()
    intake = run(window_from=NOON + timedelta(seconds=5))

    assert len(run.read()) == 5
    assert (without_seals(intake), run.rows()) == fresh(window_from=NOON + timedelta(seconds=5))


def test_the_number_of_workers_changes_nothing(run):
    run(jobs=1)
    run(jobs=2)

    assert run.read() == []


def test_other_readers_read_everything_again(run, monkeypatch):
    run()
    monkeypatch.setattr("magistrate.sources.resume._readers_fingerprint", lambda: "changed")
    run()

    assert len(run.read()) == 5


def test_a_damaged_store_is_not_used(run, fresh):
    run()
    part = next((run.case / "events").rglob("*.parquet"))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    intake = run()

    assert len(run.read()) == 5
    assert (without_seals(intake), run.rows()) == fresh()


def test_a_store_without_its_list_is_not_used(run):
    run()
    (run.case / "events" / LIST).unlink()
    run()

    assert len(run.read()) == 5


class _Killed(BaseException):
    """Stands for the end of the process in the middle of a run."""


def killed_after(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the next run when so many files are done."""
    real = pool.run_jobs

    def stop(*words: object) -> object:
        for number, done in enumerate(real(*words)):
            if number == files:
                raise _Killed
            yield done

    monkeypatch.setattr("magistrate.sources.collect.run_jobs", stop)


def test_t_case_3_a_run_after_a_kill_goes_on(run, fresh, monkeypatch):
    with monkeypatch.context() as patch:
        killed_after(3, patch)
        with pytest.raises(_Killed):
            run()
    intake = run()

    assert run.read() == ["e.pdf"]
    assert (without_seals(intake), run.rows()) == fresh()


def test_t_case_3_a_kept_file_that_is_cut_short_is_read_again(run, fresh, monkeypatch):
    with monkeypatch.context() as patch:
        killed_after(3, patch)
        with pytest.raises(_Killed):
            run()
    for spill in (run.case / "intake").glob("*.spill"):
        spill.write_bytes(spill.read_bytes()[:-9])
    intake = run()

    assert {"a.evtx", "b.evtx", "c.evtx"} <= set(run.read())
    assert (without_seals(intake), run.rows()) == fresh()


def test_t_case_3_a_kill_between_the_two_steps_of_replacing_the_store_is_repaired(run, fresh):
    run()
    events = run.case / "events"
    events.replace(aside_of(events))
    run()

    assert run.read() == []
    assert run.rows() == fresh()[1]


def test_t_case_3_a_half_written_store_is_thrown_away(tmp_path):
    half = aside_of(tmp_path / "events")
    half.mkdir()
    settle_folder(tmp_path / "events")

    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_worker_left_out_is_not_kept(evidence, tmp_path):
    for name in ("work", "kept"):
        (tmp_path / name).mkdir()
    path = evidence / "a.evtx"
    job = Job(0, path, "a.evtx", tmp_path / "work", IntakeOptions(), kept_in=tmp_path / "kept")

    take_in(replace(job, skip=frozenset({"chunks 0-9"})), lambda *_: None)
    assert list((tmp_path / "kept").iterdir()) == []
    take_in(job, lambda *_: None)
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_t_case_3_a_worker_whose_run_was_replaced_keeps_nothing(evidence, tmp_path):
    """The worker of a killed run may outlive it; the next run removes the folder under its feet."""
    for name in ("work", "kept"):
        (tmp_path / name).mkdir()
    job = Job(0, evidence / "a.evtx", "a.evtx", tmp_path / "work", IntakeOptions(), kept_in=tmp_path / "kept")
    take_in(job, lambda *_: None)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    (tmp_path / "work").mkdir(exist_ok=True)
    for path in (tmp_path / "kept").glob("*.account"):
        path.unlink()

    def removed(*_: object) -> None:
        shutil.rmtree(tmp_path / "work", ignore_errors=True)

    with pytest.raises(OSError):
        take_in(job, removed)

    left = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert left == {name: content for name, content in whole.items() if name.endswith(".spill")}


def test_two_stores_in_one_folder_do_not_disturb_each_other(evidence, tmp_path):
    other = tmp_path / "two.work-of-a-run"
    other.mkdir()

    collect([evidence], tmp_path / "one")

    assert other.is_dir()
