"""Runs the stages of an investigation; the only place that knows their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - part of the runtime type of a field
from functools import cache, partial
from pathlib import Path  # noqa: TC003 - part of the runtime type of a field
from typing import TYPE_CHECKING

from magistrate import __version__
from magistrate.activity.relatives import find_relatives
from magistrate.activity.run import examine
from magistrate.answers.run import answer_questions
from magistrate.claims.compare import compare
from magistrate.claims.read import read_alert
from magistrate.context.load import load_context
from magistrate.context.model import Context
from magistrate.coverage.assess import assess_coverage
from magistrate.coverage.strip import measure_strip
from magistrate.coverage.survey import Survey, survey
from magistrate.decision import decide
from magistrate.decision.recovered import lowers
from magistrate.deep_dive.run import dive
from magistrate.detections.run import detect
from magistrate.detections.sigma_signals import sigma_signals, worth_keeping
from magistrate.detections.signals import find_signals, order
from magistrate.errors import StoreError
from magistrate.events.learned import LEARNED_COLUMNS
from magistrate.history.file import HistoryFile, read_history
from magistrate.intel.lists import load_lists
from magistrate.playbooks.load import load_playbook
from magistrate.report.case_file import CaseFile
from magistrate.report.cited import cited_from_slack
from magistrate.report.kept_records import keep_cited
from magistrate.response import prepare_response
from magistrate.sources.base import Intake, IntakeOptions
from magistrate.sources.collect import collect
from magistrate.sources.intake_store import stored_intake
from magistrate.sources.seals import check_seals
from magistrate.store.duckdb import DuckDBStore

if TYPE_CHECKING:
    from magistrate.decision.model import Decision
    from magistrate.intel.model import IndicatorList
    from magistrate.playbooks.model import Playbook
    from magistrate.sigma.model import Matches, RuleSet
    from magistrate.store.base import Store

EVENTS_FOLDER = "events"
"""Folder of the case that holds what was read as Parquet; it can be rebuilt from the evidence."""

INTAKE_FOLDER = "intake"
"""Folder of the case for what was read so far; it is gone when all evidence is in the store."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to run an investigation.

    `keep_all` also stores the events that no mapping knows, for rules that ask for them; `sigma_paths` are such rules,
    and imply it. With `resumable` a run
    goes on where another of the same case was stopped, and reads no evidence that is unchanged; what that needs is
    written to the disk at once, which costs a little. `passwords` are tried on locked archives.
    `triage_start` is when somebody began to look: deadlines count from it, and from the moment of reading without it.
    `alert_path` is the alert whose claims are held against the records.
    `intel_paths` are lists of known values to compare.
    `recover` also reads the records in slack; what they show is labelled, and carries no outcome alone.
    """

    technique: str = "t1047"
    context_path: Path | None = None
    history_path: Path | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    jobs: int = 1
    keep_all: bool = False
    sigma_paths: tuple[Path, ...] = ()
    zone: str | None = None
    resumable: bool = False
    passwords: tuple[str, ...] = field(default=(), repr=False)
    recover: bool = False
    triage_start: datetime | None = None
    alert_path: Path | None = None
    intel_paths: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Without:
    """A case without the records that were recovered from slack: its store and its decision."""

    store: Store
    decision: Decision


def investigate(
    paths: Sequence[Path], case_dir: Path, options: Options | None = None, progress: Progress | None = None
) -> CaseFile:
    """Take evidence in, examine it and decide.

    Args:
        paths: files, folders and archives, mixed.
        case_dir: the case folder; its event store is made anew, or kept as far as the evidence is unchanged.
        options: how to run; defaults when omitted.
        progress: told in plain words what is being done.

    Returns:
        Everything that was found out. Reports are written by `magistrate.report`.

    Raises:
        SourceError: the event store cannot be written, or the evidence changed while it was examined.
        UsageError: none of the paths exists.
        PlaybookError: the playbook or the context file is wrong.
    """
    chosen = options or Options()
    say = progress or (lambda _: None)
    context = load_context(chosen.context_path) if chosen.context_path else Context()
    history = read_history(chosen.history_path) if chosen.history_path else None
    lists = load_lists(chosen.intel_paths)
    rules = _read_rules(chosen.sigma_paths, say, cached=chosen.resumable)
    events = case_dir / EVENTS_FOLDER
    say("taking evidence in")
    intake = collect(
        paths,
        events,
        IntakeOptions(
            jobs=chosen.jobs,
            window_from=chosen.window_from,
            window_to=chosen.window_to,
            keep_all=chosen.keep_all or rules is not None,
            zone=chosen.zone,
            resume_dir=case_dir / INTAKE_FOLDER if chosen.resumable else None,
            passwords=chosen.passwords,
            recover=chosen.recover,
        ),
        progress,
    )
    run = partial(
        examine_store,
        intake=intake,
        context=context,
        options=chosen,
        say=say,
        inputs=tuple(sorted(path.name for path in paths)),
        history=history,
        rules=rules,
        lists=lists,
    )
    with DuckDBStore.open(events) as store:
        _check_nothing_lost(store, intake)
        case = _examine_with_recovered(events, store, run) if intake.records_recovered else run(store)
        keep_cited(store, case, intake.seals, case_dir, chosen.passwords)
    check_seals(intake.seals)
    return case


def reexamine(case_dir: Path, options: Options, inputs: tuple[str, ...]) -> CaseFile:
    """Examine what the store of a finished case holds once more; the evidence is not needed, nothing is written.

    Args:
        case_dir: the case folder.
        options: as of the run that made the case; those of intake do not matter.
        inputs: `CaseFile.inputs` of that run.

    Raises:
        StoreError: the store is not as it was written.
    """
    events = case_dir / EVENTS_FOLDER
    intake = stored_intake(events)
    if intake is None:
        raise StoreError(
            "The event store is not as it was written.",
            location=EVENTS_FOLDER,
            hint="Investigate the evidence again with --force.",
        )
    run = partial(
        examine_store,
        intake=intake,
        context=load_context(options.context_path) if options.context_path else Context(),
        options=options,
        inputs=inputs,
        history=read_history(options.history_path) if options.history_path else None,
        rules=_read_rules(options.sigma_paths, lambda _: None, cached=True),
        lists=load_lists(options.intel_paths),
    )
    with DuckDBStore.open(events) as store:
        _check_nothing_lost(store, intake)
        return _examine_with_recovered(events, store, run) if intake.records_recovered else run(store)


def _examine_with_recovered(events: Path, store: Store, run: Callable[..., CaseFile]) -> CaseFile:
    """Examine a case without and with the records from slack, so that these carry no outcome alone.

    Args:
        events: folder of the store.
        store: the store with both kinds of records.
        run: examines a store; see `examine_store`.
    """
    with DuckDBStore.open(events, live_only=True) as live:
        alone = run(live)
        case = run(store, without=Without(live, alone.decision))
    if lowers(case.decision.disposition, alone.decision.disposition):
        return alone
    return replace(case, recovered=cited_from_slack(store, case))


def _read_rules(paths: Sequence[Path], say: Progress, *, cached: bool) -> RuleSet | None:
    """The user's Sigma rules; None when he gave none.

    Raises:
        UsageError: a path does not exist.
    """
    if not paths:
        return None
    from magistrate.sigma import load_rules  # here and not above: most cases need no rule compiler
    from magistrate.store.rule_cache import user_rule_cache

    say("reading rules")
    return load_rules(paths, cache=user_rule_cache() if cached else None)


def _match_rules(store: Store, rules: RuleSet | None) -> Matches | None:
    if rules is None:
        return None
    from magistrate.sigma import match_rules  # as above

    return match_rules(store, rules)


def _check_nothing_lost(store: Store, intake: Intake) -> None:
    """Stop when the store does not hold what intake loaded: a verdict on silently lost evidence is the worst one.

    Raises:
        StoreError: the counts differ.
    """
    held = store.query("SELECT COUNT(*) AS held FROM record", name="records held")[0]["held"]
    loaded = intake.records_loaded + intake.records_recovered
    if held != loaded:
        raise StoreError(
            f"The store holds {held} records, intake loaded {loaded}.",
            location="events",
            hint="Report this with the intake table; do not rely on a verdict of this case.",
        )


@cache
def _playbook(technique: str) -> Playbook:
    """Read a playbook once a process: it is read-only, and a regression pack runs many cases."""
    return load_playbook(technique)


def examine_store(
    store: Store,
    intake: Intake,
    context: Context,
    options: Options,
    say: Progress = lambda _: None,
    inputs: tuple[str, ...] = (),
    history: HistoryFile | None = None,
    without: Without | None = None,
    rules: RuleSet | None = None,
    lists: tuple[IndicatorList, ...] = (),
) -> CaseFile:
    """Run every stage after intake over a store of events.

    `without` is the same case without the records from slack: only it proves coverage.
    """
    playbook = _playbook(options.technique)
    if history is not None:
        rows = (row.row(history.name) for row in history.history.rows)
        store.register("learned", LEARNED_COLUMNS, rows)
    say("finding WMI activity")
    stories = examine(store, context)
    say("running indicators")
    matches = _match_rules(store, rules)
    hits = worth_keeping(sigma_signals(matches), stories) if matches is not None else ()
    signals = tuple(sorted((*find_signals(store), *hits), key=order))
    findings = detect(store, playbook, stories, context, signals)
    acting = [story for story in stories if not story.background]
    say("assessing coverage")
    coverage = assess_coverage(
        without.store if without else store,
        intake,
        min((story.first for story in acting if story.first), default=None),
        max((story.last for story in acting if story.last), default=None),
        context,
    )
    say("answering questions")
    answers = answer_questions(store, playbook, stories, findings, signals, coverage, context)
    say("deciding")
    live = without.decision.disposition if without else None
    alert = compare(store, read_alert(options.alert_path, options.zone)) if options.alert_path else None
    decision = decide(
        playbook, stories, findings, signals, answers, coverage, context, live, options.triage_start, alert
    )
    say("looking deeper")
    deeper = dive(store, stories, context, lists)
    strip = measure_strip(store, coverage.first, coverage.last, coverage.tamper)
    lineage = find_relatives(store, stories)
    response = prepare_response(playbook, stories, findings, answers, coverage, context, decision)
    return CaseFile(
        playbook=playbook,
        intake=intake,
        coverage=coverage,
        stories=stories,
        findings=findings,
        signals=signals,
        answers=answers,
        decision=decision,
        response=response,
        context=context,
        inputs=inputs,
        version=__version__,
        window=(options.window_from, options.window_to),
        history=history,
        sigma=matches,
        sigma_files=rules.files if rules is not None else 0,
        deep_dive=deeper,
        strip=strip,
        lineage=lineage,
        alert=alert,
    )


def survey_logs(
    paths: Sequence[Path],
    events_dir: Path,
    context: Context,
    *,
    moment: datetime | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[Survey, Intake]:
    """Take logs in and measure what they could show, without looking for anything.

    Args:
        paths: files, folders and archives, mixed.
        events_dir: an empty folder for the event store; nothing in it is needed afterwards.
        context: what the site knows.
        moment: the time whose recording is asked about; the whole of the logs when None.
        jobs: worker processes.
        progress: told in plain words what is being done.

    Raises:
        UsageError: none of the paths exists.
        StoreError: the store does not hold what was loaded.
    """
    say = progress or (lambda _: None)
    say("taking logs in")
    intake = collect(paths, events_dir, IntakeOptions(jobs=jobs), progress)
    store = DuckDBStore.open(events_dir)
    try:
        _check_nothing_lost(store, intake)
        say("measuring coverage")
        return survey(store, intake, _playbook(Options().technique), context, moment), intake
    finally:
        store.close()
