"""E1: did an account act that was not authorised, or not privileged? Two separate tests (triage practice 2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magistrate.activity.images import account_name, is_machine_account
from magistrate.activity.model import Confidence, Join, OriginClass
from magistrate.answers.answer import Basis, State
from magistrate.answers.draft import Draft, Need, strongest
from magistrate.answers.inquiry import (
    account_text,
    cite,
    creates,
    finding_evidence,
    is_remote,
    is_service,
    story_evidence,
)
from magistrate.context.lookup import asset_of
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from magistrate.activity.model import Story
    from magistrate.answers.inquiry import Ends, Inquiry

ORDER = (State.YES, State.CONFLICT, State.UNKNOWN, State.NO)
MISUSE = "privileged, not authorised"
_ANONYMOUS = ("anonymous logon", "anonymous")


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """What the state of E1 is decided from.

    `admin` is True, False or None: 4672 for the session, provably none, not known. `registered` counts only when
    `register_given`. `standard_user_finding` is S6; `supported` means strong or independent weak findings beside it.
    `ends_covered` is coverage A or B of both ends.
    """

    observed: bool = True
    actor_known: bool = True
    admin: bool | None = None
    registered: bool = False
    register_given: bool = False
    created_process: bool = False
    remote: bool | None = True
    service_account: bool = False
    service_managed: bool = False
    machine_managed: bool | None = None
    anonymous: bool = False
    standard_user_finding: bool = False
    supported: bool = False
    ends_covered: bool = True


def decide_authority(facts: AuthorityFacts) -> tuple[State, Confidence, str]:
    """State, confidence and words of E1. A NO that rests on the absence of a 4672 needs both ends covered."""
    state, confidence, words = _by_table(facts)
    if state is State.NO and facts.admin is False and not facts.ends_covered:
        return State.UNKNOWN, Confidence.LOW, f"{words}, but the logs of both ends do not prove it"
    return state, confidence, words


def _by_table(facts: AuthorityFacts) -> tuple[State, Confidence, str]:
    """The table of the two tests, and the accounts that need their own reading."""
    if not facts.observed:
        return State.NOT_APPLICABLE, Confidence.HIGH, "nothing was observed"
    if not facts.actor_known:
        return State.UNKNOWN, Confidence.LOW, "the acting account is not settled"
    special = _special(facts)
    if special is not None:
        return special
    if facts.standard_user_finding:
        return State.YES, Confidence.MODERATE, "a standard user acted where administrator rights are needed"
    if facts.registered:
        return _registered(facts)
    if not facts.register_given:
        return _without_register(facts)
    if facts.admin:
        return State.YES, Confidence.HIGH, MISUSE
    if facts.created_process:
        # Privileged or not, both rows of the table say YES for an account that no entry names.
        confidence = Confidence.MODERATE if facts.admin is None else Confidence.HIGH
        return State.YES, confidence, "not authorised and a process was created; look for delegated rights"
    return _reading_only(facts)


def _special(facts: AuthorityFacts) -> tuple[State, Confidence, str] | None:
    if facts.anonymous and facts.created_process:
        return State.CONFLICT, Confidence.LOW, "anonymous with a process is a parse error or an exploit"
    if facts.service_account:
        if facts.service_managed:
            return (
                State.NO,
                Confidence.MODERATE,
                "a service token acted under a verified or registered management agent",
            )
        return (
            State.UNKNOWN,
            Confidence.LOW,
            "a service token acted; the consumer or agent behind it is not known",
        )
    if facts.machine_managed is True:
        return (
            State.NO,
            Confidence.MODERATE,
            "a machine account of a management host or domain controller acted",
        )
    if facts.machine_managed is False and facts.created_process:
        return (
            State.YES,
            Confidence.MODERATE,
            "a machine account acted that belongs to no management host or domain controller",
        )
    return None


def _registered(facts: AuthorityFacts) -> tuple[State, Confidence, str]:
    if facts.admin:
        return State.NO, Confidence.HIGH, "privileged and registered for this"
    if not facts.created_process and facts.admin is False:
        return State.NO, Confidence.MODERATE, "registered, and reading needs no administrator rights"
    if facts.admin is False:
        return (
            State.CONFLICT,
            Confidence.LOW,
            "registered, but the session was not privileged: check special logon auditing",
        )
    return State.UNKNOWN, Confidence.LOW, "registered; whether the session was privileged is not recorded"


def _without_register(facts: AuthorityFacts) -> tuple[State, Confidence, str]:
    if facts.admin is False and facts.created_process and facts.remote:
        return (
            State.YES,
            Confidence.MODERATE,
            "a session without administrator rights created a process from another host",
        )
    if facts.admin is False and not facts.created_process:
        return _reading_only(facts)
    if facts.admin:
        return (
            State.UNKNOWN,
            Confidence.LOW,
            "privileged; no register says whether the account was authorised",
        )
    return State.UNKNOWN, Confidence.LOW, "no register, and no proof of privilege or of its absence"


def _reading_only(facts: AuthorityFacts) -> tuple[State, Confidence, str]:
    if facts.supported:
        return (
            State.YES,
            Confidence.MODERATE,
            "an account without authorisation read, and other findings support a misuse",
        )
    if facts.admin is None:
        return (
            State.UNKNOWN,
            Confidence.LOW,
            "only reads were seen; whether the session was privileged is not recorded",
        )
    return State.NO, Confidence.MODERATE, "only reads were seen, which need no privilege"


def answer_authority(inquiry: Inquiry) -> Draft:
    """Answer E1 for the case: one unauthorised story is enough for YES."""
    if not inquiry.stories:
        return Draft(State.NOT_APPLICABLE, Confidence.HIGH)
    return strongest([_for_story(inquiry, story) for story in inquiry.stories], ORDER)


def _for_story(inquiry: Inquiry, story: Story) -> Draft:
    s6 = inquiry.findings_of(story, ("S6",))
    ends = inquiry.ends(story)
    facts = _facts(inquiry, story, bool(s6), ends)
    state, confidence, words = decide_authority(facts)
    proof = story_evidence(story)
    if state is State.NO and facts.admin is False:
        proof = (*proof, *ends.evidence)
    if state is State.UNKNOWN and not ends.covered and _by_table(facts)[0] is State.NO:
        words = f"{words}: {'; '.join(ends.lacking)}"
    entries = inquiry.covering(story)
    quoted = ", ".join(f"register entry {entry.id} ({entry.purpose})" for entry in entries)
    source = quoted or _authorisation(inquiry, story)
    ids = ", ".join(item.evidence_id for item in story.identity.evidence[:3]) or "no identity record"
    privilege = {True: "4672 for the session", False: "no 4672, auditing proved", None: "4672 not recorded"}[
        facts.admin
    ]
    described = f"{account_text(story)}: {words} ({privilege}; {ids}{'; ' + cite(s6) if s6 else ''})"
    return Draft(
        state=state,
        confidence=confidence,
        values={"user": account_text(story), "facts": described, "authorisation_source": source},
        evidence=(*finding_evidence(s6), *proof),
        finding_ids=tuple(item.id for item in s6),
        anchors_met=(MISUSE,) if state is State.YES and words == MISUSE else (),
        limits=("names of accounts were not used; rights delegated on namespaces are not in the logs",),
        missing=_missing(story, state, facts),
        subject=story.id,
        basis=(Basis(story.id, facts),),
    )


def _authorisation(inquiry: Inquiry, story: Story) -> str:
    if not (inquiry.context.register or inquiry.context.accounts):
        return "no register"
    return (
        "purpose of the account" if inquiry.is_authorised(story) else "no entry names this account for this"
    )


def _facts(inquiry: Inquiry, story: Story, standard_user: bool, ends: Ends) -> AuthorityFacts:
    admin = _admin(story)
    authorised = inquiry.is_authorised(story)
    account = story.account
    known = (
        account is not None and bool(account_name(account.name)) and story.identity.join is not Join.AMBIGUOUS
    )
    machine = is_machine_account(account.name) if account else False
    name = account_name(account.name) if account else ""
    beside = inquiry.findings_of(story)
    weak = {item.family for item in beside if item.tier is Tier.WEAK}
    return AuthorityFacts(
        actor_known=known,
        admin=admin,
        registered=bool(authorised),
        register_given=authorised is not None,
        created_process=creates(story),
        remote=is_remote(story),
        service_account=is_service(story),
        service_managed=any(item.code == "M7" for item in beside) or bool(inquiry.covering(story)),
        machine_managed=_is_managed_machine(inquiry, story, name)
        if machine and not is_service(story)
        else None,
        anonymous=name in _ANONYMOUS,
        standard_user_finding=standard_user,
        supported=any(item.tier is Tier.STRONG for item in beside) or (admin is False and len(weak) >= 2),
        ends_covered=ends.covered,
    )


def _admin(story: Story) -> bool | None:
    """Privilege of the story's sessions: one privileged session makes it privileged, an unknown one leaves it open."""
    seen = {activity.identity.admin for activity in story.activities if activity.identity.account is not None}
    if True in seen or story.identity.admin is True:
        return True
    return False if seen == {False} else None


def _is_managed_machine(inquiry: Inquiry, story: Story, name: str) -> bool:
    asset = asset_of(inquiry.context, name.rstrip("$"))
    if asset is not None and asset.role in ("management", "dc"):
        return True
    return story.origin is OriginClass.REMOTE and inquiry.is_managed_source(story)


def _missing(story: Story, state: State, facts: AuthorityFacts) -> tuple[Need, ...]:
    host = ", ".join(sorted({activity.host for activity in story.activities})[:3])
    needs = []
    if facts.admin is None and state is not State.NO:
        needs.append(Need("special_logon", host))
    if not facts.registered and state is not State.NO:
        needs.append(Need("register"))
    if facts.admin is False and facts.created_process:
        needs.append(Need("delegated", host))
    return tuple(needs)
