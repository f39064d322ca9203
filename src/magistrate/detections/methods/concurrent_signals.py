"""S10: a high-severity sign of another technique on the same host, account or source within a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, is_machine_account
from magistrate.detections.concurrence import (
    collapse,
    explained_elsewhere,
    own_records,
    registered_records,
)
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.activity.model import Story
    from magistrate.detections.frame import Frame
    from magistrate.detections.signal import Signal
    from magistrate.playbooks.model import Indicator

_NOBODY = frozenset({"", "system", "local service", "network service", "anonymous logon"})


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """High signals that share a key with a story within `window_hours`; its own records are no second signal.

    A run of records that goes through the story's own acts or their descendants is the story itself, and several
    rules on one record are one hit. Low and medium signals never get here, however many there are.
    """
    window = timedelta(hours=float(str(indicator.parameters["window_hours"].value)))
    high = [signal for signal in frame.signals if signal.is_high]
    registered = registered_records(frame.context, frame.stories)
    elsewhere = explained_elsewhere(frame.context, frame.stories, high)
    for story in frame.stories:
        foreign = elsewhere.get(story.id, frozenset())
        own = own_records(story)
        own |= {
            item.evidence_id
            for process in frame.processes_of(story.id)
            if process.via == "descendant"
            for item in process.evidence
        }
        near = (one for one in high if _near(story, one, window) and not own & one.carried_by)
        shared = (
            one
            for one in near
            if (key := shared_key(story, one)) and not (one.id in foreign and key.startswith("host "))
        )
        for signal in collapse(shared, own | registered):
            yield Hit(
                story_id=story.id,
                host=signal.host,
                utc=signal.utc,
                values={
                    "signal": signal.statement,
                    "key": shared_key(story, signal),
                    "technique": signal.technique,
                },
                evidence=signal.evidence,
            )


def shared_key(story: Story, signal: Signal) -> str:
    """What a signal has in common with a story: source, account or host, in words; empty when nothing."""
    if signal.source_ip and signal.source_ip == story.source_ip:
        return f"source {signal.source_ip}"
    name = account_name(signal.account)
    people = {
        account_name(item.name) for item in (*story.accounts, *((story.account,) if story.account else ()))
    }
    if name in people and name not in _NOBODY and not is_machine_account(name):
        return f"account {name}"
    if signal.host in story.hosts:
        return f"host {signal.host}"
    return ""


def _near(story: Story, signal: Signal, window: timedelta) -> bool:
    if story.first is None or story.last is None or signal.utc is None:
        return False
    return story.first - window <= signal.utc <= story.last + window
