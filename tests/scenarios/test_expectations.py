"""Every scenario is investigated as an analyst would do it, and judged as its author expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.scenarios.shared import NAMES, SCENARIOS

from magistrate.activity.model import Join
from scenario_writer.scenario import load_scenario

if TYPE_CHECKING:
    from magistrate.report.case_file import CaseFile

pytestmark = pytest.mark.xdist_group("scenarios")


@pytest.mark.parametrize("name", NAMES)
def test_case_is_judged_as_its_author_expects(name, investigated):
    expect = load_scenario(SCENARIOS / "cases" / f"{name}.yml").expect

    assert differences(expect, investigated(name).case) == []


def differences(expect: dict[str, Any], result: CaseFile) -> list[str]:
    """What differs from the expectation, in words; empty when all holds."""
    found = [text for key, wanted in expect.items() for text in CHECKS[key](wanted, result)]
    return [*found, f"(decided: {summary(result)})"] if found else []


def summary(result: CaseFile) -> str:
    """The decision on one line, to explain a difference."""
    codes = sorted({f.code + ("*" if f.excused_by else "") for f in result.findings})
    answers = " ".join(f"{a.id}={a.state}" for a in result.answers)
    decision = result.decision
    return f"{decision.disposition} by {decision.rule} {decision.severity}; {' '.join(codes)}; {answers}"


def _check_observed(wanted: bool, result: CaseFile) -> list[str]:
    observed = result.decision.disposition != "NOT-OBSERVED"
    return [] if observed == wanted else [f"T1047 observed: {observed}"]


def _check_disposition(wanted: str | list[str], result: CaseFile) -> list[str]:
    allowed = [wanted] if isinstance(wanted, str) else wanted
    disposition = str(result.decision.disposition)
    return [] if disposition in allowed else [f"{disposition} is not {' or '.join(allowed)}"]


def _check_not_disposition(unwanted: list[str], result: CaseFile) -> list[str]:
    disposition = str(result.decision.disposition)
    return [f"{disposition} must not be"] if disposition in unwanted else []


def _check_rules(wanted: list[str], result: CaseFile) -> list[str]:
    rule = result.decision.rule
    return [] if rule in wanted else [f"rule {rule} is not {' or '.join(wanted)}"]


def _check_severity(wanted: str, result: CaseFile) -> list[str]:
    severity = result.decision.severity
    return [] if severity == wanted else [f"severity {severity} is not {wanted}"]


def _check_findings(wanted: list[str], result: CaseFile) -> list[str]:
    codes = {finding.code for finding in result.findings}
    return [f"no finding {code}" for code in wanted if code not in codes]


def _check_no_findings(unwanted: list[str], result: CaseFile) -> list[str]:
    return [f"finding {f.code} on {f.host}: {f.statement}" for f in result.findings if f.code in unwanted]


def _check_excused(wanted: list[str], result: CaseFile) -> list[str]:
    kept = {finding.code for finding in result.findings if not finding.excused_by}
    excused = {finding.code for finding in result.findings if finding.excused_by}
    return [f"{code} is not excused" for code in wanted if code in kept or code not in excused]


def _check_scoped(wanted: list[str], result: CaseFile) -> list[str]:
    return [f"{f.code} is not scoped" for f in result.findings if f.code in wanted and not f.scoped]


def _check_answers(wanted: dict[str, str], result: CaseFile) -> list[str]:
    states = {answer.id: str(answer.state) for answer in result.answers}
    return [
        f"{key} is {states.get(key)}, not {state}"
        for key, state in wanted.items()
        if states.get(key) != state
    ]


def _check_source(wanted: str, result: CaseFile) -> list[str]:
    seen = {story.source_ip for story in result.stories}
    return [] if wanted in seen else [f"source {wanted} is not among {sorted(map(str, seen))}"]


def _check_no_source(unwanted: list[str], result: CaseFile) -> list[str]:
    stories = [story for story in result.stories if not story.background]
    return [f"source {story.source_ip} of {story.id}" for story in stories if story.source_ip in unwanted]


def _check_account(wanted: str, result: CaseFile) -> list[str]:
    seen = {story.account.name.lower() for story in result.stories if story.account}
    return [] if wanted.lower() in seen else [f"account {wanted} is not among {sorted(seen)}"]


def _check_target(wanted: str, result: CaseFile) -> list[str]:
    seen = {host for story in result.stories for host in story.target_hosts}
    return [] if wanted in seen else [f"target {wanted} is not among {sorted(seen)}"]


def _check_transport(wanted: str, result: CaseFile) -> list[str]:
    seen = {str(story.transport) for story in result.stories}
    return [] if wanted in seen else [f"transport {wanted} is not among {sorted(seen)}"]


def _check_conflict(wanted: bool, result: CaseFile) -> list[str]:
    ambiguous = any(story.identity.join is Join.AMBIGUOUS for story in result.stories)
    return [] if ambiguous == wanted else [f"ambiguous identity: {ambiguous}"]


CHECKS = {
    "t1047": _check_observed,
    "disposition": _check_disposition,
    "not_disposition": _check_not_disposition,
    "rules": _check_rules,
    "severity": _check_severity,
    "must_findings": _check_findings,
    "must_not_findings": _check_no_findings,
    "excused": _check_excused,
    "scoped": _check_scoped,
    "answers": _check_answers,
    "source_ip": _check_source,
    "not_source": _check_no_source,
    "account": _check_account,
    "target": _check_target,
    "transport": _check_transport,
    "conflict": _check_conflict,
}
