"""Builds the view of a case: the only place where reports decide what to show."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, TypeVar

from magistrate.activity.model import Kind
from magistrate.coverage.model import Proof
from magistrate.decision.model import Disposition
from magistrate.redaction import mask_secrets
from magistrate.report import wording
from magistrate.report.alert_view import alert_sheets
from magistrate.report.ask_view import ask_views, hold_view
from magistrate.report.campaign_view import campaign_sheets
from magistrate.report.coverage_view import coverage_view, intake_view
from magistrate.report.deep_dive_view import deep_dive_sheets
from magistrate.report.heat_view import heat_view
from magistrate.report.lineage_view import lineage_views
from magistrate.report.matrix_view import strip_views
from magistrate.report.plain import plain
from magistrate.report.response_view import card_view, requirement_view, slip_view, step_view
from magistrate.report.sigma_view import sigma_view
from magistrate.report.story_view import answer_view, finding_view, signal_view, story_view
from magistrate.report.view import SCHEMA, HistoryView, RuleView, View, WouldChangeView
from magistrate.response.model import CardState

if TYPE_CHECKING:
    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.history.file import HistoryFile
    from magistrate.report.case_file import CaseFile
    from magistrate.response.model import CardResult

T = TypeVar("T")


def t1047_observed(stories: tuple[Story, ...]) -> bool:
    """Whether WMI was used: any session that is not background and is more than a subscription (T1546.003)."""
    return any(
        not story.background and any(activity.kind is not Kind.SUBSCRIPTION for activity in story.activities)
        for story in stories
    )


def build_view(case: CaseFile) -> View:
    """Turn a case into the one view model; passwords and tokens are masked and counted here."""
    decision = case.decision
    observed = t1047_observed(case.stories)
    deciding = frozenset(decision.deciding)
    stories = _ordered(case, deciding)
    rule = next((item for item in decision.firings if item.rule == decision.rule), None)
    view = View(
        schema=SCHEMA,
        playbook=case.playbook.id,
        technique=case.playbook.technique,
        technique_title=case.playbook.title,
        tactic=case.playbook.tactic,
        sentence=_sentence(case, stories, observed),
        disposition=decision.disposition.value,
        severity=decision.severity,
        severity_reason=decision.severity_reason,
        confidence=decision.confidence,
        rule=decision.rule,
        rule_title=rule.title if rule else "",
        deciding=decision.deciding,
        against=decision.against,
        t1047_observed=observed,
        techniques=_techniques(case, observed),
        unknowns=decision.unknowns,
        request=decision.request,
        deadline_minutes=decision.deadline_minutes,
        would_change=tuple(
            WouldChangeView(item.fact, item.command, item.outcome.value, item.rule, ask_views(item.asks))
            for item in decision.would_change
        ),
        next_actions=_next_actions(case),
        stories=tuple(story_view(story, case.findings, case.coverage.skews) for story in stories),
        findings=tuple(finding_view(item, deciding) for item in case.findings),
        signals=tuple(signal_view(item) for item in case.signals),
        answers=tuple(answer_view(item) for item in case.answers),
        rules=tuple(
            RuleView(item.rule, item.title, item.fired, item.decided, item.facts) for item in decision.firings
        ),
        requirements=tuple(requirement_view(item) for item in case.response.requirements),
        coverage=coverage_view(case.coverage),
        intake=intake_view(case.intake),
        l1_steps=tuple(step_view(item) for item in case.response.l1_steps),
        t2_steps=tuple(step_view(item) for item in case.response.t2_steps),
        containment=tuple(card_view(item) for item in case.response.containment),
        slips=tuple(slip_view(item) for item in case.playbook.slips),
        recovered_ids=tuple(sorted(case.recovered)),
        context=case.context.source,
        history=_history(case.history),
        time_zone=_time_zone(case.context),
        inputs=case.inputs,
        window_from=wording.utc_text(case.window[0]),
        window_to=wording.utc_text(case.window[1]),
        masked_secrets=0,
        version=case.version,
        case_hash="",
        sigma=sigma_view(case.sigma, case.sigma_files),
        sheets=(*alert_sheets(case.alert), *campaign_sheets(case), *deep_dive_sheets(case.deep_dive)),
        lineage=lineage_views(case.lineage),
        strip=strip_views(case.strip),
        heat=heat_view(case.stories, case.history.history if case.history else None, case.context.zone),
        hold=hold_view(decision.hold),
        scope=case.response.scope,
    )
    masked, secrets = _masked(view)
    counted = dataclasses.replace(masked, masked_secrets=secrets)
    return dataclasses.replace(counted, case_hash=case_hash(counted))


def _history(used: HistoryFile | None) -> HistoryView | None:
    if used is None:
        return None
    known = used.history
    return HistoryView(
        name=used.name,
        sha256=used.sha256,
        first=wording.utc_text(known.first),
        last=wording.utc_text(known.last),
        rows=len(known.rows),
        sources=tuple(f"{item.kind} {item.label}: {item.why}" for item in known.sources),
    )


def case_hash(view: View) -> str:
    """SHA-256 of the canonical JSON of a view without its `case_hash`."""
    document = plain(view)
    document.pop("case_hash")
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _ordered(case: CaseFile, deciding: frozenset[str]) -> list[Story]:
    """Sessions that decide first, background last, then in time order."""
    decided = {item.story_id for item in case.findings if item.id in deciding}

    def key(story: Story) -> tuple[bool, bool, str, str]:
        return (story.background, story.id not in decided, wording.utc_text(story.first) or "9", story.id)

    return sorted(case.stories, key=key)


def _sentence(case: CaseFile, stories: list[Story], observed: bool) -> str:
    active = [story for story in stories if not story.background]
    if active:
        more = len(active) - 1
        tail = f" (and {wording.count(more, 'more session')})" if more else ""
        acts = {item.id: item.activity_ids for item in case.findings}
        telling = tuple(name for finding in case.decision.deciding for name in acts.get(finding, ()))
        return wording.story_sentence(active[0], telling) + tail
    span = (wording.utc_text(case.coverage.first), wording.utc_text(case.coverage.last))
    hosts = case.coverage.hosts
    names = dict.fromkeys(item.name for host in hosts for item in host.capabilities)
    proved = {name: all(host.proof(name) is Proof.ON for host in hosts) for name in names}
    said = wording.not_observed_sentence(case.intake.records_loaded, len(hosts), proved, *span)
    background = len(stories)
    tail = f"; {wording.count(background, 'session')} of system background set aside" if background else ""
    return said + tail


def _next_actions(case: CaseFile, limit: int = 3) -> tuple[str, ...]:
    """What to do now: fetch what a held case waits for; contain an incident; then close the gaps."""
    actions = list(case.decision.request)
    if case.decision.disposition is Disposition.ESCALATE_INCIDENT:
        cards = [card for card in case.response.containment if card.state is not CardState.NONE]
        actions += [f"{_about(card)} (plan only, needs {card.approver})" for card in cards]
        del actions[2:]  # leaves room for a gap
    if case.decision.disposition is Disposition.NOT_OBSERVED:  # what was lost may hold what was not seen
        actions += [f"{issue.file}: {issue.hint}" for issue in case.intake.issues if issue.hint]
    actions += [f"get {item.what}: {item.command}" for answer in case.answers for item in answer.missing]
    actions += [f"{item.fact}: {item.command}" for item in case.decision.would_change]
    return tuple(dict.fromkeys(actions))[:limit]


def _about(card: CardResult) -> str:
    """What to do and to what, the latter once."""
    return card.title if not card.about or card.about in card.title else f"{card.title}: {card.about}"


def _techniques(case: CaseFile, observed: bool) -> tuple[str, ...]:
    linked = {name for item in case.findings for name in item.techniques} - {case.playbook.technique}
    own = (case.playbook.technique,) if observed else ()
    return own + tuple(sorted(linked))


def _time_zone(context: Context) -> str:
    zone = (
        f"site zone {context.zone}"
        if context.zone
        else "site zone not given, so working hours are not judged"
    )
    return f"All times UTC; {zone}"


def _masked(value: T) -> tuple[T, int]:
    """A copy with every secret masked, in any text at any depth, and how many places that were."""
    if isinstance(value, str):
        return mask_secrets(value)  # type: ignore[return-value]  # T is str here
    if isinstance(value, tuple):
        pairs = [_masked(item) for item in value]
        return tuple(item for item, _ in pairs), sum(number for _, number in pairs)  # type: ignore[return-value]  # T is a tuple here
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _masked(getattr(value, field.name)) for field in dataclasses.fields(value)}
        copy = dataclasses.replace(value, **{name: item for name, (item, _) in fields.items()})
        return copy, sum(number for _, number in fields.values())
    return value, 0
