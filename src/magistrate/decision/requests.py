"""What the decision had to do without, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.decision.situation import IdentityState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magistrate.answers.answer import Answer
    from magistrate.coverage.model import Coverage
    from magistrate.decision.situation import Situation

ORIGINALS = "fetch the same hours of these logs from the log archive, the SIEM or a backup of the host"


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
    found += [f"the record of the alert is not in the case: {what}" for what in situation.alert_unseen]
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
