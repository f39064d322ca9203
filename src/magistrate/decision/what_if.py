"""The facts that a person could establish in a case: what each would do, and who or what settles it."""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from magistrate.answers.answer import State
from magistrate.decision import effects
from magistrate.decision.asks import ask_owner, collect_for, described
from magistrate.decision.model import Ask
from magistrate.decision.requests import ORIGINALS
from magistrate.decision.rules import is_escalation
from magistrate.decision.situation import Situation  # noqa: TC001 - part of the runtime type of a field
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magistrate.decision.rules import Verdict
    from magistrate.playbooks.model import Playbook

EXERCISE = "exercise"
_LEAD = "a lead, not the analyst"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that could be established: what, who or what settles it, and what it does to the case.

    Two changes of one `subject` exclude each other. `favourable` ones speak for a close.
    """

    key: str
    subject: str
    fact: str
    asks: tuple[Ask, ...]
    apply: Callable[[Situation], Situation]
    favourable: bool = True


def establish(playbook: Playbook, situation: Situation, changes: tuple[Change, ...]) -> Situation:
    """The case with these facts established and its answers decided anew."""
    after = situation
    for change in changes:
        after = change.apply(after)
    return effects.settle(playbook, situation, after)


def possible_changes(situation: Situation, verdict: Verdict) -> tuple[Change, ...]:
    """Everything worth asking about, the likeliest to be settled first; what would change nothing is left out."""
    return tuple(
        change for change in _all_changes(situation, verdict) if change.apply(situation) != situation
    )


def _all_changes(situation: Situation, verdict: Verdict) -> Iterator[Change]:
    yield from _of_evidence(situation)
    yield from _of_site(situation)
    yield from _of_people(situation, verdict)
    yield from _of_findings(situation)


def _of_evidence(situation: Situation) -> Iterator[Change]:
    """Logs that can be collected, what they may show, and what they then settle."""
    yield Change(
        "recovered",
        "recovered",
        "the records recovered from slack are found in a live log",
        (Ask("from the log archive, the SIEM or a backup of the host", "the live records", ORIGINALS),),
        effects.live_records,
        favourable=False,
    )
    ran = [s for s in situation.stories if s.unexamined or any(g not in ("A", "B") for _, g in s.grades)]
    hosts = [h for s in ran for h in (*s.unexamined, *(n for n, g in s.grades if g not in ("A", "B")))]
    names = ", ".join(dict.fromkeys(hosts)) or "the hosts of the case"
    asks = collect_for("target", ran, hosts)
    yield Change(
        "target_logs",
        "target_logs",
        f"the process, logon and WMI records of {names} are added and show nothing more",
        asks,
        effects.logs_where_it_ran,
    )
    far = [story for story in situation.stories if not story.source_covered]
    sources = [story.source for story in far if story.source]
    where = ", ".join(dict.fromkeys(sources)) or "the source host"
    from_source = collect_for("source", far, sources or ["the source host, once it is known"])
    yield Change(
        "source_logs",
        "source_logs",
        f"the logs of {where} are added and show nothing more",
        from_source,
        effects.logs_of_source,
    )
    if far or ran:
        yield Change(
            "another_sign",
            "source_logs" if far else "target_logs",
            f"the logs of {where if far else names} are added and show one more sign of another technique",
            from_source if far else asks,
            effects.another_sign,
            favourable=False,
        )
    yield from _of_sessions(situation)
    yield Change(
        "logs_whole",
        "logs_whole",
        f"the records that are missing are fetched and change nothing ({(*situation.tamper, '')[0]})",
        (Ask("from the log archive or SIEM", "the missing records", "fetch the records of the gap"),),
        effects.logs_whole,
    )


def _of_sessions(situation: Situation) -> Iterator[Change]:
    """Who acted, with which rights, over which connections, and how often before."""
    open_ = [story for story in situation.stories if story.identity in effects.UNSETTLED]
    actor = collect_for("actor", open_, [host for story in open_ for host in story.ran_on])
    for remote, words in ((False, "a local session of one account"), (True, "a session from another host")):
        yield Change(
            "actor_remote" if remote else "actor_local",
            "actor",
            f"the logon records name who acted, in {words}",
            actor,
            partial(effects.actor_settled, remote=remote),
            favourable=not remote,
        )
    acted = [host for story in situation.stories for host in story.ran_on]
    special = collect_for("privilege", situation.stories, acted)
    for admin, words in (
        (True, "a 4672 shows that the session was privileged"),
        (False, "special logons are recorded and the session had none"),
    ):
        yield Change(
            "privileged" if admin else "not_privileged",
            "privilege",
            words,
            special,
            partial(effects.privilege, admin=admin),
            favourable=admin,
        )
    flows = collect_for("flows", situation.stories, acted)
    yield Change(
        "flows",
        "flows",
        "flow records show the connections and nothing after them",
        flows,
        effects.flows_seen,
    )
    yield Change(
        "flows_outside",
        "flows",
        "flow records show that what was started connected to the outside",
        flows,
        effects.flows_outside,
        favourable=False,
    )
    yield Change(
        "older_days",
        "older_days",
        f"older logs show the same account, source, target and command on {effects.HABIT_DAYS} or more earlier days",
        collect_for("history", situation.stories, acted),
        effects.older_days,
    )


def _of_site(situation: Situation) -> Iterator[Change]:
    """What the site can put on record: register, tickets, purposes, a waiver."""
    account, source, hosts = described(situation)
    codes = sorted(
        {
            f.code
            for f in situation.findings
            if f.waivable and not f.excused and f.tier in (Tier.DECISIVE, Tier.STRONG)
        }
    )
    excuses = f" that excuses {', '.join(codes)}" if codes else ""
    yield Change(
        "register",
        "register",
        f"the owner confirms the use and a lead approves a register entry{excuses}",
        (
            ask_owner(situation, f"does {account} do this from {source} on {hosts}, and under which ticket?"),
            Ask(
                _LEAD,
                "a register entry",
                "add the entry to the site context: account SID, source, target, shape, owner, expiry"
                + (f", excuses: [{', '.join(codes)}]" if codes else ""),
            ),
        ),
        effects.register_entry,
    )
    yield Change(
        "ticket",
        "ticket",
        "a change ticket names these hosts and accounts at this time",
        (
            Ask(
                "the change board",
                "a change ticket",
                f"look for a change on {hosts} by {account} at this time",
            ),
        ),
        effects.change_ticket,
    )
    yield Change(
        "purpose",
        "purpose",
        f"the site tags {source} as a management host and {account} for this use",
        (
            Ask(
                _LEAD,
                "a purpose",
                "add the source under management and the account with its purpose to the site context",
            ),
        ),
        effects.account_purpose,
    )
    if situation.state("Q2") is not State.YES:
        yield Change(
            "waiver",
            "waiver",
            "a lead allows closing without a history",
            (
                Ask(
                    _LEAD,
                    "a waiver",
                    "put cold_start_waiver with the name of the approval into the site context",
                ),
            ),
            effects.lead_waiver,
        )


def _of_people(situation: Situation, verdict: Verdict) -> Iterator[Change]:
    account, source, hosts = described(situation)
    yield Change(
        "denied",
        "register",
        "the owner says that nobody of theirs did this",
        (ask_owner(situation, f"did anyone of yours use {account} from {source} on {hosts} at this time?"),),
        effects.owner_denies,
        favourable=False,
    )
    # A ticket is asked for where something is to be explained by it, not where data is missing.
    if is_escalation(verdict.disposition):
        yield Change(
            EXERCISE,
            EXERCISE,
            "an approved exercise ticket names these hosts and accounts at this time",
            (
                Ask(
                    "the exercise lead",
                    "an exercise ticket",
                    f"is an exercise on {hosts} by {account} under way? Add its ticket with its approver to the site context",
                ),
            ),
            effects.exercise_ticket,
        )


def _of_findings(situation: Situation) -> Iterator[Change]:
    """Each kind of standing finding could prove not to be what it says, against its own raw records."""
    for tier in (Tier.DECISIVE, Tier.STRONG):
        for code in sorted({f.code for f in situation.findings if f.tier is tier and not f.excused}):
            hits = [f for f in situation.findings if f.code == code and not f.excused]
            ids = frozenset(item.id for item in hits)
            records = list(dict.fromkeys(name for item in hits for name in item.records))
            yield Change(
                f"contradicted_{code}",
                f"finding_{code}",
                f"the raw records contradict {code}",
                (
                    Ask(
                        "in this case",
                        "the raw records",
                        " ; ".join(f"magistrate show CASE {name}" for name in records[:3])
                        or "read the records of the finding",
                    ),
                ),
                partial(effects.without_findings, ids=ids, excuse=False),
                favourable=False,
            )
