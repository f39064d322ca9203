"""What is not known, and what to fetch for it: the exact words of a HOLD-DATA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.decision.situation import IdentityState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.answers.answer import Answer
    from magistrate.coverage.model import Coverage
    from magistrate.decision.situation import Situation

COLLECT_HOST = (
    "on {host}: wevtutil epl Security C:\\IR\\Security.evtx ; "
    "wevtutil epl Microsoft-Windows-Sysmon/Operational C:\\IR\\Sysmon.evtx ; "
    "wevtutil epl Microsoft-Windows-WMI-Activity/Operational C:\\IR\\WMI.evtx"
)

ORIGINALS = "fetch the same hours of these logs from the log archive, the SIEM or a backup of the host"


def collect_host(host: str) -> str:
    """Command that exports the three logs that matter, to be run on the host."""
    return COLLECT_HOST.replace("{host}", host)


def collect_uncovered(coverage: Coverage) -> tuple[str, ...]:
    """What an absence of WMI activity does not speak for: hosts that recorded too little, and lost records."""
    found = [f"{host.host}: {host.grade_reason}" for host in coverage.hosts if host.grade not in ("A", "B")]
    if not coverage.hosts:
        found.append("no record of a host could be read at all")
    if coverage.lost_records:
        found.append(f"{coverage.lost_records} records could not be read")
    return tuple(found)


def collect_unknowns(situation: Situation, answers: Sequence[Answer]) -> tuple[str, ...]:
    """Sentences about everything the decision had to do without, each once."""
    found = [
        f"actor of story {story.id}: {_IDENTITY_WORDS[story.identity]}"
        for story in situation.stories
        if story.identity in _IDENTITY_WORDS
    ]
    found += [
        f"coverage of {host} is {grade}: a close is not possible on it"
        for story in situation.stories
        for host, grade in story.grades
        if grade not in ("A", "B")
    ]
    found += [
        f"{host} was acted on and is not in the case" for s in situation.stories for host in s.unexamined
    ]
    for answer in answers:
        if answer.state in (State.UNKNOWN, State.CONFLICT):
            named = (
                ", ".join(item.what for item in answer.missing) or "nothing that can be collected settles it"
            )
            found.append(f"{answer.id} {answer.state.value}: {named}")
    found += [f"integrity: {sign}" for sign in situation.tamper]
    found += [f"recovered records alone: {what}" for what in situation.recovered_alone]
    if situation.nothing_read:
        found.insert(0, "no record of a host could be read at all")
    return tuple(dict.fromkeys(found))


_IDENTITY_WORDS = {
    IdentityState.UNKNOWN: "cannot be determined from this data",
    IdentityState.CONFLICT: "more than one session could be the actor",
    IdentityState.WEAK: "known with low confidence",
}


def collect_requests(situation: Situation, answers: Sequence[Answer]) -> tuple[str, ...]:
    """What to fetch, `what: command`, the logs of the hosts first, each once."""
    hosts = [
        host
        for story in situation.stories
        for host in (*story.unexamined, *(name for name, grade in story.grades if grade not in ("A", "B")))
    ]
    found = [f"the records that lie only in slack: {ORIGINALS}"] if situation.recovered_alone else []
    found += [f"logs of {host}: {collect_host(host)}" for host in dict.fromkeys(hosts)]
    order = {"Q3": 0, "Q1": 1, "E1": 2, "E3": 3}
    for answer in sorted(answers, key=lambda item: (order.get(item.id, 9), item.id)):
        if answer.state in (State.UNKNOWN, State.CONFLICT):
            found += [f"{item.what}: {item.command}" for item in answer.missing]
    return tuple(dict.fromkeys(found))
