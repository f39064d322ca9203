"""Takes evidence in: finds the files, has workers read them, writes the event store and settles the account."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from magistrate.errors import SourceError
from magistrate.events.evidence import ReadIssue
from magistrate.sources.accounts import settle
from magistrate.sources.base import FileIntake, Intake, IntakeOptions
from magistrate.sources.inputs import Input, find_inputs
from magistrate.sources.intake_file import FileResult, Job, Kept, LeafResult
from magistrate.sources.intake_store import StoreBuilder, StoredFile, StoredIntake, settle_folder
from magistrate.sources.pool import run_jobs
from magistrate.sources.resume import rows_fingerprint
from magistrate.sources.spill import read_spill
from magistrate.sources.triage_collections import describe_collections

if TYPE_CHECKING:
    from magistrate.sources.seals import Seal

_WORK = ".work-"

Progress = Callable[[str], None]


def collect(
    paths: Sequence[Path],
    out_dir: Path,
    options: IntakeOptions | None = None,
    progress: Progress | None = None,
) -> Intake:
    """Read evidence into an event store.

    Args:
        paths: files, folders and archives, mixed. Links inside folders are not followed.
        out_dir: the events folder of a case: gets `<category>/<source>-<event id>/*.parquet` and
            `records/*.parquet`, as `DuckDBStore.open` reads them; made when missing, and replaced as a whole when
            everything is read.
        options: how to read; defaults when omitted.
        progress: told in plain words what is being read.

    Returns:
        What became of everything that was named. Files are sorted by label; for each, found = loaded + duplicate +
        recovered + bad + refused.

    Raises:
        UsageError: none of the paths exists.
        SourceError: the output cannot be written. What was read of each file is kept when `resume_dir` is set.
    """
    chosen = options or IntakeOptions()
    inputs = find_inputs(paths)
    try:
        out_dir.parent.mkdir(parents=True, exist_ok=True)
        settle_folder(out_dir)
        work = _make_work_folder(chosen.resume_dir or out_dir.parent, out_dir.name)
    except OSError as error:
        raise _no_output(error, out_dir) from error
    try:
        run = _Run(inputs, out_dir, work, replace(chosen, work_dir=work), progress or (lambda _: None))
        intake = run.read()
        if chosen.resume_dir:
            shutil.rmtree(chosen.resume_dir, ignore_errors=True)  # all of it is in the store now
        return intake
    except OSError as error:
        raise _no_output(error, out_dir) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _make_work_folder(parent: Path, store: str) -> Path:
    """A new folder for what is being read; those of killed runs are removed, and their workers end by that.

    Its name begins with that of the store: another store in the same folder may be filled at the same time.
    """
    parent.mkdir(parents=True, exist_ok=True)
    prefix = f"{store}{_WORK}"
    for old in parent.iterdir():
        if old.name.startswith(prefix):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def _no_output(error: OSError, out_dir: Path) -> SourceError:
    return SourceError(
        f"Writing the event store failed ({error.strerror or error}).",
        location=str(out_dir),
        hint="Make room on the disk or name another folder, then run again: what was read is kept.",
    )


@dataclass(slots=True)
class _Taken:
    """One evidence file that was taken in, as it enters the store."""

    label: str
    result: FileResult
    leaves: list[LeafResult]
    stored: StoredFile | None


@dataclass(slots=True)
class _Run:
    """One run of intake. As long as every file is as the store knows it, nothing is written."""

    inputs: list[Input]
    out_dir: Path
    work: Path
    options: IntakeOptions
    say: Progress
    _old: StoredIntake | None = field(init=False, default=None)
    _failed: list[LeafResult] = field(init=False, default_factory=list)
    _taken: list[_Taken] = field(init=False, default_factory=list)
    _builder: StoreBuilder | None = field(init=False, default=None)

    def read(self) -> Intake:
        """Read every input, write the store and settle the account."""
        if self.options.resume_dir:
            self._old = StoredIntake.open(self.out_dir)
        jobs = self._jobs()
        for done, (job, result) in enumerate(
            run_jobs(jobs, self.options.jobs, self.options.limits, self.say), 1
        ):
            self._take(job, result)
            how = "read" if isinstance(result, str) or result.kept is Kept.NO else "known already,"
            self.say(f"{how} {done} of {len(jobs)} files: {job.label}")
        seals = tuple(taken.result.seal for taken in self._taken if taken.result.seal)
        problems = [(item.label, item.problem) for item in self.inputs if item.problem]
        if self._old and self._builder is None and self._is_same(self._old, problems):
            return replace(self._old.listed.intake, seals=seals)
        return replace(self._store(problems, seals), seals=seals)

    def _jobs(self) -> list[Job]:
        """The inputs that can be read; each knows under which key the store holds a file of its label."""
        keep = self.options.resume_dir
        fingerprint = rows_fingerprint(self.options) if keep else ""
        known = {file.label: file.key for file in self._old.listed.files} if self._old else {}
        return [
            Job(
                index,
                item.path,
                item.label,
                self.work,
                self.options,
                kept_in=keep,
                fingerprint=fingerprint,
                stored_as=known.get(item.label, ""),
            )
            for index, item in enumerate(self.inputs)
            if item.problem is None
        ]

    def _take(self, job: Job, result: FileResult | str) -> None:
        """Note the result of one file, and append its rows once anything differs from the store."""
        if isinstance(result, str):
            self._failed.append(_refused(self.inputs[job.index], result))
            return
        stored = self._old.find(result.key) if self._old and result.kept is Kept.STORED else None
        self._taken.append(_Taken(job.label, result, result.leaves, stored))
        if self._builder is not None:
            self._append(self._taken[-1])
        elif stored is None:
            self._begin()

    def _begin(self) -> StoreBuilder:
        self._builder = StoreBuilder(self.out_dir)
        for taken in self._taken:
            self._append(taken)
        return self._builder

    def _append(self, taken: _Taken) -> None:
        """Append the rows of a file to the new store, from where they lie."""
        if self._builder is None:
            return
        spill = taken.result.spill
        if self._old and taken.stored:
            taken.leaves = self._old.leaves(taken.stored)
            batches = self._old.batches(taken.stored)
        else:
            batches = read_spill(spill) if spill else iter(())
        self._builder.add(taken.result.key, taken.label, taken.leaves, batches)
        if spill and not self.options.resume_dir:
            spill.unlink()

    def _is_same(self, old: StoredIntake, problems: list[tuple[str, str]]) -> bool:
        """True when a run from the beginning would write what the store holds already."""
        keys = [taken.result.key for taken in self._taken if taken.stored]
        return (
            not self._failed
            and len(keys) == len(self._taken)
            and keys == [file.key for file in old.listed.files]
            and problems == old.listed.problems
        )

    def _store(self, problems: list[tuple[str, str]], seals: tuple[Seal, ...]) -> Intake:
        """Complete the store with the rows of all files."""
        builder = self._builder or self._begin()
        leaves = [_refused(item, item.problem) for item in self.inputs if item.problem] + self._failed
        leaves += [leaf for taken in self._taken for leaf in taken.leaves]
        described = describe_collections(leaves, seals)
        notes = (*_notes(self.inputs, leaves, self.options), *described.notes)
        intake = settle(described.leaves, notes)
        self._old = None  # its files must be closed before its folder is replaced
        builder.finish(intake, problems, lasting=self.options.resume_dir is not None)
        return intake


def _refused(item: Input, reason: str) -> LeafResult:
    issue = ReadIssue(item.label, "file", reason, refused=True)
    return LeafResult(FileIntake(item.label, "", 0, "unknown", reason=reason), (issue,))


def _notes(inputs: list[Input], leaves: list[LeafResult], options: IntakeOptions) -> tuple[str, ...]:
    notes = _what_was_found(inputs, leaves)
    if options.zone:
        notes += (f"Times that name no zone are read as {options.zone}, as the operator said.",)
    return notes


def _what_was_found(inputs: list[Input], leaves: list[LeafResult]) -> tuple[str, ...]:
    if not inputs:
        return ("The folders hold no files.",)
    if not any(leaf.intake.loaded for leaf in leaves):
        return ("No record was loaded from anything named.",)
    return ()
