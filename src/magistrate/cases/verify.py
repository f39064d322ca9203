"""Checks a case against itself: the record, the files it vouches for, the evidence, and the verdict once more."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from magistrate.cases.chain import head_fault
from magistrate.cases.files import digest, events_left_out, file_faults, is_local_file, text_digest
from magistrate.cases.recompute import InputChangedError, other_program, recomputed_view
from magistrate.cases.record import read_record
from magistrate.cases.state import read_state
from magistrate.errors import MagistrateError
from magistrate.sources.inputs import find_inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.cases.record import Record


@dataclass(frozen=True, slots=True)
class Check:
    """One part of a check: what was looked at, what is wrong with it, and what could not be looked at."""

    name: str
    said: str
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a check. `head` is what a person notes down to find a cut end later."""

    case_id: str
    entries: int
    head: str
    checks: tuple[Check, ...] = field(default=())

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is not as it was left."""
        return tuple(fault for check in self.checks for fault in check.faults)


def verify(
    folder: Path, *, heads: Sequence[str] = (), evidence: Path | None = None, recompute: bool = True
) -> Verification:
    """Check a case; nothing is changed, and a part that is damaged does not hide the others.

    Args:
        folder: the case.
        heads: heads that were printed or anchored earlier, 16 digits at least each.
        evidence: where the evidence lies now; where it lay at intake when omitted.
        recompute: whether the verdict is made once more from the event store, which takes seconds to minutes.

    Raises:
        UsageError: the folder has no record.
        StoreError: the record cannot be read at all.
    """
    record = read_record(folder)
    checks = [check_record(record, heads)]
    if record.entries and not checks[0].faults:
        checks.append(check_files(folder, record))
        checks.append(check_evidence(record, evidence))
        if recompute and not checks[1].faults:
            checks.append(check_verdict(folder, record))
    return Verification(record.case_id, len(record.entries), record.head, tuple(checks))


def check_record(record: Record, heads: Sequence[str] = ()) -> Check:
    """The chain, the seal, and heads known from elsewhere."""
    faults = list(record.faults)
    if not faults:
        faults += [fault for head in heads if (fault := head_fault(record.entries, head))]
    return Check(
        "record",
        f"{len(record.entries)} entries, each following the one before",
        tuple(faults),
        record.remarks,
    )


def check_files(folder: Path, record: Record) -> Check:
    """The reports, the cited records and the event store."""
    return Check(
        "files", "reports, cited records and event store as written", tuple(file_faults(folder, record))
    )


def check_evidence(record: Record, where: Path | None = None) -> Check:
    """Hash the evidence again where it is there; evidence that is not there is said, and is no fault.

    Raises:
        UsageError: `where` does not exist.
    """
    state = read_state(record.entries)
    wanted = [(str(item["file"]), str(item["sha256"]), Path(str(item["path"]))) for item in state.evidence]
    moved = _digests_below(where) if where else {}
    faults, missing = [], []
    for label, sha256, path in wanted:
        found = moved.get(path.name, set()) if where else _digest_at(path)
        if sha256 in (set().union(*moved.values()) if where else found):
            continue
        if found:
            faults.append(f"{label}: the evidence is not what was read (SHA-256 was {sha256[:16]})")
        else:
            missing.append(label)
    remark = f"{len(missing)} of {len(wanted)} evidence files are not there now: {', '.join(missing[:3])}"
    remarks = (remark + (" and more" if len(missing) > 3 else ""),) if missing else ()
    said = f"{len(wanted) - len(missing)} of {len(wanted)} files hashed again"
    return Check("evidence", said, tuple(faults), remarks)


def _digest_at(path: Path) -> set[str]:
    try:
        return {digest(path)} if is_local_file(path) else set()
    except MagistrateError:
        return set()


def _digests_below(where: Path) -> dict[str, set[str]]:
    """Digests of all files below a folder by their name: a moved file is known by its content."""
    found: dict[str, set[str]] = {}
    for item in find_inputs([where]):
        if item.problem is None:
            found.setdefault(item.path.name, set()).update(_digest_at(item.path))
    return found


def check_verdict(folder: Path, record: Record) -> Check:
    """Make the verdict once more from the event store and compare it, when all that it rests on is still known."""
    verdict = read_state(record.entries).verdict
    if verdict is None:
        return Check("verdict", "not decided yet")
    if events_left_out(folder, record):
        left_out = "the event store was left out of the bundle that this case comes from"
        return Check("verdict", "not made once more", remarks=(left_out,))
    if why := other_program(verdict):
        return Check("verdict", "not made once more", remarks=(why,))
    try:
        view = recomputed_view(folder, record)
    except InputChangedError as error:
        return Check("verdict", "not made once more", remarks=(str(error),))
    except MagistrateError as error:
        return Check("verdict", "could not be made once more", faults=(f"verdict: {error}",))
    from magistrate.report.exporters import verdict_json  # here and not above: most commands need no reports

    if text_digest(verdict_json.render(view)) != verdict.sha256:
        fault = f"verdict: made once more it differs from the recorded one (entry {verdict.number})"
        return Check("verdict", "made once more from the event store", faults=(fault,))
    return Check("verdict", f"{verdict.disposition}, made once more from the event store: the same")
