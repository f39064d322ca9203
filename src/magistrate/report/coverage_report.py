"""The view of `magistrate coverage`: what a set of logs could show, without a verdict.

Every field is text, a number, a truth value or a tuple of these; `magistrate.report.plain` turns it into JSON
without loss. Times are UTC in ISO 8601 with microseconds and `Z`. Field names are part of the published schema
`magistrate.coverage/1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.coverage.model import Readiness
from magistrate.report.coverage_view import CoverageView, IntakeView, coverage_view, intake_view
from magistrate.report.matrix_view import StripView, strip_views
from magistrate.report.wording import utc_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.coverage.questions import HostAnswer, QuestionReadiness
    from magistrate.coverage.survey import Survey
    from magistrate.sources.base import Intake

COVERAGE_SCHEMA = "magistrate.coverage/1"


@dataclass(frozen=True, slots=True)
class HostAnswerView:
    """Whether one host's logs could answer one question, with the capabilities that lack."""

    host: str
    can_say_yes: bool
    can_say_no: bool
    lacking_yes: tuple[str, ...]
    lacking_no: tuple[str, ...]
    short_days: float


@dataclass(frozen=True, slots=True)
class OpenerView:
    """What would settle a question, and how to get it."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class NeedView:
    """One set of capabilities."""

    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """What one question needs and which hosts could answer it."""

    code: str
    title: str
    question: str
    needs_yes: tuple[NeedView, ...]
    needs_no: tuple[str, ...]
    hosts: tuple[HostAnswerView, ...]
    limits: tuple[str, ...]
    opens: tuple[OpenerView, ...]


@dataclass(frozen=True, slots=True)
class RequestView:
    """What to do on a set of hosts: commands to collect, commands to turn on, elements for Sysmon, things to ask."""

    hosts: tuple[str, ...]
    collect: tuple[str, ...]
    turn_on: tuple[str, ...]
    sysmon: tuple[str, ...]
    ask: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """What a set of logs could show."""

    schema: str
    inputs: tuple[str, ...]
    moment: str | None
    coverage: CoverageView
    strip: tuple[StripView, ...]
    questions: tuple[QuestionView, ...]
    requests: tuple[RequestView, ...]
    intake: IntakeView
    context: str | None
    version: str

    def titles(self) -> dict[str, str]:
        """Title of each capability by its name."""
        return {
            item.name: item.title
            for host in self.coverage.hosts
            for item in (*host.capabilities, *host.further)
        }


def build_coverage_report(
    found: Survey, intake: Intake, inputs: Sequence[str], context: str | None, version: str
) -> CoverageReport:
    """Turn a survey into the view that every format shows."""
    return CoverageReport(
        schema=COVERAGE_SCHEMA,
        inputs=tuple(sorted(inputs)),
        moment=utc_text(found.moment),
        coverage=coverage_view(found.coverage, settings=True),
        strip=strip_views(found.strip),
        questions=tuple(_question(item) for item in found.questions),
        requests=tuple(
            RequestView(item.hosts, item.collect, item.turn_on, item.sysmon, item.ask, item.why)
            for item in found.requests
        ),
        intake=intake_view(intake),
        context=context,
        version=version,
    )


def _question(item: QuestionReadiness) -> QuestionView:
    return QuestionView(
        code=item.code,
        title=item.title,
        question=item.question,
        needs_yes=tuple(NeedView(names) for names in item.needs_yes),
        needs_no=item.needs_no,
        hosts=tuple(_host_answer(host) for host in item.hosts),
        limits=item.limits,
        opens=tuple(
            OpenerView(" ".join(row.what.split()), " ".join(row.command.split())) for row in item.opens
        ),
    )


def _host_answer(item: HostAnswer) -> HostAnswerView:
    return HostAnswerView(
        item.host, item.can_say_yes, item.can_say_no, item.lacking_yes, item.lacking_no, item.short_days
    )


READINESS_WORDS = {
    Readiness.READY.value: "Ready",
    Readiness.CONDITIONAL.value: "Conditional",
    Readiness.BLOCKED.value: "Blocked",
    Readiness.NOT_APPLICABLE.value: "Not applicable",
}
READINESS_SIGNS = {
    Readiness.READY.value: "✓",
    Readiness.CONDITIONAL.value: "◐",
    Readiness.BLOCKED.value: "✕",
    Readiness.NOT_APPLICABLE.value: "-",
}
