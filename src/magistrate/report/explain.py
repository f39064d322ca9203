"""How a verdict came about, step by step down to records: read from `verdict.json`, against the playbook.

Nothing is decided again here: what is told is what the case recorded when it was decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magistrate.errors import UsageError
from magistrate.playbooks.model import AllOf, AnyOf, Not

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from magistrate.playbooks.model import Condition, Indicator, Playbook

    NearMiss = Callable[[Indicator], tuple[str, ...]]

Verdict = dict[str, Any]
ANCHORS = ("M1", "M2+M3", "M4", "M5", "M6/M7")
"""What can carry Q1 (triage practice 2.8)."""
MOST_RECORDS = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: what it says, the lines that support it, and the steps that it rests on."""

    title: str
    lines: tuple[str, ...] = ()
    rests_on: tuple[Step, ...] = ()


def explain(verdict: Verdict, playbook: Playbook, item: str | None, near_miss: NearMiss) -> Step:
    """Explain the decision of a case, or one answer, rule or finding of it.

    Args:
        verdict: the content of `verdict.json`.
        playbook: words of conditions and indicators.
        item: Q1 to Q4, E1 to E4, a rule (R5, N0), a finding by id or code (D2); None for the whole chain.
        near_miss: tells from the records of the case why an indicator yielded nothing.

    Raises:
        UsageError: nothing of the case has this name.
    """
    if item is None:
        return _decision(verdict, playbook)
    name = item.strip()
    code = name.upper()
    if any(answer["id"] == code for answer in verdict["answers"]):
        return _answer(verdict, playbook, code)
    if any(rule["rule"] == code for rule in verdict["rules"]):
        return _rule(verdict, playbook, code)
    hits = [f for f in verdict["findings"] if name.lower() == f["id"].lower() or f["code"] == code]
    if hits:
        return Step(
            f"{len(hits)} finding(s) of {hits[0]['code']}", (), tuple(_finding(f, playbook) for f in hits)
        )
    indicators = [one for one in playbook.indicators if one.code == code]
    if indicators:
        return _no_finding(indicators, near_miss)
    known = [*(a["id"] for a in verdict["answers"]), *(r["rule"] for r in verdict["rules"])]
    raise UsageError(
        "nothing of this case has that name.",
        location=name,
        hint=f"Name one of {', '.join(known)}, a code such as D2 or the id of a finding.",
    )


def _decision(verdict: Verdict, playbook: Playbook) -> Step:
    """Decision, the rule that made it, the answers and findings it rests on, their records."""
    deciding = [f for f in verdict["findings"] if f["id"] in verdict["deciding"]]
    rests_on = [_rule(verdict, playbook, verdict["rule"]), *(_finding(f, playbook) for f in deciding)]
    if not deciding:  # then answers carry it, and each is told in full
        rests_on += [_answer(verdict, playbook, answer["id"]) for answer in verdict["answers"]]
    severity = f" {verdict['severity']}: {verdict['severity_reason']}" if verdict["severity"] else ""
    lines = [verdict["sentence"], f"confidence {verdict['confidence']}{severity}"]
    lines += [f"not known: {text}" for text in verdict["unknowns"]]
    if verdict.get("hold"):
        lines.append(f"held {verdict['hold']['text']}")
    for change in verdict["would_change"]:
        by = f" by {change['rule']}" if change.get("rule") else ""
        lines.append(f"would change it: {change['fact']}: then {change['outcome']}{by}")
    return Step(f"{verdict['disposition']} by {verdict['rule']}", tuple(lines), tuple(rests_on))


def condition_text(condition: Condition) -> str:
    """A tree of all, any and not as one line."""
    if isinstance(condition, AllOf):
        return "(" + " and ".join(condition_text(part) for part in condition.all) + ")"
    if isinstance(condition, AnyOf):
        return "(" + " or ".join(condition_text(part) for part in condition.any) + ")"
    if isinstance(condition, Not):
        return f"not {condition_text(condition.negated)}"
    return condition


def _rule(verdict: Verdict, playbook: Playbook, code: str) -> Step:
    """A rule: condition, facts with their values, outcome; and why the rules before it did not decide."""
    recorded = next(item for item in verdict["rules"] if item["rule"] == code)
    rule = next((item for item in playbook.rules if item.id == code), None)
    state = (
        "decided" if recorded["decided"] else "held, did not decide" if recorded["fired"] else "did not hold"
    )
    lines = []
    if rule is not None:
        lines += [rule.text, f"condition: {condition_text(rule.when)}"]
        lines += [
            f"outcome: {then.disposition}{f' when {condition_text(then.when)}' if then.when is not None else ''}"
            for then in rule.then
        ]
        if rule.effect == "forbid_close":
            lines.append("outcome: none of its own; no CLOSE may be taken while it holds")
    lines += [f"fact {fact}" for fact in recorded["facts"]]
    earlier = []
    for other in verdict["rules"]:
        if other["rule"] == code:
            break
        earlier.append(f"{other['rule']} {other['title']}: {_why_not(other, playbook)}")
    before = (Step("rules before it", tuple(earlier)),) if earlier else ()
    return Step(f"{code} {recorded['title']}: {state}", tuple(lines), before)


def _why_not(rule: Mapping[str, Any], playbook: Playbook) -> str:
    """Why a rule did not decide: its condition did not hold, or it has no outcome that may be taken."""
    if rule["decided"]:
        return "decided"
    if rule["fired"]:
        known = next((item for item in playbook.rules if item.id == rule["rule"]), None)
        only_forbids = known is not None and known.effect == "forbid_close"
        return (
            "held; it only forbids to close"
            if only_forbids
            else "held; a rule before it decided, or no outcome fits"
        )
    return "did not hold: " + "; ".join(rule["facts"])


def _answer(verdict: Verdict, playbook: Playbook, code: str) -> Step:
    """An answer: inputs, anchors met and failed, coverage proofs, findings and records."""
    answer = next(item for item in verdict["answers"] if item["id"] == code)
    question = playbook.question(code)
    lines = [answer["question"], answer["text"], f"inputs: {'; '.join(question.inputs)}"]
    if code == "Q1":
        failed = [name for name in ANCHORS if name not in answer["anchors_met"]]
        lines.append(
            f"anchors met: {', '.join(answer['anchors_met']) or 'none'}; failed: {', '.join(failed) or 'none'}"
        )
    lines += [f"limit: {text}" for text in answer["limits"]]
    if answer.get("scan"):
        lines.append(f"searched by: {', '.join(answer['scan']['queries'])}")
    lines += [f"missing: {item['what']}: {item['command']}" for item in answer["missing"]]
    lines.append(f"would flip if: {answer['flips_if']}")
    found = [f for f in verdict["findings"] if f["id"] in answer["finding_ids"]]
    rests_on = [
        _coverage(verdict),
        *(Step(f"finding {f['code']} {f['id']}", (f["statement"],)) for f in found),
        Step("records", tuple(_records(answer["evidence"]))),
    ]
    pattern = f" ({answer['pattern']})" if answer["pattern"] else ""
    return Step(
        f"{code} {answer['state']}{pattern}, confidence {answer['confidence']}", tuple(lines), tuple(rests_on)
    )


def _coverage(verdict: Verdict) -> Step:
    """What each host of the stories recorded, with the records that prove it."""
    wanted = {name for story in verdict["stories"] for name in story["target_hosts"]}
    wanted |= {story["source_host"] for story in verdict["stories"] if story["source_host"]}
    hosts = [host for host in verdict["coverage"]["hosts"] if host["host"] in wanted or not wanted]
    lines = []
    for host in hosts:
        lines.append(f"{host['host']} grade {host['grade']}: {host['grade_reason']}")
        lines += [
            f"{host['host']} {item['name']} {item['proof']}: {item['reason']}"
            + (f" [{', '.join(item['evidence_ids'][:2])}]" if item["evidence_ids"] else "")
            for item in host["capabilities"]
        ]
    return Step("coverage", tuple(lines or ["no host of the stories is in the case"]))


def _finding(finding: Mapping[str, Any], playbook: Playbook) -> Step:
    """A finding: the condition of its indicator, what it says, quoted fields and records."""
    lines = [finding["statement"]]
    for indicator in (one for one in playbook.indicators if one.code == finding["code"]):
        lines += _condition(indicator)
    if finding["excused_by"]:
        lines.append(f"excused by register entry {finding['excused_by']}")
    lines.append(
        "may be excused by the register" if finding["waivable"] else "no register entry may excuse it"
    )
    where = f"{finding['code']} {finding['title']} ({finding['id']})"
    return Step(where, tuple(lines), (Step("records", tuple(_records(finding["evidence"]))),))


def _condition(indicator: Indicator) -> list[str]:
    lines = [f"condition: {indicator.description}"]
    lines += [
        f"number {name}: {item.value} {item.unit} ({item.origin})"
        for name, item in indicator.parameters.items()
    ]
    return lines


def _no_finding(indicators: Iterable[Indicator], near_miss: NearMiss) -> Step:
    """Why indicators yielded nothing, each for itself."""
    steps = tuple(
        Step(
            f"{one.code} {one.title}: no finding",
            (*_condition(one), *near_miss(one), *(f"not covered: {text}" for text in one.not_covered)),
        )
        for one in indicators
    )
    return steps[0] if len(steps) == 1 else Step(f"{len(steps)} indicators, no finding", (), steps)


def _records(evidence: Iterable[Mapping[str, Any]]) -> list[str]:
    items = list(evidence)
    lines = [
        f"{item['id']} {item['utc'] or 'no time'} {item['channel']} {item['event_id']} record {item['record_id']} "
        f"on {item['host']} in {item['file']}"
        + "".join(f"; {quoted['field']}={quoted['value']}" for quoted in item["quoted"])
        for item in items[:MOST_RECORDS]
    ]
    if len(items) > MOST_RECORDS:
        lines.append(f"and {len(items) - MOST_RECORDS} more, see verdict.json")
    return lines or ["no record is cited"]
