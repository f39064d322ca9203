"""What an investigation adds to the record: that it began, what it read, what was decided, what was written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magistrate import __version__
from magistrate.cases.clock import new_case_id
from magistrate.cases.entries import Draft, Kind
from magistrate.cases.files import STORE_LIST, digests, text_digest
from magistrate.cases.human import human_view, stamp_line
from magistrate.cases.program import playbook_digest, program_digest
from magistrate.cases.record import append, check_whole, create_record, has_record, read_record
from magistrate.cases.state import read_state
from magistrate.report.exporters import verdict_json
from magistrate.report.kept_records import CITED_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from magistrate.cases.record import Author
    from magistrate.context.model import Context
    from magistrate.intel.model import IndicatorList
    from magistrate.investigation import Options
    from magistrate.report.case_file import CaseFile
    from magistrate.report.view import View


@dataclass(frozen=True, slots=True)
class CaseKeeper:
    """Keeps the record of a case while one investigation runs; the caller holds the lock.

    `label` is what people call a new case. Paths in `options` are kept as named, so that `verify` finds what the site
    knew then.
    """

    folder: Path
    options: Options
    author: Author
    label: str

    def check(self) -> None:
        """Make sure that the record can be gone on with, before anything of an older case is taken away.

        Raises:
            StoreError: it is not as it was left.
        """
        if has_record(self.folder):
            check_whole(read_record(self.folder), self.folder)

    def begin(self) -> None:
        """Note that the investigation begins; the record is made when the case has none.

        Raises:
            StoreError: the record is not as it was left, or the disk refused.
        """
        if not has_record(self.folder):
            create_record(self.folder, self.author, new_case_id(), self.label, __version__)
        options = self.options
        facts = {
            "version": __version__,
            "context": _place(options.context_path),
            "history": _place(options.history_path),
            "alert": _place(options.alert_path),
            "sigma": [str(path.absolute()) for path in options.sigma_paths],
            "intel": [str(path.absolute()) for path in options.intel_paths],
            "from": options.window_from.isoformat() if options.window_from else None,
            "to": options.window_to.isoformat() if options.window_to else None,
            "zone": options.zone,
            "recover": options.recover,
            "triage_start": options.triage_start.isoformat() if options.triage_start else None,
            "technique": options.technique,
        }
        append(self.folder, [Draft(Kind.STARTED, facts)], self.author)

    def decided(self, case: CaseFile, view: View) -> View:
        """Note what was read and what was decided, in one step.

        Returns:
            The view with what people said, and with the head that the reports print: that of the decision.
        """
        drafts = [
            Draft(Kind.INTAKE, intake_facts(case, view)),
            Draft(Kind.DECISION, decision_facts(view)),
        ]
        append(self.folder, drafts, self.author)
        return with_people(view, self.folder)

    def reported(self, written: Iterable[Path], coming: Mapping[str, str]) -> str:
        """Note what was written into the case.

        Args:
            written: the reports.
            coming: name and content of files that are about to be written.

        Returns:
            Number and head of the record, for a person to note down.
        """
        files = digests(self.folder, [CITED_FILE, STORE_LIST, *(path.name for path in written)])
        files |= {name: text_digest(text) for name, text in coming.items()}
        last = append(self.folder, [Draft(Kind.REPORTS, {"files": files})], self.author)[-1]
        case_id = read_record(self.folder).case_id
        return f"entry {last.number} of {case_id}, head {last.hash}"


def with_people(view: View, folder: Path) -> View:
    """A view with what people said and the stamp of its case."""
    record = read_record(folder)
    state = read_state(record.entries)
    return dataclasses.replace(view, human=human_view(state, stamp_line(state, record.entries[-1].utc)))


def _place(path: Path | None) -> str | None:
    return str(path.absolute()) if path else None


def intake_facts(case: CaseFile, view: View) -> dict[str, Any]:
    """What the record keeps of intake: every evidence file with its content, and what the user gave beside."""
    seals = sorted(case.intake.seals, key=lambda seal: (seal.label, seal.sha256))
    return {
        "inputs": list(case.inputs),
        "found": view.intake.found,
        "loaded": view.intake.loaded,
        "context": context_digest(case.context),
        "history": case.history.sha256 if case.history else None,
        "alert": case.alert.alert.sha256 if case.alert else None,
        "sigma": view.sigma.digest if view.sigma else None,
        "intel": intel_digests(case.deep_dive.intel.lists if case.deep_dive else ()),
        "evidence": [
            {"file": seal.label, "sha256": seal.sha256, "bytes": seal.size_bytes, "path": _place(seal.path)}
            for seal in seals
        ],
    }


def intel_digests(lists: Iterable[IndicatorList]) -> list[str]:
    """SHA-256 of each list of known values, sorted."""
    return sorted(item.sha256 for item in lists)


def context_digest(context: Context) -> str:
    """SHA-256 of all that the site told, whichever files it came from."""
    return text_digest(repr(context))  # tuples, texts and dates only, so the same context has the same text


def decision_facts(view: View) -> dict[str, Any]:
    """What the record keeps of a verdict: enough to judge what a person says against it."""
    decisive = [item.id for item in view.findings if item.tier == "D" and not item.excused_by]
    return {
        "disposition": view.disposition,
        "severity": view.severity,
        "confidence": view.confidence,
        "rule": view.rule,
        "version": view.version,
        "program": program_digest(),
        "playbook": playbook_digest(view.playbook),
        "case_hash": view.case_hash,
        "verdict_sha256": text_digest(verdict_json.render(view)),
        "decisive": decisive,
        "answers": {
            item.id: {"state": item.state, "decisive": sorted(set(item.finding_ids) & set(decisive))}
            for item in view.answers
        },
    }
