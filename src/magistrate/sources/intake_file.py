"""Takes in one evidence file: opens it, reads it, normalises it, spills its rows and keeps the account."""

from __future__ import annotations

import csv
import pkgutil
from array import array
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING

from magistrate.events.evidence import ReadIssue
from magistrate.sources import readers
from magistrate.sources.archive_members import Keys
from magistrate.sources.base import (
    EventTexts,
    FileIntake,
    IntakeOptions,
    RawRecord,
    Reader,
    ReadItem,
    ReadNote,
    RecoveringReader,
    TextReader,
)
from magistrate.sources.collector_records import CollectorFacts, read_collector_record
from magistrate.sources.column_route import ColumnRoute, EventColumns, id_numbers, is_inside
from magistrate.sources.containers import HEAD_BYTES, Budget, Leaf, Refusal, Remark, open_evidence
from magistrate.sources.guard import Guard
from magistrate.sources.json_dialects import NOT_AN_EVENT
from magistrate.sources.normalise import normalise
from magistrate.sources.seals import Seal, seal
from magistrate.sources.spill import RECORDS, SpillWriter
from magistrate.sources.text_kinds import unknown_text
from magistrate.sources.times import zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_ISSUES_KEPT = 500
_NOTES_KEPT = 50
_ALIVE_RECORDS = 2000
COLLECTOR_RECORD = "collector record"
"""Format of a file in which a collector writes of its own work."""

_CUT = "Get a new copy of the archive, or go on: coverage shows the gap."


class Kept(StrEnum):
    """Where the rows of a file were found by a run that did not have to read it."""

    NO = "no"
    STORED = "in the finished store"
    SPILLED = "beside it, from a run that did not finish"


@dataclass(frozen=True, slots=True)
class Job:
    """One evidence file to take in. `skip` names the units that killed a worker before.

    `kept_in` is the folder for what outlives this run, `fingerprint` what rows depend on beside the file, and
    `stored_as` the key under which the finished store holds a file of this label.
    """

    index: int
    path: Path
    label: str
    spill: Path
    options: IntakeOptions
    skip: frozenset[str] = frozenset()
    kept_in: Path | None = None
    fingerprint: str = ""
    stored_as: str = ""


@dataclass(slots=True)
class LeafResult:
    """Account of one file or member before duplicates are known.

    `ids` holds 8 bytes for each loaded record, then for each that was read from slack. `foreign` is set when the
    content is that of another kind of file and no log at all, `facts` when a collector wrote of its own work.
    """

    intake: FileIntake
    issues: tuple[ReadIssue, ...] = ()
    ids: bytes = b""
    foreign: bool = False
    facts: CollectorFacts | None = None


@dataclass(slots=True)
class FileResult:
    """Accounts of an evidence file and its members, in the order they were found.

    `spill` is the file with its rows; None when it has none. `key` is set when another run would find the same,
    `repeatable` is False when it might not.
    """

    index: int
    leaves: list[LeafResult] = field(default_factory=list)
    seal: Seal | None = None
    spill: Path | None = None
    key: str = ""
    kept: Kept = Kept.NO
    repeatable: bool = True


def intake_file(
    job: Job,
    send: Callable[[str, int], None],
    find_kept: Callable[[Seal], FileResult | None] = lambda _: None,
) -> FileResult:
    """Take in one file. Content never raises; only our own limits and the disk can.

    Args:
        job: what to read and how.
        send: told the unit that begins and the bytes it holds, and "" as a sign of life.
        find_kept: asked, once the file is hashed, for what is known of it already.

    Raises:
        OSError: the file cannot be read, or the spill cannot be written.
    """
    guard = Guard(job.skip, send)
    keys = Keys(job.options.passwords)
    budget = Budget(job.options.limits, job.options.work_dir, guard.alive, guard.enter, keys)
    result = FileResult(job.index)
    spill = SpillWriter(job.spill, job.index)
    try:
        with job.path.open("rb") as stream:
            result.seal = seal(stream, job.path, job.label, guard.alive)
            if kept := find_kept(result.seal):
                return kept
            for found in open_evidence(stream, job.label, budget, result.seal):
                if isinstance(found, Leaf):
                    result.leaves.append(_intake_leaf(found, job, guard, spill))
                else:
                    result.leaves.append(_not_opened(found))
    finally:
        spill.close()
    result.spill = spill.path
    result.repeatable = not (keys.needed and keys.passwords)
    return result


def _not_opened(found: Refusal | Remark) -> LeafResult:
    if isinstance(found, Remark):
        return LeafResult(FileIntake(found.label, "", 0, "ignored", notes=(found.text,)))
    reason = f"{found.reason} {found.hint}" if found.hint else found.reason
    issue = ReadIssue(found.label, "file", found.reason, hint=found.hint, refused=True)
    return LeafResult(
        FileIntake(found.label, found.sha256, found.size_bytes, found.format, reason=reason), (issue,)
    )


def _intake_leaf(leaf: Leaf, job: Job, guard: Guard, spill: SpillWriter) -> LeafResult:
    account = _Account(leaf)
    account.notes.update(leaf.losses)
    for loss in leaf.losses:  # records may be missing, and nobody knows how many
        account.add_issue(ReadIssue(leaf.label, "file", loss, hint=_CUT))
    if not guard.enter(f"file {leaf.label}", leaf.size_bytes):
        return account.refused_file(
            "stopped",
            "Reading took longer or needed more memory than the limit; the file was set aside.",
            None,
        )
    if facts := read_collector_record(leaf.label, leaf.stream, leaf.size_bytes):
        return replace(account.result(COLLECTOR_RECORD), facts=facts)
    head = leaf.stream.read(HEAD_BYTES)
    leaf.stream.seek(0)
    reader = find_reader(head)
    if not head:
        return replace(
            account.refused_file("empty", "The file is empty.", "Copy the log again."), foreign=True
        )
    if reader is None:
        return replace(account.refused_file(*_what_it_is(head)), foreign=True)
    configured = reader.configured(job.options.limits, guard)
    if job.options.recover and isinstance(configured, RecoveringReader):
        configured = configured.recovering()
    try:
        for item in _read(configured, leaf, job.options):
            if isinstance(item, EventColumns):
                _take_columns(item, spill, account)
                guard.alive()
            elif isinstance(item, RawRecord):
                _take_record(item, leaf, job.options, spill, account)
                if (account.loaded + account.recovered) % _ALIVE_RECORDS == 0:
                    guard.alive()
            elif isinstance(item, ReadNote):
                account.notes[item.text] += 1
                account.recovered += item.recovered
                account.duplicate += item.duplicate
            else:
                account.add_issue(item)
    except MemoryError:
        account.add_issue(
            ReadIssue(
                leaf.label, "file", "needed more memory than the limit; reading stopped here", refused=True
            )
        )
    return account.result(reader.name)


def _read(reader: Reader, leaf: Leaf, options: IntakeOptions) -> Iterator[ReadItem | EventColumns]:
    """What a file holds; as columns where the reader gives texts and many of them are of one kind."""
    if not isinstance(reader, TextReader):
        yield from reader.read(leaf.stream, leaf.label)
        return
    route = ColumnRoute(leaf.label, leaf.sha256, options)
    for item in reader.read_texts(leaf.stream, leaf.label):
        if isinstance(item, EventTexts):
            yield from route.take(item)
        else:
            yield item
    yield from route.finish()


def _take_columns(found: EventColumns, spill: SpillWriter, account: _Account) -> None:
    account.loaded += found.records.num_rows
    account.ids.extend(id_numbers(found.ids))
    account.outside += found.outside
    spill.add_batch(RECORDS, found.records)
    if found.events is not None and found.bucket is not None:
        spill.add_batch(found.bucket, found.events)


def _take_record(
    record: RawRecord, leaf: Leaf, options: IntakeOptions, spill: SpillWriter, account: _Account
) -> None:
    try:
        zone = zone_named(options.zone) if options.zone else None
        normal = normalise(record, keep_all=options.keep_all, zone=zone)
    except Exception as error:  # noqa: BLE001 - one record must never cost the file; the kind is reported
        account.add_issue(
            ReadIssue(
                leaf.label,
                "record",
                f"internal error ({type(error).__name__}); please report this",
                1,
                record.locator,
                record.record_id,
            )
        )
        return
    row = normal.row
    row["file"] = leaf.label
    row["file_sha256"] = leaf.sha256
    account.take(int(row["evidence_id"], 16), recovered=record.recovered)
    if record.recovered:
        row["recovered"] = True
    for note in record.notes:
        account.add_note(note)
    inside = is_inside(row["Timestamp"], options)
    account.outside += not inside and not record.recovered
    row["stored"] = inside and normal.bucket is not None
    spill.add_record(row)
    if inside and normal.bucket is not None:
        spill.add_event(normal.bucket, row)


class _Account:
    """Running count of one file or member."""

    def __init__(self, leaf: Leaf) -> None:
        self.leaf = leaf
        self.loaded = self.duplicate = self.recovered = self.bad = self.refused = self.outside = 0
        self.ids = array("Q")
        self.recovered_ids = array("Q")
        self.notes: Counter[str] = Counter()
        self.record_notes: Counter[str] = Counter()
        self.issues: list[ReadIssue] = []
        self.issues_left_out = 0

    def take(self, number: int, *, recovered: bool) -> None:
        """Count a record and keep its id."""
        if recovered:
            self.recovered += 1
            self.recovered_ids.append(number)
        else:
            self.loaded += 1
            self.ids.append(number)

    def add_issue(self, issue: ReadIssue) -> None:
        if issue.refused:
            self.refused += issue.records
        else:
            self.bad += issue.records
        if len(self.issues) < _ISSUES_KEPT:
            self.issues.append(issue)
        else:
            self.issues_left_out += 1

    def add_note(self, text: str) -> None:
        # Notes quote field names, so a log can make as many different ones as it has records.
        if text not in self.record_notes and len(self.record_notes) >= _NOTES_KEPT:
            text = "other remarks, not listed"
        self.record_notes[text] += 1

    def refused_file(self, kind: str, reason: str, hint: str | None, count: int = 0) -> LeafResult:
        leaf = self.leaf
        issue = ReadIssue(leaf.label, "file", reason, count, hint=hint, refused=True)
        intake = FileIntake(
            leaf.label,
            leaf.sha256,
            leaf.size_bytes,
            kind,
            found=count,
            refused=count,
            reason=f"{reason} {hint}" if hint else reason,
            notes=tuple(sorted(self.notes)),
        )
        return LeafResult(intake, (issue,))

    def result(self, kind: str) -> LeafResult:
        leaf = self.leaf
        if self.issues and not self.loaded and all(NOT_AN_EVENT in issue.reason for issue in self.issues):
            count = self.bad + self.refused
            reason = f"It is JSON with {count} objects; none of them is a Windows event."
            return replace(self.refused_file("foreign json", reason, None, count), foreign=True)
        notes = [*sorted(self.notes)]
        notes += [f"{count} records: {text}." for text, count in sorted(self.record_notes.items())]
        if len(notes) > _NOTES_KEPT:
            notes = [*notes[:_NOTES_KEPT], f"{len(notes) - _NOTES_KEPT} more notes."]
        if self.issues_left_out:
            notes.append(f"{self.issues_left_out} more issues of this file are counted but not listed.")
        intake = FileIntake(
            file=leaf.label,
            sha256=leaf.sha256,
            size_bytes=leaf.size_bytes,
            format=kind,
            found=self.loaded + self.duplicate + self.recovered + self.bad + self.refused,
            loaded=self.loaded,
            duplicate=self.duplicate,
            recovered=self.recovered,
            recovered_read=len(self.recovered_ids),
            bad=self.bad,
            refused=self.refused,
            outside_window=self.outside,
            notes=tuple(notes),
        )
        return LeafResult(intake, tuple(self.issues), (self.ids + self.recovered_ids).tobytes())


@cache
def all_readers() -> tuple[Reader, ...]:
    """Every reader in the readers folder, by name."""
    names = sorted(item.name for item in pkgutil.iter_modules(readers.__path__))
    return tuple(import_module(f"{readers.__name__}.{name}").READER for name in names)


def find_reader(head: bytes) -> Reader | None:
    """The reader that recognises the first bytes of a file."""
    return next((reader for reader in all_readers() if reader.recognises(head)), None)


@cache
def _signatures() -> tuple[tuple[int, bytes, str, str, str], ...]:
    text = resources.files(__package__).joinpath("file_signatures.csv").read_text(encoding="utf-8")
    return tuple(
        (int(row["offset"]), bytes.fromhex(row["signature_hex"]), row["format"], row["reason"], row["hint"])
        for row in csv.DictReader(text.splitlines())
    )


def _what_it_is(head: bytes) -> tuple[str, str, str]:
    """Format, reason and advice for a file that no reader takes."""
    for offset, signature, kind, reason, hint in _signatures():
        if head[offset : offset + len(signature)] == signature:
            return kind, reason, hint
    if (text := unknown_text(head)) is not None:
        return text
    if not head.strip(b"\0"):
        return "zeros", "The file begins with nothing but zeros.", "Copy the log again from the source."
    reason = "Nothing here reads this kind of file; `magistrate formats` lists what is read."
    return "unknown", reason, "Export the log again."
