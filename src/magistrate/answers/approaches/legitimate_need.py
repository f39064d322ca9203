"""Q1: is there a legitimate need for WMI here? Anchors that agree on account and source (triage practice 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from magistrate.activity.images import account_name
from magistrate.activity.model import Confidence
from magistrate.answers.answer import Basis, State
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.inquiry import (
    account_text,
    cite,
    command_recorded,
    finding_evidence,
    latest_of_each_habit,
    shape_text,
    source_text,
    story_evidence,
)
from magistrate.context.lookup import asset_of, zone_of
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from magistrate.activity.model import Story
    from magistrate.answers.inquiry import Inquiry
    from magistrate.detections.finding import Finding

ORDER = (State.NO, State.CONFLICT, State.UNKNOWN, State.YES)
"""YES excuses, so one story without it is enough to withhold it."""
_GROUPS = (("M1", {"M1"}), ("M2+M3", {"M2", "M3"}), ("M4", {"M4"}), ("M5", {"M5"}))
_EITHER = ("M6", "M7")


@dataclass(frozen=True, slots=True)
class NeedFacts:
    """What the state of Q1 is decided from. `anchors_met` are codes of mitigating findings."""

    observed: bool = True
    anchors_met: tuple[str, ...] = ()
    anchors_agree: bool = False
    decisive: bool = False
    outside_purpose: bool = False
    management_counts: bool = True
    command_recorded: bool = True


def anchors(facts: NeedFacts) -> tuple[str, ...]:
    """Independent anchors among the codes: M2 counts only with M3, M6 and M7 are one."""
    codes = set(facts.anchors_met) - (set() if facts.management_counts else {"M2"})
    met = [name for name, needed in _GROUPS if needed <= codes]
    met += ["/".join(code for code in _EITHER if code in codes)] if codes & set(_EITHER) else []
    return tuple(met)


def decide_need(facts: NeedFacts, needed: int = 2) -> tuple[State, Confidence]:
    """State and confidence of Q1.

    NO rests on what rules a need out, never on silence. A decisive finding outweighs every anchor.
    """
    if not facts.observed:
        return State.NOT_APPLICABLE, Confidence.HIGH
    if facts.decisive:
        return State.NO, Confidence.HIGH
    if facts.outside_purpose:
        return State.NO, Confidence.MODERATE
    met = anchors(facts)
    if len(met) < needed:
        return State.UNKNOWN, Confidence.LOW
    if not facts.anchors_agree:
        return State.CONFLICT, Confidence.LOW
    exact = "M1" in met and bool({"M4", "M5"} & set(met))
    if not facts.command_recorded:
        # Parent and user alone never make a need: without a command only register and ticket together speak.
        return (State.YES, Confidence.MODERATE) if exact else (State.UNKNOWN, Confidence.LOW)
    return State.YES, Confidence.HIGH if exact else Confidence.MODERATE


def answer_need(inquiry: Inquiry) -> Draft:
    """Answer Q1 for the case: every habit needs its own anchors."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    suspects = {
        story.id: story
        for story in (
            *latest_of_each_habit(inquiry.stories),
            *(s for s in inquiry.stories if inquiry.decisive(s)),
        )
    }
    return strongest([_for_story(inquiry, story) for story in suspects.values()], ORDER)


def _for_story(inquiry: Inquiry, story: Story) -> Draft:
    mitigating = [item for item in inquiry.findings_of(story) if item.tier is Tier.MITIGATING]
    decisive = inquiry.decisive(story)
    tier0 = any(
        (asset := asset_of(inquiry.context, host)) is not None and asset.tier == 0
        for host in story.target_hosts
    )
    outside = _outside_purpose(inquiry, story, mitigating)
    facts = NeedFacts(
        anchors_met=tuple(sorted({item.code for item in mitigating})),
        anchors_agree=_agree(story, mitigating),
        decisive=bool(decisive),
        outside_purpose=outside is not None,
        management_counts=not tier0 and not decisive,
        command_recorded=command_recorded(story),
    )
    state, confidence = decide_need(facts, int(inquiry.parameter("Q1", "anchors_needed")))
    met = anchors(facts)
    return Draft(
        state=state,
        confidence=confidence,
        values=_values(inquiry, story, confidence, facts, _reason(decisive, outside)),
        evidence=(*finding_evidence(decisive), *story_evidence(story), *finding_evidence(mitigating)),
        finding_ids=tuple(item.id for item in (*decisive, *mitigating)),
        anchors_met=met,
        limits=_limits(facts),
        missing=_missing(inquiry, state, facts),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _agree(story: Story, mitigating: list[Finding]) -> bool:
    """Whether the anchors name the story's account, and not two different ones."""
    names = {account_name(item.account) for item in mitigating if item.account}
    own = {account_name(account.name) for account in (story.account, *story.accounts) if account}
    sources = {item.source.lower() for item in mitigating if item.source}
    known = {name.lower() for name in (story.source_host, story.source_ip, *story.hosts) if name}
    return bool(mitigating) and names <= own and (sources <= known or not known)


def _outside_purpose(inquiry: Inquiry, story: Story, mitigating: list[Finding]) -> str | None:
    """The register entries of the account, when it is registered and this is none of what it is registered for."""
    entries = inquiry.entries_for(story)
    if not entries or any(item.code in ("M1", "M4") for item in mitigating):
        return None
    return ", ".join(entry.id for entry in entries)


def _reason(decisive: tuple[Finding, ...], outside: str | None) -> str:
    if decisive:
        return f"the register covers no legitimate use of {cite(decisive)}"
    if outside:
        return f"account, source and shape together are not what {outside} registers"
    return "the anchors name different accounts or sources"


def _values(
    inquiry: Inquiry, story: Story, confidence: Confidence, facts: NeedFacts, reason: str
) -> dict[str, str]:
    met = anchors(facts)
    failed = [name for name, codes in _GROUPS if name not in met and codes]
    host = story.target_hosts[0] if story.target_hosts else "an unknown host"
    first = inquiry.coverage.first
    days = (
        (story.first - first).total_seconds() / 86_400
        if first and story.first and story.first > first
        else 0.0
    )
    return {
        "confidence": confidence.value,
        "anchors_met": ", ".join(met) or "none",
        "anchors_failed": ", ".join(failed) or "none",
        "reason": reason,
        "days": f"{days:.1f}",
        "owner_role": f"the owner of {host}",
        "user": account_text(story),
        "shape": shape_text(story),
        "host": host,
        "local_time": _local_time(inquiry, story, host),
        "source": source_text(story),
    }


def _local_time(inquiry: Inquiry, story: Story, host: str) -> str:
    if story.first is None:
        return "an unknown time"
    zone = zone_of(inquiry.context, host)
    if zone is None:
        return story.first.strftime("%Y-%m-%d %H:%M:%S UTC")
    return story.first.astimezone(ZoneInfo(zone)).strftime(f"%Y-%m-%d %H:%M:%S {zone}")


def _limits(facts: NeedFacts) -> tuple[str, ...]:
    limits = ["anchors show intent for an account, a source and a time, not what the command did"]
    if not facts.command_recorded:
        limits.append("no command line was recorded: parent and user alone never make a need")
    if not facts.management_counts and "M2" in facts.anchors_met:
        limits.append("M2 counts nothing here: the target is tier 0 or a decisive finding is present")
    return tuple(limits)


def _missing(inquiry: Inquiry, state: State, facts: NeedFacts) -> tuple[Need, ...]:
    if state is State.YES or facts.decisive:
        return ()
    needs = [Need("register"), Need("owner")] if "M1" not in facts.anchors_met else [Need("owner")]
    return tuple(needs if facts.command_recorded else [*needs, Need("command_line")])
