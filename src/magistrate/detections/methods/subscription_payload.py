"""D3: a permanent subscription whose consumer holds or runs something suspicious."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magistrate.activity.command_line import command_features
from magistrate.activity.images import image_name
from magistrate.activity.model import Kind
from magistrate.activity.powershell import has_hint
from magistrate.detections.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from magistrate.activity.model import Activity, Story
    from magistrate.detections.frame import Frame
    from magistrate.playbooks.model import Indicator

_RUNNING_TYPES = ("command", "script")
_SCRIPT_SIGNS = (
    "wscript.shell",
    "createobject",
    "activexobject",
    "adodb.stream",
    "frombase64",
    "msxml2",
    "http://",
    "https://",
)
_PAYLOAD_FACTS = (
    ("command.encoded", "encoded text"),
    ("command.cradle", "a download"),
    ("command.url", "an address"),
    ("command.lolbin", "a living-off-the-land program"),
    ("command.user_path", "a user-writable place"),
    ("command.unc", "a network path"),
    ("command.scrambled", "scrambled text"),
    ("command.credential_dump", "a credential dump"),
    ("command.recovery_inhibition", "inhibited recovery"),
)


def find(frame: Frame, indicator: Indicator) -> Iterable[Hit]:
    """Consumers of type command line or script with a suspicious payload, and consumers that ran.

    A consumer that ran counts when its parent is the script consumer host, or when its program stands in a payload
    of the same host's subscriptions; a system child of the provider host alone does not tell.
    """
    for story in frame.stories:
        payloads = [text for activity in story.activities if (text := _payload(activity))]
        for activity in story.activities:
            yield from _of_payload(story, activity)
            yield from _of_run(story, activity, payloads)


def _payload(activity: Activity) -> str:
    """Text that a consumer runs, from its record or from the command that creates it."""
    if activity.kind is Kind.SUBSCRIPTION:
        return activity.fact("subscription.payload") or ""
    if activity.operation == "subscription" and activity.kind is not Kind.CHILD:
        return activity.fact("wmic.arguments") or ""
    return ""


def _of_payload(story: Story, activity: Activity) -> Iterator[Hit]:
    kind = (activity.fact("subscription.consumer_type") or "").lower()
    payload = _payload(activity)
    if activity.kind is Kind.SUBSCRIPTION:
        if (
            not any(name in kind for name in _RUNNING_TYPES)
            or activity.fact("subscription.operation") == "deleted"
        ):
            return
    elif "eventconsumer" not in (activity.fact("wmic.alias") or ""):
        return
    why = suspicious_payload(payload)
    if why:
        yield _hit(
            story,
            activity,
            f"its payload holds {why}",
            activity.fact("subscription.name") or activity.fact("subscription.consumer") or "",
        )


def suspicious_payload(payload: str) -> str:
    """What makes a consumer's payload suspicious, in words; empty when nothing does."""
    if not payload:
        return ""
    payload = payload.replace("\\\\", "\\")  # Sysmon 20 writes each backslash twice
    facts = dict(command_features(None, None, payload).facts)
    found = [words for name, words in _PAYLOAD_FACTS if facts.get(name)]
    low = payload.lower()
    if any(sign in low for sign in _SCRIPT_SIGNS) and "an address" not in found:
        found.append("script objects that reach outside the script")
    if not found and has_hint(payload) and "powershell" in low:
        found.append("PowerShell that calls WMI")
    return ", ".join(dict.fromkeys(found))


def _of_run(story: Story, activity: Activity, payloads: list[str]) -> Iterator[Hit]:
    if activity.kind is not Kind.CHILD or activity.fact("child.consumer") != "true":
        return
    by_script_host = activity.fact("child.parent_name") == "scrcons.exe"
    program = image_name(activity.image)
    named = bool(program) and any(program.removesuffix(".exe") in payload.lower() for payload in payloads)
    if by_script_host or named:
        yield _hit(story, activity, f"the consumer ran {program}", "")


def _hit(story: Story, activity: Activity, why: str, name: str) -> Hit:
    return Hit(
        story_id=story.id,
        host=activity.host,
        utc=activity.utc,
        values={"why": why, "name": name or "a consumer"},
        evidence=activity.evidence[:2],
        activity_ids=(activity.id,),
    )
