"""Which questions of the playbook these logs could answer, before anything has happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.coverage.model import Capability, Coverage, HostCoverage, Readiness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.playbooks.model import MissingRequest, Playbook, Question
    from magistrate.playbooks.recording import RecordingNeeds

_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """Whether one host's logs could answer one question, and what keeps them from it.

    `lacking_yes` and `lacking_no` are names of capabilities; `short_days` is how much history is missing.
    """

    host: str
    can_say_yes: bool
    can_say_no: bool
    lacking_yes: tuple[str, ...] = ()
    lacking_no: tuple[str, ...] = ()
    short_days: float = 0.0


@dataclass(frozen=True, slots=True)
class QuestionReadiness:
    """What one question needs and which hosts could answer it.

    `needs_yes` are sets of capabilities of which one is enough, `needs_no` are all that NO needs. `limits` are
    sentences on what no setting of these hosts opens. `opens` are the playbook's own requests.
    """

    code: str
    title: str
    question: str
    needs_yes: tuple[tuple[str, ...], ...]
    needs_no: tuple[str, ...]
    hosts: tuple[HostAnswer, ...]
    limits: tuple[str, ...]
    opens: tuple[MissingRequest, ...]


def judge_questions(playbook: Playbook, coverage: Coverage) -> tuple[QuestionReadiness, ...]:
    """Judge every question and escalation decision of a playbook on every host.

    A YES needs one set of capabilities recorded at least in part, a NO needs all of its capabilities proved. A
    question without `recording` in its file is left out.
    """
    questions = (*playbook.questions, *playbook.decisions)
    return tuple(
        _judge(question, question.recording, coverage)
        for question in questions
        if question.recording is not None
    )


def _judge(question: Question, needs: RecordingNeeds, coverage: Coverage) -> QuestionReadiness:
    days = _days_needed(question, needs)
    hosts = tuple(_host(host, needs, days) for host in coverage.hosts)
    return QuestionReadiness(
        code=question.code,
        title=question.title,
        question=question.question,
        needs_yes=needs.yes,
        needs_no=needs.no,
        hosts=hosts,
        limits=tuple(_limits(needs, days)),
        opens=question.missing,
    )


def _days_needed(question: Question, needs: RecordingNeeds) -> float:
    if needs.history_parameter is None:
        return 0.0
    value = question.parameters[needs.history_parameter].value
    if isinstance(value, str | tuple):
        raise TypeError(f"parameter {needs.history_parameter} of {question.code} is not a number of days")
    return float(value)


def _limits(needs: RecordingNeeds, days: float) -> Iterable[str]:
    if needs.no_both_ends:
        yield "a NO needs the logs of the source host too"
    if days:
        yield f"a NO needs {days:.0f} days of records before the activity"
    if needs.beside:
        yield f"beside the logs: {needs.beside}"


def _host(host: HostCoverage, needs: RecordingNeeds, days: float) -> HostAnswer:
    ways = [[name for name in way if not _may_show(host.capability(name))] for way in needs.yes]
    lacking_yes = min(ways, key=len, default=[])
    lacking_no = [name for name in needs.no if not _is_ready(host.capability(name))]
    short = max(0.0, days - _span_days(host, needs.no)) if days else 0.0
    return HostAnswer(
        host=host.host,
        can_say_yes=not lacking_yes,
        can_say_no=not lacking_no and not short,
        lacking_yes=tuple(lacking_yes),
        lacking_no=tuple(lacking_no),
        short_days=round(short, 1),
    )


def _span_days(host: HostCoverage, names: Iterable[str]) -> float:
    """Days that the channels of these capabilities reach over; the longest of them counts."""
    wanted = {channel for name in names if (item := host.capability(name)) for channel in item.channels}
    spans = [
        (item.last - item.first).total_seconds() / _SECONDS_A_DAY
        for item in host.channels
        if item.channel in wanted and item.first and item.last
    ]
    return max(spans, default=0.0)


def _may_show(capability: Capability | None) -> bool:
    return capability is not None and capability.readiness in (Readiness.READY, Readiness.CONDITIONAL)


def _is_ready(capability: Capability | None) -> bool:
    return capability is not None and capability.readiness is Readiness.READY
