"""Takes evidence in: finds the files, has workers read them, writes the event store and settles the account."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from magistrate.errors import SourceError, UsageError
from magistrate.events.evidence import ReadIssue
from magistrate.sources.base import FileIntake, Intake, IntakeOptions
from magistrate.sources.containers import plain_label
from magistrate.sources.intake_file import FileResult, Job, LeafResult
from magistrate.sources.pool import run_jobs
from magistrate.sources.spill import RECORDS, Compactor

_IDS_AT_ONCE = 4_000_000

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Input:
    """One path to read, with the label it goes by."""

    path: Path
    label: str
    problem: str | None = None


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
            `records/*.parquet`, as `DuckDBStore.open` reads them; made when missing.
        options: how to read; defaults when omitted.
        progress: told in plain words what is being read.

    Returns:
        What became of everything that was named. Files are sorted by label; for each, found = loaded + duplicate +
        recovered + bad + refused.

    Raises:
        UsageError: none of the paths exists.
        SourceError: the output cannot be written.
    """
    chosen = options or IntakeOptions()
    say = progress or (lambda _: None)
    inputs = find_inputs(paths)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        spill = Path(tempfile.mkdtemp(prefix="intake-", dir=chosen.work_dir or out_dir))
    except OSError as error:
        raise SourceError(
            f"The output folder cannot be written ({error.strerror}).",
            location=str(out_dir),
            hint="Choose another.",
        ) from error
    try:
        chosen = replace(chosen, work_dir=spill)
        leaves = _read_all(inputs, spill, out_dir, chosen, say)
    except OSError as error:
        raise SourceError(
            f"Writing the event store failed ({error.strerror}).",
            location=str(out_dir),
            hint="Make room on the disk.",
        ) from error
    finally:
        shutil.rmtree(spill, ignore_errors=True)
    return _settle(leaves, _notes(inputs, leaves))


def find_inputs(paths: Sequence[Path]) -> list[_Input]:
    """Every file below the paths, sorted by label, each once; a path that does not exist with its problem.

    Raises:
        UsageError: none of the paths exists.
    """
    found: dict[Path, _Input] = {}
    missing: list[tuple[Path, str]] = []
    for path in paths:
        try:
            mode = path.stat().st_mode  # a link that the user names is followed
        except OSError as error:
            missing.append((path, error.strerror or "not found"))
            continue
        if stat.S_ISDIR(mode):
            for item in _walk(path, Path(path.name)):
                found.setdefault(item.path.absolute(), item)
        else:
            problem = None if stat.S_ISREG(mode) else "It is not a plain file; only plain files are read."
            found.setdefault(path.absolute(), _Input(path, plain_label(path.name), problem))
    if missing and not found:
        path, why = missing[0]
        raise UsageError(f"There is nothing to read ({why}).", location=str(path), hint="Check the path.")
    for path, why in missing:  # the rest of the run goes on; the loss is counted and shown
        problem = f"There is nothing to read ({why}). Check the path."
        found.setdefault(path.absolute(), _Input(path, plain_label(path.name), problem))
    return _with_distinct_labels(sorted(found.values(), key=lambda item: (item.label, str(item.path))))


def _with_distinct_labels(inputs: list[_Input]) -> list[_Input]:
    """Files of the same name from different folders get their folder's name, or a number, in front."""
    count = Counter(item.label for item in inputs)
    taken: Counter[str] = Counter()
    distinct = []
    for item in inputs:
        label = item.label
        if count[label] > 1:
            label = plain_label(f"{item.path.absolute().parent.name}/{label}")
        taken[label] += 1
        distinct.append(replace(item, label=label if taken[label] == 1 else f"{label}#{taken[label]}"))
    return sorted(distinct, key=lambda item: (item.label, str(item.path)))


def _walk(folder: Path, label: Path) -> Iterator[_Input]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        name = label / entry.name
        path = folder / entry.name
        if entry.is_symlink():
            yield _Input(
                path, plain_label(name.as_posix()), "It is a link; links in folders are not followed."
            )
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(path, name)
        elif entry.is_file(follow_symlinks=False):
            yield _Input(path, plain_label(name.as_posix()))
        else:
            yield _Input(
                path, plain_label(name.as_posix()), "It is not a plain file; only plain files are read."
            )


def _read_all(
    inputs: list[_Input], spill: Path, out_dir: Path, options: IntakeOptions, say: Progress
) -> list[LeafResult]:
    """Read every input and write the store; accounts in the order of the inputs."""
    leaves: list[LeafResult] = [_refused(item, item.problem) for item in inputs if item.problem]
    jobs = [
        Job(index, item.path, item.label, spill, options)
        for index, item in enumerate(inputs)
        if item.problem is None
    ]
    compactor = Compactor(spill, out_dir)
    (out_dir / RECORDS).mkdir(exist_ok=True)
    for done, (job, result) in enumerate(run_jobs(jobs, options.jobs, options.limits, say), 1):
        if isinstance(result, FileResult):
            compactor.take(job.index)
            leaves += result.leaves
        else:
            leaves.append(_refused(inputs[job.index], result))
        say(f"read {done} of {len(jobs)} files: {job.label}")
    compactor.close()
    return leaves


def _refused(item: _Input, reason: str) -> LeafResult:
    issue = ReadIssue(item.label, "file", reason, refused=True)
    return LeafResult(FileIntake(item.label, "", 0, "unknown", reason=reason), (issue,))


def _settle(leaves: list[LeafResult], notes: tuple[str, ...]) -> Intake:
    """Count duplicates across files and put the accounts in order.

    A record belongs to the first file that holds it, by file hash and label, as in the store.
    """
    ordered = sorted(leaves, key=lambda leaf: (leaf.intake.sha256, leaf.intake.file))
    repeats = _count_repeats([leaf.ids for leaf in ordered])
    files = [
        replace(leaf.intake, loaded=leaf.intake.loaded - count, duplicate=leaf.intake.duplicate + count)
        for leaf, count in zip(ordered, repeats, strict=True)
    ]
    issues = [issue for leaf in ordered for issue in leaf.issues]
    return Intake(
        tuple(sorted(files, key=lambda file: (file.file, file.sha256))),
        tuple(sorted(issues, key=lambda issue: (issue.file, issue.locator or "", issue.reason))),
        notes,
    )


def _count_repeats(ids: Sequence[bytes]) -> list[int]:
    """For each file, how many of its ids were seen before in it or in a file ahead of it.

    Ids are hashes, so they are counted in slices of their range when there are too many to hold at once.
    """
    total = sum(len(block) for block in ids) // 8
    slices = max(1, -(-total // _IDS_AT_ONCE))
    width = -(-(1 << 64) // slices)
    counts = [0] * len(ids)
    for part in range(slices):
        seen: set[int] = set()
        for index, block in enumerate(ids):
            numbers = array("Q")
            numbers.frombytes(block)
            wanted = numbers if slices == 1 else [n for n in numbers if n // width == part]
            before = len(seen)
            seen.update(wanted)
            counts[index] += len(wanted) - (len(seen) - before)
    return counts


def _notes(inputs: list[_Input], leaves: list[LeafResult]) -> tuple[str, ...]:
    if not inputs:
        return ("The folders hold no files.",)
    if not any(leaf.intake.loaded for leaf in leaves):
        return ("No record was loaded from anything named.",)
    return ()
