"""Decides a case: situation, facts, rules, severity, confidence, and what would change the outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magistrate.activity.model import Confidence
from magistrate.decision.alert import contradictions, unseen_asks, unseen_record
from magistrate.decision.facts import FactTable, establish_facts, values
from magistrate.decision.gate import check_consistency
from magistrate.decision.hold import hold_case, request_lines
from magistrate.decision.model import Decision, Disposition, RuleFiring
from magistrate.decision.recovered import carried_by_recovered
from magistrate.decision.requests import collect_uncovered, collect_unknowns
from magistrate.decision.rules import Verdict, evaluate, is_close, is_escalation, rule_facts
from magistrate.decision.severity import assess_severity
from magistrate.decision.situation import IdentityState, Situation, describe_situation
from magistrate.decision.would_change import find_changes
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magistrate.activity.model import Story
    from magistrate.answers.answer import Answer
    from magistrate.claims.model import Comparison
    from magistrate.context.model import Context
    from magistrate.coverage.model import Coverage
    from magistrate.detections.finding import Finding
    from magistrate.playbooks.model import Playbook

_RANK = {Confidence.HIGH: 2, Confidence.MODERATE: 1, Confidence.LOW: 0}


def decide(
    playbook: Playbook,
    stories: Sequence[Story],
    findings: Sequence[Finding],
    signals: Sequence[object],
    answers: Sequence[Answer],
    coverage: Coverage,
    context: Context,
    live: Disposition | None = None,
    started: datetime | None = None,
    alert: Comparison | None = None,
) -> Decision:
    """Decide what to do with the case, by the first rule of the playbook that fires.

    Args:
        playbook: holds the rule table and the words for each fact.
        stories: every story, background included.
        findings: every finding, mitigating ones included.
        signals: what else was seen. They decide through Q3, E2 and the findings, never by themselves.
        answers: Q1 to Q4 and E1 to E4.
        coverage: what each host's logs can show.
        context: what the site knows.
        live: outcome of the same case without the records recovered from slack; None when it holds none.
        started: when triage began; a deadline is counted from it. None when nobody said.
        alert: what the alert claimed, beside its record; None when no alert was given.

    Returns:
        The decision with every rule that was looked at and its facts.

    Raises:
        RuntimeError: the rule table has a hole, or the outcome contradicts the answers. Both are defects of ours.
    """
    del signals
    situation = describe_situation(
        playbook, tuple(stories), tuple(findings), tuple(answers), coverage, context
    )
    situation = replace(
        situation,
        raw_contradicts=contradictions(alert, stories, findings, coverage),
        alert_unseen=unseen_record(alert),
        alert_asks=unseen_asks(alert),
    )
    table = establish_facts(situation)
    verdict = evaluate(playbook, values(table))
    if live is not None and (alone := carried_by_recovered(verdict.disposition, live)):
        situation = replace(situation, recovered_alone=alone)
        table = establish_facts(situation)
        verdict = evaluate(playbook, values(table))
    severity, reason = assess_severity(playbook, values(table), verdict.disposition)
    unseen = verdict.disposition is Disposition.NOT_OBSERVED
    uncovered = collect_uncovered(coverage) if unseen else ()
    if unseen:
        confidence, confidence_reason = _confidence_of_absence(coverage, uncovered)
    else:
        confidence, confidence_reason = _confidence(situation, table, verdict, findings)
    hold = hold_case(verdict, situation, answers, started)
    decision = Decision(
        disposition=verdict.disposition,
        severity=severity,
        severity_reason=reason,
        confidence=confidence.value,
        rule=verdict.rule,
        deciding=_deciding(playbook, table, verdict),
        against=tuple(item.id for item in situation.findings if item.tier is Tier.MITIGATING),
        firings=_firings(playbook, table, verdict),
        unknowns=tuple(dict.fromkeys((*collect_unknowns(situation, answers), *uncovered))),
        would_change=find_changes(playbook, situation, verdict),
        request=request_lines(hold.asks) if hold else (),
        deadline_minutes=verdict.deadline_minutes,
        confidence_reason=confidence_reason,
        hold=hold,
    )
    check_consistency(decision, situation)
    return decision


def _firings(playbook: Playbook, table: FactTable, verdict: Verdict) -> tuple[RuleFiring, ...]:
    return tuple(
        RuleFiring(
            rule=rule.id,
            title=rule.title,
            fired=rule.id in verdict.fired,
            decided=rule.id == verdict.rule,
            facts=tuple(_sentence(playbook, table, name) for name in rule_facts(rule)),
        )
        for rule in playbook.rules
    )


def _sentence(playbook: Playbook, table: FactTable, name: str) -> str:
    fact = table[name]
    what = playbook.facts.get(name, name).rstrip()
    because = f" [{'; '.join(fact.because)}]" if fact.because else ""
    return f"{'yes' if fact.value else 'no'}: {what}{because}"


def _deciding(playbook: Playbook, table: FactTable, verdict: Verdict) -> tuple[str, ...]:
    """Ids of the findings that the deciding rule rests on, in the order of its facts."""
    if not is_escalation(verdict.disposition) and verdict.disposition is not Disposition.CLOSE_TEST:
        return ()
    rule = next(rule for rule in playbook.rules if rule.id == verdict.rule)
    ids = [
        found
        for name in rule_facts(rule)
        if table[name].value and name != "mitigating_two_with_anchor"
        for found in table[name].finding_ids
    ]
    return tuple(dict.fromkeys(ids))


def _confidence_of_absence(coverage: Coverage, uncovered: Sequence[str]) -> tuple[Confidence, str]:
    """How sure it is that nothing was there: as sure as the poorest host's logs could have shown it."""
    if uncovered:
        return Confidence.LOW, "not observed, not covered: what the logs could not have shown is listed"
    if all(host.grade == "A" for host in coverage.hosts):
        return Confidence.HIGH, "not observed, coverage proved on every host"
    return (
        Confidence.MODERATE,
        "not observed, with process, command line and logon records but not all others",
    )


def _confidence(
    situation: Situation, table: FactTable, verdict: Verdict, findings: Sequence[Finding]
) -> tuple[Confidence, str]:
    """How sure the decision is, with the reason (triage practice 2.0)."""
    if verdict.disposition is Disposition.HOLD_DATA:
        return Confidence.LOW, "data that the rules need is missing"
    if verdict.disposition is Disposition.CLOSE_FALSE:
        return Confidence.HIGH, "the very record says otherwise, and the logs of its host show all"
    if is_close(verdict.disposition):
        weakest = min(
            (story.confidence for story in situation.stories), key=_RANK.__getitem__, default=Confidence.LOW
        )
        return weakest, "the weakest join of actor and source decides"
    deciding = {name for fact in table.values() if fact.value for name in fact.finding_ids}
    strong = [f for f in findings if f.id in deciding and f.tier in (Tier.DECISIVE, Tier.STRONG)]
    channels = {(item.channel, item.host) for finding in strong for item in finding.evidence}
    known = [story for story in situation.stories if story.identity is IdentityState.GOOD]
    surest = max((story.confidence for story in known), key=_RANK.__getitem__, default=Confidence.LOW)
    if situation.tamper and not strong:
        return Confidence.LOW, "log records are missing around the activity"
    if len(channels) >= 2 or (strong and surest is Confidence.HIGH):
        return Confidence.HIGH, "two sources agree, or actor and source are joined by an exact key"
    if strong or known:
        return Confidence.MODERATE, "one source, or a join by time with one candidate"
    return Confidence.LOW, "the actor is not settled and no strong finding stands beside it"
