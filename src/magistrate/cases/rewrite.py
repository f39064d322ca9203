"""Writes the reports of a case anew, so that they show what people said since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.cases.entries import Draft, Kind
from magistrate.cases.files import digests, known_files, text_digest
from magistrate.cases.recompute import other_program, recomputed_view
from magistrate.cases.record import append, check_whole, read_record
from magistrate.cases.runs import with_people
from magistrate.cases.state import read_state
from magistrate.errors import StoreError, UsageError
from magistrate.report.exporters import verdict_json
from magistrate.report.write import write_reports

if TYPE_CHECKING:
    from pathlib import Path

    from magistrate.cases.entries import Entry
    from magistrate.cases.record import Author


def rewrite_reports(folder: Path, author: Author) -> Entry:
    """Make the verdict once more and write all reports with what people said; the verdict stays as recorded.

    The caller holds the lock of the case.

    Returns:
        The entry about the reports.

    Raises:
        UsageError: the case is not complete, or another version decided it.
        InputChangedError: what the user gave then is not there or not the same.
        StoreError: the record or the event store was changed, or the verdict would be another one.
    """
    record = read_record(folder)
    check_whole(record, folder)
    state = read_state(record.entries)
    if state.verdict is None or not state.complete:
        raise UsageError("the case is not complete.", hint="Run the same 'magistrate investigate' again.")
    if why := other_program(state.verdict):
        raise UsageError(f"{why}.", location=str(folder), hint="Or investigate again.")
    view = recomputed_view(folder, record)
    if text_digest(verdict_json.render(view)) != state.verdict.sha256:
        raise StoreError(
            "the verdict made once more differs from the recorded one, so no report was written.",
            location=str(folder),
            hint="Run 'magistrate case verify'.",
        )
    written = write_reports(with_people(view, folder), folder)
    files = known_files(record) | digests(folder, [path.name for path in written])
    return append(folder, [Draft(Kind.REPORTS, {"files": files})], author)[-1]
