"""What the rules look at, lifted off the records: small enough to change one thing and decide again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from magistrate.activity.model import Confidence, Join, OriginClass
from magistrate.answers.answer import Basis, State
from magistrate.context.lookup import account_purpose, asset_of, is_responder, same_host, tickets_at
from magistrate.coverage.model import Coverage  # noqa: TC001 - part of the runtime type of a field
from magistrate.decision.model import Ask  # noqa: TC001 - part of the runtime type of a field
from magistrate.detections.finding import Finding, Tier
from magistrate.detections.register import acting_activities, actor_of, source_of

if TYPE_CHECKING:
    from magistrate.activity.model import Account, Activity, Story
    from magistrate.answers.answer import Answer
    from magistrate.context.model import Context
    from magistrate.playbooks.model import Playbook

TAMPER_BEFORE = timedelta(minutes=60)
TAMPER_AFTER = timedelta(minutes=30)
"""Window of rule R0 (triage practice 2.5)."""
PROTECTED_ROLES = ("dc", "backup", "pki", "management")


class IdentityState(StrEnum):
    """How well the actor of a story is known."""

    GOOD = "good"  # account and origin known, High or Moderate
    WEAK = "weak"  # known with Low confidence
    CONFLICT = "conflict"  # more than one session could be the actor
    UNKNOWN = "unknown"  # account or origin cannot be determined


@dataclass(frozen=True, slots=True)
class StorySituation:
    """One story as the rules see it.

    `ran_on` are the hosts whose records show the acts; `grades` their coverage grades, D for a host without
    coverage. `unexamined` are hosts that were acted on and have no record in the case.
    """

    id: str
    ran_on: tuple[str, ...]
    targets: tuple[str, ...]
    identity: IdentityState
    confidence: Confidence
    grades: tuple[tuple[str, str], ...]
    source_covered: bool = True
    unexamined: tuple[str, ...] = ()
    seen_where_it_ran: bool = True
    server_or_unknown: bool = True
    exercise: str | None = None
    critical: bool = False
    tier0_account: bool = False
    account: str | None = None
    source: str | None = None
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class FindingSituation:
    """One finding as the rules see it. `waivable` already considers the scope of D2; `role` is its host's.

    `records` are the ids of the records it rests on.
    """

    id: str
    code: str
    tier: Tier
    family: str
    story_id: str | None
    sources: tuple[str, ...]
    waivable: bool
    excused: bool
    role: str = "unknown"
    tier_level: int | None = None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSituation:
    """State of one answer, and what the gate needs of it. `basis` are the facts it was decided from."""

    id: str
    state: State
    anchors: tuple[str, ...] = ()
    finding_ids: tuple[str, ...] = ()
    misuse: bool = False
    basis: tuple[Basis, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """The whole case as the rules see it.

    `tamper` are sentences, one for each sign inside the window of R0. `recovered_alone` says what rests on records
    from slack alone. `raw_contradicts` are claims of the alert that its record shows to be untrue; `alert_unseen` says
    which record of the alert is not in the case, and `alert_asks` what to fetch for it.
    """

    stories: tuple[StorySituation, ...]
    findings: tuple[FindingSituation, ...]
    answers: tuple[AnswerSituation, ...]
    tamper: tuple[str, ...] = ()
    cold_start_waiver: bool = False
    raw_contradicts: tuple[str, ...] = ()
    nothing_read: bool = False
    recovered_alone: tuple[str, ...] = ()
    alert_unseen: tuple[str, ...] = ()
    alert_asks: tuple[Ask, ...] = ()

    def state(self, code: str) -> State:
        """State of an answer; UNKNOWN when it was not given."""
        return next((item.state for item in self.answers if item.id == code), State.UNKNOWN)

    def answer(self, code: str) -> AnswerSituation | None:
        """An answer by its code, None when it was not given."""
        return next((item for item in self.answers if item.id == code), None)


def describe_situation(
    playbook: Playbook,
    stories: tuple[Story, ...],
    findings: tuple[Finding, ...],
    answers: tuple[Answer, ...],
    coverage: Coverage,
    context: Context,
) -> Situation:
    """Lift what the rules need off a case. Background stories and findings that rest on them are left out."""
    foreground = tuple(story for story in stories if not story.background)
    quiet = {story.id for story in stories if story.background}
    return Situation(
        stories=tuple(_story(story, coverage, context) for story in foreground),
        findings=tuple(
            _finding(item, playbook, context)
            for item in findings
            if item.story_id not in quiet or item.tier is Tier.DECISIVE
        ),
        answers=tuple(_answer(item) for item in answers),
        tamper=_tamper(foreground, findings, coverage),
        cold_start_waiver=context.cold_start_waiver is not None
        or _responders_at_work(foreground, findings, context),
        nothing_read=not coverage.hosts,
    )


def _responders_at_work(stories: tuple[Story, ...], findings: tuple[Finding, ...], context: Context) -> bool:
    """Every act of every story is a responder's, from a responder's host, under a ticket: such acts are never learned.

    One act without a known actor, of somebody else, from elsewhere, from a host only claimed, or outside the ticket's
    hosts, accounts and hours, and nothing is waived.
    """
    ticketed = {item.story_id for item in findings if item.code == "M4"}
    return bool(stories) and all(
        story.id in ticketed
        and story.account is not None
        and not story.source_host_claimed
        and is_responder(context, story.account.name)
        and all(_is_response(context, story, activity) for activity in acting_activities(story))
        for story in stories
    )


def _is_response(context: Context, story: Story, activity: Activity) -> bool:
    """One act is a responder's, from a responder's host, and a change ticket names its host, account and hour."""
    account = actor_of(story, activity)
    if account is None or not is_responder(context, account.name):
        return False
    if not any(is_responder(context, name) for name in source_of(story, activity.identity) if name):
        return False
    ticket = tickets_at(context, host=activity.host, account=account.name, utc=activity.utc, kind="change")
    return bool(ticket)


def _answer(answer: Answer) -> AnswerSituation:
    misuse = (
        answer.id == "E1" and answer.state is State.YES and "privileged, not authorised" in answer.anchors_met
    )
    return AnswerSituation(
        answer.id, answer.state, answer.anchors_met, answer.finding_ids, misuse, answer.basis
    )


def _story(story: Story, coverage: Coverage, context: Context) -> StorySituation:
    ran_on = tuple(sorted({activity.host for activity in story.activities if activity.host}))
    recorded = {item.host for item in coverage.hosts if any(channel.count for channel in item.channels)}
    unexamined = tuple(host for host in story.target_hosts if not _is_recorded(host, recorded))
    reached = [host for host in story.target_hosts if host not in unexamined]
    accounts = [account for account in (story.account, *story.accounts) if account is not None]
    return StorySituation(
        id=story.id,
        ran_on=ran_on,
        targets=story.target_hosts,
        identity=identity_state(story),
        confidence=story.identity.confidence,
        grades=tuple((host, _grade(coverage, host)) for host in ran_on),
        source_covered=_source_covered(story, coverage),
        unexamined=unexamined,
        seen_where_it_ran=bool(reached) or not story.target_hosts,
        server_or_unknown=any(_much_at_stake(context, host) for host in {*ran_on, *story.target_hosts}),
        exercise=_exercise(story, ran_on, context),
        critical=any(_is_critical(context, host) for host in {*ran_on, *story.target_hosts}),
        tier0_account=any(_is_tier0(context, account) for account in accounts),
        account=story.account.name if story.account else None,
        source=story.source_host or story.source_ip,
        first=story.first,
        last=story.last,
    )


def identity_state(story: Story) -> IdentityState:
    """How well the actor of a story is known, for the story as a whole."""
    identity = story.identity
    if identity.join is Join.AMBIGUOUS:
        return IdentityState.CONFLICT
    if identity.account is None or identity.origin is OriginClass.UNKNOWN:
        return IdentityState.UNKNOWN
    return IdentityState.WEAK if identity.confidence is Confidence.LOW else IdentityState.GOOD


def _is_recorded(host: str, recorded: set[str]) -> bool:
    return any(same_host(host, other) for other in sorted(recorded))


def _grade(coverage: Coverage, host: str) -> str:
    found = coverage.host(host)
    return found.grade if found is not None else "D"


def _source_covered(story: Story, coverage: Coverage) -> bool:
    """Whether the source end has grade A or B; a local story's source is the host itself."""
    if story.origin is not OriginClass.REMOTE:
        return all(_grade(coverage, activity.host) in ("A", "B") for activity in story.activities)
    source = None if story.source_host_claimed else story.source_host
    return source is not None and any(
        same_host(source, item.host) and item.grade in ("A", "B") for item in coverage.hosts
    )


def _much_at_stake(context: Context, host: str) -> bool:
    """A server, a tier 0 host, or a host whose role nobody told."""
    asset = asset_of(context, host)
    return asset is None or asset.role != "workstation" or asset.tier == 0


def _is_critical(context: Context, host: str) -> bool:
    asset = asset_of(context, host)
    return asset is not None and "critical" in asset.tags


def _is_tier0(context: Context, account: Account) -> bool:
    purpose = account_purpose(context, account.name, account.sid)
    return purpose is not None and purpose.tier == 0


def _exercise(story: Story, ran_on: tuple[str, ...], context: Context) -> str | None:
    """Id of the exercise ticket with an approver that covers every host and account of the story, all the time."""
    accounts = sorted({a.identity.account.name for a in story.activities if a.identity.account is not None})
    if not accounts or any(a.identity.account is None or a.utc is None for a in story.activities):
        return None
    hosts = sorted({*ran_on, *story.target_hosts})
    times = sorted({moment for moment in (story.first, story.last) if moment is not None})
    needed = [
        {
            ticket.id
            for ticket in tickets_at(context, host=host, account=account, utc=moment, kind="exercise")
            if ticket.approved_by
        }
        for host in hosts
        for account in accounts
        for moment in times
    ]
    common = set.intersection(*needed) if needed else set()
    return min(common, default=None)


def _finding(finding: Finding, playbook: Playbook, context: Context) -> FindingSituation:
    asset = asset_of(context, finding.host)
    never = finding.code in playbook.non_waivable or (
        f"{finding.code}-unscoped" in playbook.non_waivable and not finding.scoped
    )
    return FindingSituation(
        id=finding.id,
        code=finding.code,
        tier=finding.tier,
        family=finding.family,
        story_id=finding.story_id,
        sources=finding.sources,
        waivable=finding.waivable and not never,
        excused=finding.excused_by is not None and not never,
        role=asset.role if asset else "unknown",
        tier_level=asset.tier if asset else None,
        records=tuple(item.evidence_id for item in finding.evidence),
    )


def _tamper(stories: tuple[Story, ...], findings: tuple[Finding, ...], coverage: Coverage) -> tuple[str, ...]:
    """Sentences for every sign of a cut log inside the window; a sign without a time counts as inside."""
    moments = [moment for story in stories for moment in (story.first, story.last)]
    moments += [finding.utc for finding in findings if finding.tier in (Tier.DECISIVE, Tier.STRONG)]
    known = [moment for moment in moments if moment is not None]
    signs = [
        f"{sign.what} on {sign.host or 'an unknown host'}"
        for sign in coverage.tamper
        if sign.scored and (not known or _inside(sign.utc, min(known), max(known)))
    ]
    if coverage.lost_records:
        signs.append(f"{coverage.lost_records} records could not be read")
    return tuple(sorted(signs))


def _inside(moment: datetime | None, first: datetime, last: datetime) -> bool:
    return moment is None or first - TAMPER_BEFORE <= moment <= last + TAMPER_AFTER
