"""The case as the response looks at it: what counts, what decided, which hosts it is about."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.model import Activity, Story  # noqa: TC001 - part of the runtime type of a field
from magistrate.answers.answer import Answer  # noqa: TC001 - part of the runtime type of a field
from magistrate.context.lookup import parse_address, same_host, zone_of
from magistrate.context.model import Context  # noqa: TC001 - part of the runtime type of a field
from magistrate.coverage.model import Coverage, HostCoverage, Proof
from magistrate.decision import Decision, Disposition
from magistrate.detections.finding import Finding, Tier
from magistrate.playbooks.model import Playbook  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from magistrate.events.evidence import Evidence

TIME_ZONE = "time_zone"
"""Name that stands among capabilities for a known time zone of the host."""
MAX_EVIDENCE = 25
"""Most evidence ids beside one result; the full list stands with the findings and answers it names."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything known about a case before the response is prepared; made by `gather`.

    `acting` and `activities` leave background out. `heavy_findings` are the decisive and strong findings that nothing
    excuses; `deciding_findings` those of them that the decision names, or all when it names none;
    `deciding_stories` their stories, or every acting story when the decision rests on no finding. `hosts` are those of the acting stories, else those with logs;
    `coverage_of` finds the coverage of each of them that has logs.
    """

    playbook: Playbook
    stories: tuple[Story, ...]
    findings: tuple[Finding, ...]
    answers: tuple[Answer, ...]
    coverage: Coverage
    context: Context
    decision: Decision
    acting: tuple[Story, ...]
    activities: tuple[Activity, ...]
    heavy_findings: tuple[Finding, ...]
    deciding_findings: tuple[Finding, ...]
    deciding_stories: tuple[Story, ...]
    hosts: tuple[str, ...]
    coverage_of: Mapping[str, HostCoverage]

    @property
    def is_incident(self) -> bool:
        """Whether containment is called for."""
        return self.decision.disposition is Disposition.ESCALATE_INCIDENT

    @property
    def is_review(self) -> bool:
        """Whether T2 is asked to look."""
        return self.decision.disposition is Disposition.ESCALATE_REVIEW

    def answer(self, code: str) -> Answer | None:
        """The answer to a question, None when it was not asked."""
        return next((item for item in self.answers if item.id == code), None)

    def traces(self, *kinds: str) -> tuple[Activity, ...]:
        """Activities of some kinds."""
        return tuple(item for item in self.activities if item.kind in kinds) if kinds else ()

    def of_codes(self, codes: Iterable[str]) -> tuple[Finding, ...]:
        """Findings with these catalogue codes."""
        wanted = set(codes)
        return tuple(item for item in self.findings if item.code in wanted)

    def unexamined(self) -> tuple[str, ...]:
        """Hosts of the stories without a record in the case."""
        return tuple(name for name in self.hosts if name not in self.coverage_of)

    def proofs(self, capability: str) -> tuple[tuple[str, Proof], ...]:
        """Proof of one capability for each host of the case; UNKNOWN where a host has no logs.

        `time_zone` is ON where the zone of the host is known.
        """
        return tuple((host, self._proof(host, capability)) for host in self.hosts)

    def log_source_proofs(self, log_source: str) -> tuple[tuple[str, Proof], ...]:
        """Whether the channel of a log source is in the case for each host: ON, or UNKNOWN where it is not."""
        channel = next(item.channel for item in self.playbook.log_sources if item.id == log_source)
        return tuple(
            (host, Proof.ON if channel in self.channels(host) else Proof.UNKNOWN) for host in self.hosts
        )

    def channels(self, host: str) -> set[str]:
        """Channels of a host with at least one record."""
        found = self.coverage_of.get(host)
        return {item.channel for item in found.channels if item.count} if found else set()

    def _proof(self, host: str, capability: str) -> Proof:
        if capability == TIME_ZONE:
            return Proof.ON if zone_of(self.context, host) else Proof.UNKNOWN
        found = self.coverage_of.get(host)
        return found.proof(capability) if found else Proof.UNKNOWN


def gather(
    playbook: Playbook,
    stories: Sequence[Story],
    findings: Sequence[Finding],
    answers: Sequence[Answer],
    coverage: Coverage,
    context: Context,
    decision: Decision,
) -> Material:
    """Look at a case once and keep what every part of the response asks for."""
    acting = tuple(story for story in stories if not story.background)
    heavy = [f for f in findings if f.tier in (Tier.DECISIVE, Tier.STRONG) and f.excused_by is None]
    deciding = tuple([f for f in heavy if f.id in decision.deciding] or heavy)
    story_ids = {f.story_id for f in findings if f.id in decision.deciding} | {f.story_id for f in deciding}
    hosts = one_name_each(name for story in acting for name in story.hosts)
    hosts = hosts or tuple(sorted(item.host for item in coverage.hosts))
    return Material(
        playbook=playbook,
        stories=tuple(stories),
        findings=tuple(findings),
        answers=tuple(answers),
        coverage=coverage,
        context=context,
        decision=decision,
        acting=acting,
        activities=tuple(a for story in acting for a in story.activities if a.background is None),
        heavy_findings=tuple(heavy),
        deciding_findings=deciding,
        deciding_stories=tuple(story for story in acting if story.id in story_ids) or acting,
        hosts=hosts,
        coverage_of=_coverage_of(hosts, coverage),
    )


def _coverage_of(hosts: Iterable[str], coverage: Coverage) -> dict[str, HostCoverage]:
    """Coverage of each host that has logs."""
    by_name = {item.host: item for item in coverage.hosts}
    names = HostNames(by_name)
    found = {host: names.find(host) for host in hosts}
    return {host: by_name[name] for host, name in found.items() if name is not None}


class HostNames:
    """Finds a host among many by its full name, or by its first label where one of both names is short."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact: dict[str, str] = {}
        self._labels: dict[str, list[str]] = {}
        for name in sorted(names):
            self._exact.setdefault(name.lower(), name)
            self._labels.setdefault(name.lower().partition(".")[0], []).append(name)

    def find(self, name: str) -> str | None:
        """The same host as it is named here, None when it is not here."""
        near = self._labels.get(name.lower().partition(".")[0], [])
        return self._exact.get(name.lower()) or next((item for item in near if same_host(item, name)), None)


def one_name_each(names: Iterable[str]) -> tuple[str, ...]:
    """Drop short names of hosts that are also there with their full name; sorted."""
    distinct = sorted({name.rstrip(".").lower(): name for name in sorted(names, reverse=True)}.items())
    labels = {key.partition(".")[0] for key, name in distinct if "." in key and parse_address(name) is None}
    return tuple(sorted(name for key, name in distinct if "." in key or key not in labels))


def evidence_ids(pieces: Iterable[Evidence]) -> tuple[str, ...]:
    """Ids of records in order of time, each once, at most `MAX_EVIDENCE`."""
    ordered = sorted(pieces, key=lambda item: (_moment(item.utc), item.evidence_id))
    return tuple(dict.fromkeys(item.evidence_id for item in ordered))[:MAX_EVIDENCE]


def _moment(utc: datetime | None) -> tuple[bool, str]:
    return (utc is None, utc.isoformat() if utc else "")


def activity_evidence(activities: Iterable[Activity]) -> list[Evidence]:
    """Records of the activities themselves."""
    return [piece for item in activities for piece in item.evidence]
