"""The executive summary: five sentences without a single event id, for who decides but reads no logs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from magistrate.report import wording
from magistrate.report.defuse import for_fence
from magistrate.report.vocabularies import disposition_words

if TYPE_CHECKING:
    from magistrate.report.response_view import CardView
    from magistrate.report.view import View

SUFFIX = ".txt"
_CLAUSE = re.compile(r"[.;](?:\s|$)")
_LIMIT = 480  # characters of one sentence


def render(view: View) -> str:
    """What happened, whether it is contained, what it means for the business, what is unknown, what to decide by when."""
    sentences = (_happened(view), _contained(view), _effect(view), _unknown(view), _decision(view))
    return "\n".join(for_fence(wording.sentence(text), _LIMIT) for text in sentences) + "\n"


def _happened(view: View) -> str:
    said = disposition_words(view.disposition).reached
    active = [story for story in view.stories if not story.background]
    if not active:
        return f"{said}, in logs of {wording.count(len(view.coverage.hosts), 'computer')}"
    accounts = tuple(sorted({story.account.name for story in active if story.account}))
    hosts = tuple(sorted({host for story in active for host in story.target_hosts}))
    times = sorted(moment for story in active for moment in (story.first, story.last) if moment)
    when = f" between {times[0][:16]}Z and {times[-1][:16]}Z".replace("T", " ") if times else ""
    return (
        f"{said}: {wording.listing(accounts, empty='an account that is not known')} controlled "
        f"{wording.listing(hosts, empty='a computer that is not named')} through Windows management{when}"
    )


def _contained(view: View) -> str:
    if not view.disposition.startswith("ESCALATE"):
        return "Nothing needs to be contained at this point"
    planned = _planned(view)
    if not planned:
        return "It is not contained: no step has been taken and none is prepared"
    return f"It is not contained: {wording.count(len(planned), 'step')} prepared, none carried out by this program"


def _effect(view: View) -> str:
    if not view.severity:
        return "No effect on the business is known from these logs"
    effects = tuple(
        dict.fromkeys(effect for item in _planned(view) if (effect := _clause(item.side_effects)))
    )
    return (
        f"The severity is {view.severity}, because: {wording.codes_only(view.severity_reason).rstrip('.')}; "
        f"stopping it means: {wording.listing(effects, shown=2, empty='no interruption that is known')}"
    )


def _clause(text: str) -> str:
    """The first clause, which says the main effect; empty where it says that there is none."""
    first = _CLAUSE.split(text.strip(), maxsplit=1)[0]
    if first.lower().startswith("none"):
        return ""
    return first if first[1:2].isupper() else first[:1].lower() + first[1:]  # WMI stays WMI


def _unknown(view: View) -> str:
    missing = tuple(dict.fromkeys(item.what for answer in view.answers for item in answer.missing))
    if not missing:
        return "Nothing that would change this is known to be missing"
    return f"What we do not know yet needs {wording.listing(missing, shown=2)}"


def _decision(view: View) -> str:
    by = f" within {view.deadline_minutes} minutes" if view.deadline_minutes is not None else ""
    planned = _planned(view)
    if view.disposition.startswith("ESCALATE") and planned:
        who = tuple(dict.fromkeys(item.approver for item in planned))
        first = planned[0].title
        return f"Decision needed{by or ' now'}: approve or refuse the plan, beginning with '{first}' ({wording.listing(who, shown=2)})"
    if view.disposition == "ESCALATE-REVIEW":
        return f"No decision is needed from management; a second look follows{by}"
    if view.disposition == "HOLD-DATA":
        return f"Decision needed{by or ' now'}: who provides the missing logs"
    return "No decision is needed"


def _planned(view: View) -> list[CardView]:
    return [item for item in view.containment if item.state == "planned" and item.about != "case"]
