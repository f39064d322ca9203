"""Makes the view of a case once more from its event store, with what the site knew then."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magistrate import __version__
from magistrate.cases.entries import Kind
from magistrate.cases.files import digest, is_local_file
from magistrate.cases.program import program_digest
from magistrate.cases.runs import context_digest, intel_digests
from magistrate.context.load import load_context
from magistrate.errors import MagistrateError, UsageError
from magistrate.history.file import read_history
from magistrate.intel.lists import load_lists

if TYPE_CHECKING:
    from magistrate.cases.record import Record
    from magistrate.cases.state import Verdict
    from magistrate.investigation import Options
    from magistrate.report.view import View


class InputChangedError(UsageError):
    """What the user gave beside the evidence is not there or not the same: no fault of the case."""


def other_program(verdict: Verdict) -> str | None:
    """Say that another version or build decided, so that its verdict may differ without a fault; None for this one."""
    if verdict.version != __version__:
        return f"version {verdict.version} decided, this is {__version__}: use that one to compare"
    if verdict.program != program_digest():
        return f"another build of version {__version__} decided ({verdict.program[:16]}): use that one to compare"
    return None


def recomputed_view(folder: Path, record: Record) -> View:
    """The view of a case, without what people said.

    Args:
        folder: the case; nothing in it is changed.
        record: its record, checked, with a decision.

    Raises:
        InputChangedError: the context, the history or the rules are not those of then.
        StoreError: the event store is not as it was written.
    """
    from magistrate.investigation import reexamine  # here and not above: most commands need no engine
    from magistrate.report.build import build_view

    started, intake = record.last(Kind.STARTED), record.last(Kind.INTAKE)
    if started is None or intake is None:
        raise UsageError(
            "the record names no finished investigation.", hint="Investigate the evidence again."
        )
    then = intake.facts
    options = options_of(started.facts)
    _check_inputs(options, then)
    view = build_view(reexamine(folder, options, tuple(then["inputs"])))
    if view.sigma and view.sigma.digest != then["sigma"]:
        raise InputChangedError("the Sigma rules have changed since.", hint="Investigate again to use them.")
    return view


def options_of(facts: dict[str, Any]) -> Options:
    """How an investigation was run, from the entry that says it began."""
    from magistrate.investigation import Options

    return Options(
        technique=facts["technique"],
        context_path=Path(facts["context"]) if facts["context"] else None,
        history_path=Path(facts["history"]) if facts["history"] else None,
        sigma_paths=tuple(Path(name) for name in facts["sigma"]),
        intel_paths=tuple(Path(name) for name in facts.get("intel", ())),
        window_from=_moment(facts["from"]),
        window_to=_moment(facts["to"]),
        zone=facts["zone"],
        recover=facts["recover"],
        triage_start=_moment(facts.get("triage_start")),
        alert_path=Path(facts["alert"]) if facts.get("alert") else None,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _check_inputs(options: Options, then: dict[str, Any]) -> None:
    """Compare what the user gave with what was read then.

    Raises:
        InputChangedError: it is not there or not the same.
    """
    hint = "Put it back to compare; the verdict of then stays as recorded."
    given = (
        ("context", options.context_path),
        ("history", options.history_path),
        ("alert", options.alert_path),
    )
    for name, path in given:
        if path is None:
            continue
        if not is_local_file(path):
            raise InputChangedError(f"the {name} file {path.name} is not there now.", hint=hint)
        try:
            now = _digest_now(name, path)
        except MagistrateError as error:
            raise InputChangedError(f"the {name} file {path.name} cannot be read now.", hint=hint) from error
        if now != then[name]:
            raise InputChangedError(f"the {name} file {path.name} has changed since.", hint=hint)
    for path in options.intel_paths:
        if not is_local_file(path):
            raise InputChangedError(f"the indicator list {path.name} is not there now.", hint=hint)
    try:
        lists = intel_digests(load_lists(options.intel_paths))
    except MagistrateError as error:
        raise InputChangedError("an indicator list cannot be read now.", hint=hint) from error
    if lists != then.get("intel", []):
        raise InputChangedError("an indicator list has changed since.", hint=hint)
    for path in options.sigma_paths:
        if str(path).startswith(("\\\\", "//")) or not path.exists():
            raise InputChangedError(f"the Sigma rules {path.name} are not there now.", hint=hint)


def _digest_now(name: str, path: Path) -> str:
    """The digest of a file that the user gave, as it is now."""
    if name == "alert":
        return digest(path)
    return context_digest(load_context(path)) if name == "context" else read_history(path).sha256
