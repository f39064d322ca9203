"""E4: are there unusual remote executions that point to a compromise? (triage practice 2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.model import Confidence, Join
from magistrate.answers.answer import Basis, State
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.inquiry import (
    account_text,
    cite,
    command_recorded,
    creates,
    finding_evidence,
    is_remote,
    source_text,
    story_evidence,
)
from magistrate.context.lookup import asset_of
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from magistrate.activity.model import Story
    from magistrate.answers.inquiry import Ends, Inquiry
    from magistrate.detections.finding import Finding

ORDER = (State.YES, State.CONFLICT, State.UNKNOWN, State.NO)
TRAITS = ("S1", "S3", "S4", "S5", "S8", "S12")
"""S3 stands for NTLM with a new source. Any decisive finding is a trait too."""
QUIET_PATH = ("W1", "W2")
"""New pair outside hours, on a server."""


@dataclass(frozen=True, slots=True)
class UnusualFacts:
    """What the state of E4 is decided from. `traits` are codes of findings that no register entry excuses."""

    observed: bool = True
    remote: bool | None = None
    traits: tuple[str, ...] = ()
    command_line_recorded: bool = False
    origin_conflict: bool = False
    covered: bool = True


def decide_unusual(facts: UnusualFacts) -> tuple[State, Confidence]:
    """State and confidence of E4."""
    if not facts.observed:
        return State.NOT_APPLICABLE, Confidence.HIGH
    if facts.remote and facts.traits:
        return State.YES, Confidence.HIGH
    if facts.origin_conflict and facts.traits:
        return State.CONFLICT, Confidence.LOW
    if facts.remote is None or not facts.command_line_recorded or not facts.covered:
        return State.UNKNOWN, Confidence.LOW
    return State.NO, Confidence.MODERATE


def answer_unusual(inquiry: Inquiry) -> Draft:
    """Answer E4 for the case: one unusual story is enough for YES."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    return strongest([_for_story(inquiry, story) for story in inquiry.stories], ORDER)


def _for_story(inquiry: Inquiry, story: Story) -> Draft:
    traits = _traits(inquiry, story)
    ends = inquiry.ends(story)
    facts = UnusualFacts(
        remote=is_remote(story),
        traits=tuple(sorted({item.code for item in traits})),
        command_line_recorded=command_recorded(story),
        origin_conflict=story.identity.join is Join.AMBIGUOUS and is_remote(story) is not True,
        covered=ends.covered,
    )
    state, confidence = decide_unusual(facts)
    records = (*finding_evidence(traits), *story_evidence(story, 3))
    return Draft(
        state=state,
        confidence=confidence,
        values={"facts": _described(story, facts, state, traits, ends)},
        evidence=(*ends.evidence, *records) if state is State.NO else records,
        finding_ids=tuple(item.id for item in traits) if state is State.YES else (),
        limits=("a command that looks ordinary and is not would not be seen",),
        missing=_missing(story, state, facts),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _traits(inquiry: Inquiry, story: Story) -> tuple[Finding, ...]:
    """Findings that make a remote execution unusual; two weak ones together only on a server."""
    if not creates(story) and not inquiry.decisive(story):
        return ()
    found = list(inquiry.decisive(story)) + list(inquiry.findings_of(story, TRAITS))
    quiet = inquiry.findings_of(story, QUIET_PATH)
    if {item.code for item in quiet} >= set(QUIET_PATH) and _on_server(inquiry, story):
        found += quiet
    return tuple(found)


def _on_server(inquiry: Inquiry, story: Story) -> bool:
    assets = [asset_of(inquiry.context, host) for host in story.target_hosts]
    return any(asset is not None and asset.role != "workstation" for asset in assets)


def _described(
    story: Story, facts: UnusualFacts, state: State, traits: tuple[Finding, ...], ends: Ends
) -> str:
    path = f"{account_text(story)} from {source_text(story)} on {', '.join(story.target_hosts[:4]) or 'an unknown host'}"
    if state in (State.YES, State.CONFLICT):
        open_origin = "" if state is State.YES else "; a local and a remote session could both be the actor"
        return f"{cite(traits)} in a remote execution, {path}{open_origin}"
    if facts.remote is False:
        told = f"the session is local, {path}"
    elif facts.remote is None:
        told = f"the origin of the session is not known, {path}"
    else:
        told = f"no unusual trait in the remote session, {path}"
    weak = sorted({item.code for item in traits if item.tier is Tier.WEAK})
    lacking = [] if facts.command_line_recorded else ["command line not recorded"]
    lacking += ends.lacking[:4] if state is State.UNKNOWN else []
    return ", ".join([told, *weak, *lacking])


def _missing(story: Story, state: State, facts: UnusualFacts) -> tuple[Need, ...]:
    if state in (State.YES, State.NO):
        return ()
    hosts = ", ".join(story.target_hosts[:3])
    needs = [] if facts.command_line_recorded else [Need("command_line", hosts)]
    return tuple(needs if facts.remote is not None and facts.covered else [*needs, Need("origin", hosts)])
