"""Decides an old case once more from its event store, with the program and the playbook of today, and compares.

The old verdict is read loosely, by the names that every version of its schema has: it may be older than some fields.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from magistrate import __version__
from magistrate.cases.entries import Draft, Kind
from magistrate.cases.files import (
    EVENTS,
    STORE_LIST,
    digest,
    events_left_out,
    is_local_file,
    known_files,
    text_digest,
)
from magistrate.cases.program import playbook_digest, program_digest
from magistrate.cases.recompute import options_of
from magistrate.cases.runs import context_digest
from magistrate.errors import StoreError, UsageError
from magistrate.report.exporters import verdict_json
from magistrate.report.read_view import LIMIT
from magistrate.sources.intake_store import changed_part

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from magistrate.cases.record import Record
    from magistrate.investigation import Options
    from magistrate.report.case_file import CaseFile
    from magistrate.report.view import View

_HEADLINE = ("disposition", "severity", "confidence", "rule")
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was. `before` or `after` is None for what was not there then or is not there now."""

    about: str
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that went into the decision: the same as then or not; None where the record of then lacks it."""

    what: str
    before: str
    after: str
    same: bool | None


@dataclass(frozen=True, slots=True)
class Replay:
    """An old decision beside that of today. `before_sha256` and `after_sha256` are those of the two `verdict.json`."""

    case_id: str
    before_disposition: str
    after_disposition: str
    before_sha256: str
    after_sha256: str
    differences: tuple[Difference, ...]
    causes: tuple[Cause, ...]

    @property
    def changed(self) -> bool:
        """Whether anything that was decided, answered or found differs; wording and further views do not count."""
        return bool(self.differences)

    def draft(self) -> Draft:
        """What the record keeps of this replay."""
        facts = {
            "before": self.before_sha256,
            "after": self.after_sha256,
            "disposition": [self.before_disposition, self.after_disposition],
            "changed": self.changed,
            "causes": {cause.what: [cause.before, cause.after] for cause in self.causes},
        }
        return Draft(Kind.REPLAYED, facts)


def replay(
    folder: Path, record: Record, context: Path | None = None, history: Path | None = None
) -> tuple[Replay, View]:
    """Decide a finished case once more; nothing in it is changed, and its evidence is not needed.

    Args:
        folder: the case.
        record: its record, checked.
        context: what the site knows today; the file of then, as it is today, when None.
        history: the learned history of today; as `context`.

    Returns:
        The comparison, and the view of today.

    Raises:
        UsageError: the case is not complete, or a file it was made with is not there.
        StoreError: the event store or the verdict is not what the record vouches for.
    """
    from magistrate.investigation import reexamine  # here and not above: most commands need no engine
    from magistrate.report.build import build_view

    started, intake, decision = (record.last(kind) for kind in (Kind.STARTED, Kind.INTAKE, Kind.DECISION))
    if started is None or intake is None or decision is None:
        raise UsageError(
            "the record names no finished investigation.", hint="Investigate the evidence first."
        )
    _check_store(folder, record)
    old = _old_verdict(folder, str(decision.facts.get("verdict_sha256", "")))
    options = _options(options_of(started.facts), context, history)
    case = reexamine(folder, options, tuple(intake.facts["inputs"]))
    view = build_view(case)
    text = verdict_json.render(view)
    found = Replay(
        case_id=record.case_id,
        before_disposition=str(old.get("disposition")),
        after_disposition=view.disposition,
        before_sha256=str(decision.facts["verdict_sha256"]),
        after_sha256=text_digest(text),
        differences=tuple(_differences(old, json.loads(text))),
        causes=_causes(decision.facts, intake.facts, case, view),
    )
    return found, view


def _check_store(folder: Path, record: Record) -> None:
    """Make sure that the event store is the one that this case was decided on.

    Raises:
        UsageError: it was left out of a bundle.
        StoreError: it is missing, damaged, or that of another case.
    """
    if events_left_out(folder, record):
        raise UsageError(
            "the event store was left out of the bundle that this case comes from.",
            location=str(folder),
            hint="Ask its sender for a bundle with events.",
        )
    listed = folder / STORE_LIST
    known = known_files(record).get(STORE_LIST)
    changed = changed_part(folder / EVENTS)
    if changed is None and known == digest(listed):
        return
    why = f"{changed} is not as it was written" if changed else "it is that of another case or run"
    raise StoreError(
        f"the event store cannot be used: {why}.",
        location=f"{folder.name}/{EVENTS}",
        hint="Restore the case folder from a copy, or investigate the evidence again.",
    )


def _old_verdict(folder: Path, recorded: str) -> dict[str, Any]:
    path = folder / verdict_json.FILE
    where = f"{folder.name}/{path.name}"
    hint = "Restore the case folder from a copy, and run 'magistrate case verify'."
    try:
        if path.stat().st_size > LIMIT:
            raise StoreError(f"the file is larger than {LIMIT:,} bytes.", location=where, hint=hint)
        if digest(path) != recorded:
            raise StoreError("the verdict is not the recorded one.", location=where, hint=hint)
        old = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError("the verdict cannot be read.", location=where, hint=hint) from error
    if not isinstance(old, dict) or not str(old.get("schema", "")).startswith("magistrate.verdict/"):
        raise StoreError("the file is no verdict.", location=where, hint=hint)
    return old


def _options(then: Options, context: Path | None, history: Path | None) -> Options:
    options = replace(
        then, context_path=context or then.context_path, history_path=history or then.history_path
    )
    given = (
        ("context", options.context_path),
        ("history", options.history_path),
        ("alert", options.alert_path),
    )
    for name, path in given:
        if path is not None and not is_local_file(path):
            raise UsageError(
                f"the {name} file {path.name} is not there.",
                location=str(path),
                hint="Put it back where it was."
                if name == "alert"
                else f"Give the file of today with --{name}.",
            )
    for path in options.sigma_paths:
        if str(path).startswith(("\\\\", "//")) or not path.exists():
            raise UsageError(
                "the Sigma rules of then are not there.",
                location=path.name,
                hint="Put them back where they were.",
            )
    return options


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    found = [
        Difference("decision", name, _text(old.get(name)), _text(new.get(name)))
        for name in _HEADLINE
        if old.get(name) != new.get(name)
    ]
    found += _between("rule fired", _keyed(old, "rules", "rule"), _keyed(new, "rules", "rule"), _fired)
    found += _between("answer", _keyed(old, "answers", "id"), _keyed(new, "answers", "id"), _answer)
    found += _between("finding", _keyed(old, "findings", "id"), _keyed(new, "findings", "id"), _finding)
    return found


def _keyed(verdict: dict[str, Any], part: str, key: str) -> dict[str, dict[str, Any]]:
    """The items of a list of a verdict by their key; what has no such shape is left out."""
    items = verdict.get(part)
    if not isinstance(items, list):
        return {}
    return {str(item[key]): item for item in items if isinstance(item, dict) and key in item}


def _between(
    about: str,
    before: dict[str, dict[str, Any]],
    after: dict[str, dict[str, Any]],
    say: Callable[[dict[str, Any]], str | None],
) -> list[Difference]:
    """What differs between two sets of items, in order of their names; `say` tells what is compared of one."""
    found = []
    for name in sorted(before.keys() | after.keys()):
        then = say(before[name]) if name in before else None
        now = say(after[name]) if name in after else None
        if then != now:
            found.append(Difference(about, name, then, now))
    return found


def _fired(rule: dict[str, Any]) -> str | None:
    return _text(rule.get("title")) if rule.get("fired") else None


def _answer(answer: dict[str, Any]) -> str:
    return f"{answer.get('state')} {answer.get('confidence')}"


def _finding(finding: dict[str, Any]) -> str:
    excuse = finding.get("excused_by")
    deciding = "deciding" if finding.get("deciding") else "not deciding"
    return (
        f"{finding.get('code')} {finding.get('tier')}, {deciding}"
        f"{f', excused by {excuse}' if excuse else ''}: {finding.get('statement')}"
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _causes(decided: dict[str, Any], read: dict[str, Any], case: CaseFile, view: View) -> tuple[Cause, ...]:
    """What went into the two decisions, side by side."""
    pairs = (
        ("version", decided.get("version"), __version__),
        ("build", decided.get("program"), program_digest()),
        ("playbook", decided.get("playbook"), playbook_digest(case.playbook.id)),
        ("context", read.get("context"), context_digest(case.context)),
        ("history", read.get("history") or _NONE, case.history.sha256 if case.history else _NONE),
        ("alert", read.get("alert") or _NONE, case.alert.alert.sha256 if case.alert else _NONE),
        ("rules", read.get("sigma") or _NONE, view.sigma.digest if view.sigma else _NONE),
    )
    return tuple(
        Cause(what, str(then or "not recorded"), str(now), then == now if then else None)
        for what, then, now in pairs
    )
