"""Which signals stand beside a story, once what is the same event is counted once (triage practice 2.8 and 2.9)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from magistrate.detections.attack_tags import SUBJECT
from magistrate.detections.register import covering_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Story
    from magistrate.context.model import Context
    from magistrate.detections.signal import Signal


def own_records(story: Story) -> frozenset[str]:
    """Records that a story rests on: no rule on them is a signal beside it."""
    return frozenset(item.evidence_id for activity in story.activities for item in activity.evidence)


def registered_records(context: Context, stories: Iterable[Story]) -> frozenset[str]:
    """Records of stories that the known-good register covers act by act: what is registered is no sign beside others.

    A covered act that is decisive still decides by its own finding; it is only not counted a second time as the
    company of every other night of the same job.
    """
    covered = (story for story in stories if covering_entries(context, story))
    return frozenset(record for story in covered for record in own_records(story))


def collapse(signals: Iterable[Signal], own: frozenset[str]) -> tuple[Signal, ...]:
    """Signals that stand on at least one record no other signal claims, in the order they came.

    The strongest signal claims its records first; on equal level the earlier one. A signal of the technique under
    examination alone is the subject and no company. What is left of a signal cites the records that are not the
    story's own.

    Args:
        signals: candidates, in order of time.
        own: records that are no company: the story's own, and registered ones.
    """
    kept: dict[str, Signal] = {}
    claimed = set(own)
    candidates = [signal for signal in signals if signal.technique != SUBJECT]
    for signal in sorted(candidates, key=lambda item: -item.level.rank):  # stable: earlier before later
        if signal.carried_by <= claimed:
            continue
        claimed |= signal.carried_by
        cited = tuple(item for item in signal.evidence if item.evidence_id not in own)
        kept[signal.id] = dataclasses.replace(signal, evidence=cited or signal.evidence)
    return tuple(kept[signal.id] for signal in candidates if signal.id in kept)
