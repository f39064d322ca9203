"""Stories, findings, signals and answers as views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.plain import QuotedField
from magistrate.report.story_clock import clock_statements
from magistrate.report.view import (
    AccountView,
    AnswerView,
    CandidateView,
    EvidenceView,
    FindingView,
    MissingView,
    ProcessView,
    ScanView,
    SignalView,
    SourceTraceView,
    StoryView,
)
from magistrate.report.wording import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Account, Activity, SourceTrace, Story
    from magistrate.answers.answer import Answer, Scan
    from magistrate.coverage.model import Skew
    from magistrate.detections.finding import Finding
    from magistrate.detections.signals import Signal
    from magistrate.events.evidence import Evidence

_SPEAKING = 12  # a shorter value, such as a host, can stand in a statement by chance
# Fields that say what was done; a record without one only says who was logged on. First = most telling.
_DEEDS = (
    "DestinationIp",
    "CommandLine",
    "ScriptBlockText",
    "Payload",
    "Query",
    "TargetFilename",
    "ServiceFileName",
    "TaskContent",
)
_DEED_RANK = {name: rank for rank, name in enumerate(_DEEDS)}
# Acts and records listed for one story; every one of them is counted and stays in the case folder.
LISTED = 200


def evidence_views(items: Iterable[Evidence]) -> tuple[EvidenceView, ...]:
    """Pointers without repeats, in time order; one record keeps the union of its quoted fields."""
    quoted: dict[str, dict[str, str]] = {}
    first: dict[str, Evidence] = {}
    for item in items:
        first.setdefault(item.evidence_id, item)
        quoted.setdefault(item.evidence_id, {}).update(item.quoted)
    ordered = sorted(first.values(), key=lambda item: (utc_text(item.utc) or "", item.evidence_id))
    return tuple(
        EvidenceView(
            id=item.evidence_id,
            host=item.host,
            utc=utc_text(item.utc),
            channel=item.channel,
            event_id=item.event_id,
            record_id=item.record_id,
            file=item.file,
            quoted=tuple(QuotedField(*pair) for pair in sorted(quoted[item.evidence_id].items())),
        )
        for item in ordered
    )


def _account(account: Account | None) -> AccountView | None:
    if account is None:
        return None
    logon_id = None if account.logon_id is None else f"{account.logon_id:#x}"
    return AccountView(account.name, account.sid, logon_id)


def _ids(items: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(sorted({item.evidence_id for item in items}))


def _process(activity: Activity) -> ProcessView:
    return ProcessView(
        id=activity.id,
        utc=utc_text(activity.utc),
        host=activity.host,
        kind=activity.kind.value,
        operation=activity.operation,
        image=activity.image,
        command=activity.command,
        decoded=activity.decoded,
        parent=activity.parent,
        process_id=activity.process_id,
        targets=activity.targets,
        background=activity.background,
        evidence_ids=_ids(activity.evidence),
    )


def _trace(trace: SourceTrace) -> SourceTraceView:
    return SourceTraceView(
        host=trace.host,
        image=trace.image,
        process_id=trace.process_id,
        account=trace.account,
        port=trace.port,
        how=trace.how,
        evidence_ids=_ids(trace.evidence),
    )


def _listed_first(story: Story, cited: frozenset[str]) -> list[Activity]:
    """The acts to list: those that findings cite come first when not all fit; shown in time order."""
    ranked = sorted(
        story.activities, key=lambda item: (item.id not in cited, utc_text(item.utc) or "", item.id)
    )
    return sorted(ranked[:LISTED], key=lambda item: (utc_text(item.utc) or "", item.id))


def _weight(finding: Finding) -> tuple[int, str]:
    return ("DSWM".index(finding.tier.value), finding.code)


def story_view(story: Story, findings: tuple[Finding, ...], skews: tuple[Skew, ...] = ()) -> StoryView:
    """One session as a view, with the findings that rest on it and what the clocks of its hosts allow to say."""
    own = tuple(item for item in findings if item.story_id == story.id)
    listed = _listed_first(story, frozenset(name for item in own for name in item.activity_ids))
    evidence = [item for activity in listed for item in activity.evidence]
    evidence += [item for trace in story.source_traces for item in trace.evidence]
    evidence += story.identity.evidence
    identity = story.identity
    telling = tuple(name for item in sorted(own, key=_weight) for name in item.activity_ids)
    host = wording.listing(story.target_hosts, empty="an unknown host")
    return StoryView(
        id=story.id,
        class_=story.origin.value,
        sentence=wording.story_sentence(story, telling),
        background=story.background,
        methods=story.methods,
        account=_account(story.account),
        identity_sentence=wording.identity_sentence(identity, host),
        join=identity.join.value,
        identity_confidence=identity.confidence.value,
        logon_type=identity.logon_type,
        package=identity.package,
        admin=identity.admin,
        source_ip=story.source_ip,
        source_host=story.source_host,
        source_how=identity.source_how,
        target_hosts=story.target_hosts,
        transport=story.transport,
        first=utc_text(story.first),
        last=utc_text(story.last),
        session_opened=story.session_opened,
        acts=len(story.activities),
        kinds=tuple(sorted({activity.kind.value for activity in story.activities})),
        processes=tuple(_process(activity) for activity in listed),
        source_traces=tuple(_trace(trace) for trace in story.source_traces),
        candidates=tuple(
            CandidateView(item.account, item.source_ip, item.package, item.gap_ms, item.evidence_id)
            for item in identity.candidates
        ),
        finding_ids=tuple(item.id for item in own),
        evidence=evidence_views(evidence),
        clocks=clock_statements(story, skews),
    )


def finding_view(finding: Finding, deciding: frozenset[str]) -> FindingView:
    """One finding as a view."""
    return FindingView(
        id=finding.id,
        code=finding.code,
        tier=finding.tier.value,
        family=finding.family,
        title=finding.title,
        statement=finding.statement,
        host=finding.host,
        utc=utc_text(finding.utc),
        story_id=finding.story_id,
        account=finding.account,
        source=finding.source,
        techniques=finding.techniques,
        deciding=finding.id in deciding,
        scoped=finding.scoped,
        waivable=finding.waivable,
        excused_by=finding.excused_by,
        log_sources=finding.sources,
        evidence=_speaking_first(evidence_views(finding.evidence), finding.statement),
    )


def _speaking_first(evidence: tuple[EvidenceView, ...], statement: str) -> tuple[EvidenceView, ...]:
    """The most telling records first, equal ones in time order.

    A record whose deed the statement quotes tells most (the outside address of a connection, then the command, the
    longer the better); then one with a deed at all; a logon alone comes last.
    """

    def rank(item: EvidenceView) -> tuple[int, int, int]:
        deeds = [(_DEED_RANK[pair.field], pair.value) for pair in item.quoted if pair.field in _DEED_RANK]
        spoken = [
            (number, -len(value)) for number, value in deeds if len(value) >= _SPEAKING and value in statement
        ]
        first = min((number for number, _ in deeds), default=len(_DEEDS))
        return *min(spoken, default=(len(_DEEDS), 0)), first

    return tuple(sorted(evidence, key=rank))


def answer_view(answer: Answer) -> AnswerView:
    """One answer as a view."""
    return AnswerView(
        id=answer.id,
        question=answer.question,
        state=answer.state.value,
        confidence=answer.confidence.value,
        text=answer.text,
        pattern=answer.pattern,
        finding_ids=answer.finding_ids,
        anchors_met=answer.anchors_met,
        limits=answer.limits,
        missing=tuple(MissingView(item.what, item.command) for item in answer.missing),
        flips_if=answer.flips_if,
        evidence=evidence_views(answer.evidence),
        scan=_scan_view(answer.scan) if answer.scan else None,
    )


def _scan_view(scan: Scan) -> ScanView:
    return ScanView(scan.queries, utc_text(scan.since), utc_text(scan.until), scan.hosts, scan.events)


def signal_view(signal: Signal) -> SignalView:
    """One signal as a view."""
    return SignalView(
        id=signal.id,
        rule=signal.rule,
        title=signal.title,
        statement=signal.statement,
        level=signal.level.value,
        technique=signal.technique,
        tactic=signal.tactic,
        host=signal.host,
        first=utc_text(signal.utc),
        last=utc_text(signal.last),
        account=signal.account,
        source_ip=signal.source_ip,
        count=signal.count,
        evidence=evidence_views(signal.evidence),
        source=signal.source.value,
    )
