"""The case as the response looks at it: what counts, what decided, which hosts it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.model import Activity, Kind, Story
from magistrate.answers.answer import Answer  # noqa: TC001 - part of the runtime type of a field
from magistrate.context.lookup import same_host, zone_of
from magistrate.context.model import Context  # noqa: TC001 - part of the runtime type of a field
from magistrate.coverage.model import Coverage, Proof
from magistrate.decision import Decision, Disposition
from magistrate.detections.finding import Finding, Tier
from magistrate.playbooks.model import Playbook  # noqa: TC001 - part of the runtime type of a field

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from magistrate.events.evidence import Evidence

MAX_EVIDENCE = 25
"""Most evidence ids beside one result; the full list stands with the findings and answers it names."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything known about a case before the response is prepared."""

    playbook: Playbook
    stories: tuple[Story, ...]
    findings: tuple[Finding, ...]
    answers: tuple[Answer, ...]
    coverage: Coverage
    context: Context
    decision: Decision

    @property
    def acting(self) -> tuple[Story, ...]:
        """Stories that are not background."""
        return tuple(story for story in self.stories if not story.background)

    @property
    def activities(self) -> tuple[Activity, ...]:
        """Activities of these stories, background left out."""
        return tuple(a for story in self.acting for a in story.activities if a.background is None)

    @property
    def deciding_findings(self) -> tuple[Finding, ...]:
        """Decisive and strong findings that nothing excuses; those the decision names when it names any."""
        heavy = [f for f in self.findings if f.tier in (Tier.DECISIVE, Tier.STRONG) and f.excused_by is None]
        named = [f for f in heavy if f.id in self.decision.deciding]
        return tuple(named or heavy)

    @property
    def deciding_stories(self) -> tuple[Story, ...]:
        """Stories of the deciding findings; every acting story when the decision rests on no finding."""
        ids = {f.story_id for f in self.findings if f.id in self.decision.deciding}
        ids |= {f.story_id for f in self.deciding_findings}
        return tuple(story for story in self.acting if story.id in ids) or self.acting

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
        return tuple(item for item in self.activities if item.kind in kinds)

    def of_codes(self, codes: Iterable[str]) -> tuple[Finding, ...]:
        """Findings with these catalogue codes."""
        wanted = set(codes)
        return tuple(item for item in self.findings if item.code in wanted)

    def hosts(self) -> tuple[str, ...]:
        """Hosts that the case is about: those of the acting stories, else those with logs; sorted."""
        named = one_name_each(name for story in self.acting for name in story.hosts)
        return named or tuple(sorted(item.host for item in self.coverage.hosts))

    def unexamined(self) -> tuple[str, ...]:
        """Hosts of the stories without a record in the case."""
        known = [item.host for item in self.coverage.hosts]
        return tuple(name for name in self.hosts() if not any(same_host(name, other) for other in known))

    def proofs(self, capability: str) -> tuple[tuple[str, Proof], ...]:
        """Proof of one capability for each host of the case; UNKNOWN where a host has no logs.

        `time_zone` is ON where the zone of the host is known.
        """
        if capability == "time_zone":
            return tuple(
                (host, Proof.ON if zone_of(self.context, host) else Proof.UNKNOWN) for host in self.hosts()
            )
        return tuple((host, self._proof(host, capability)) for host in self.hosts())

    def _proof(self, host: str, capability: str) -> Proof:
        found = next((item for item in self.coverage.hosts if same_host(item.host, host)), None)
        return found.proof(capability) if found else Proof.UNKNOWN


def one_name_each(names: Iterable[str]) -> tuple[str, ...]:
    """Drop short names of hosts that are also there with their full name; sorted."""
    distinct = sorted(set(names), key=lambda name: (-name.count("."), name))
    kept: list[str] = []
    for name in distinct:
        if not any(same_host(name, other) for other in kept):
            kept.append(name)
    return tuple(sorted(kept))


def evidence_ids(pieces: Iterable[Evidence]) -> tuple[str, ...]:
    """Ids of records in order of time, each once, at most `MAX_EVIDENCE`."""
    ordered = sorted(pieces, key=lambda item: (_moment(item.utc), item.evidence_id))
    return tuple(dict.fromkeys(item.evidence_id for item in ordered))[:MAX_EVIDENCE]


def _moment(utc: datetime | None) -> tuple[bool, str]:
    return (utc is None, utc.isoformat() if utc else "")


def activity_evidence(activities: Iterable[Activity]) -> list[Evidence]:
    """Records of the activities themselves."""
    return [piece for item in activities for piece in item.evidence]


def network_activities(material: Material) -> tuple[Activity, ...]:
    """Activities that are known from the network alone."""
    return material.traces(Kind.NETWORK.value)
