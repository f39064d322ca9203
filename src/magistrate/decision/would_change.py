"""What would change the decision: single facts of the case are changed and the rules are asked again.

Nothing here is written by hand for a case. Each change is applied to the situation, the facts are established
anew and the whole rule table is evaluated; a change is reported only when the disposition then differs.
"""

from __future__ import annotations

from collections.abc import Callable  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from magistrate.activity.model import Confidence
from magistrate.answers.answer import State
from magistrate.decision.facts import E_CODES, establish_facts, values
from magistrate.decision.model import Disposition, WouldChange
from magistrate.decision.requests import ORIGINALS, collect_host
from magistrate.decision.rules import evaluate, is_close, is_escalation
from magistrate.decision.situation import AnswerSituation, IdentityState, Situation
from magistrate.detections.finding import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magistrate.answers.answer import Answer
    from magistrate.decision.rules import Verdict
    from magistrate.playbooks.model import Playbook

MOST = 3
EXERCISE = "exercise"
LARGEST_SET = 3
"""More than three facts at once is no longer an answer to "what would change this" (triage practice 2.6)."""
MANY_SETS = 4_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that could turn out otherwise: what, how to settle it, and the situation it leads to.

    Two changes of one `subject` exclude each other. `favourable` ones speak for a close.
    """

    subject: str
    fact: str
    command: str
    apply: Callable[[Situation], Situation]
    favourable: bool = True


def find_changes(
    playbook: Playbook, situation: Situation, answers: Sequence[Answer], verdict: Verdict
) -> tuple[WouldChange, ...]:
    """Find up to three smallest changes that lead to another disposition.

    One change is preferred to two and two to three; a set that contains a smaller one is not reported. Different
    outcomes come before a second way to the same outcome. Where no small set closes the case, the last place says
    what the gate to close still asks for, when that can be had at all.
    """
    if verdict.disposition is Disposition.NOT_OBSERVED:
        return ()
    changes = tuple(_possible_changes(situation, answers, verdict))
    found: list[tuple[tuple[int, ...], Disposition]] = []
    told: set[tuple[frozenset[str], Disposition]] = set()
    tried = 0
    for size in range(1, LARGEST_SET + 1):
        for chosen in combinations(range(len(changes)), size):
            if len({changes[i].subject for i in chosen}) < size or _contains(chosen, found):
                continue
            tried += 1
            if tried > MANY_SETS:
                break
            outcome = _outcome(playbook, situation, [changes[i] for i in chosen])
            about = (frozenset(changes[i].subject for i in chosen), outcome)
            if outcome is not verdict.disposition and about not in told:
                told.add(about)
                found.append((chosen, outcome))
        if len({outcome for _, outcome in found}) >= MOST:
            break
    told_first = [_report(changes, chosen, outcome) for chosen, outcome in _most_telling(found)]
    if any(is_close(outcome) for outcome in (verdict.disposition, *(item.outcome for item in told_first))):
        return tuple(told_first)
    gate = _whole_gate(playbook, situation, changes)
    return tuple([*told_first[: MOST - 1], gate] if gate else told_first)


def _whole_gate(playbook: Playbook, situation: Situation, changes: tuple[Change, ...]) -> WouldChange | None:
    """Everything that speaks for a close at once; None when even that would not close the case."""
    picked = [change for change in changes if change.favourable and change.subject != EXERCISE]
    outcome = _outcome(playbook, situation, picked)
    if not picked or not is_close(outcome):
        return None
    commands = tuple(dict.fromkeys(change.command for change in picked))
    return WouldChange("; ".join(change.fact for change in picked), " ; then ".join(commands), outcome)


def _contains(chosen: tuple[int, ...], found: list[tuple[tuple[int, ...], Disposition]]) -> bool:
    return any(set(smaller) <= set(chosen) for smaller, _ in found)


def _most_telling(
    found: list[tuple[tuple[int, ...], Disposition]],
) -> list[tuple[tuple[int, ...], Disposition]]:
    """Smallest first; each outcome once before any outcome twice."""
    ranked: list[tuple[int, int, int, tuple[int, ...], Disposition]] = []
    seen: dict[Disposition, int] = {}
    for position, (chosen, outcome) in enumerate(found):
        again = seen.get(outcome, 0)
        seen[outcome] = again + 1
        ranked.append((again, len(chosen), position, chosen, outcome))
    ranked.sort(key=lambda item: item[:3])
    return [(chosen, outcome) for _, _, _, chosen, outcome in ranked[:MOST]]


def _outcome(playbook: Playbook, situation: Situation, changes: list[Change]) -> Disposition:
    for change in changes:
        situation = change.apply(situation)
    return evaluate(playbook, values(establish_facts(situation))).disposition


def _report(changes: tuple[Change, ...], chosen: tuple[int, ...], outcome: Disposition) -> WouldChange:
    picked = [changes[i] for i in chosen]
    commands = tuple(dict.fromkeys(change.command for change in picked))
    return WouldChange(" and ".join(change.fact for change in picked), " ; then ".join(commands), outcome)


def _possible_changes(situation: Situation, answers: Sequence[Answer], verdict: Verdict) -> Iterator[Change]:
    """Every change worth asking about, the likeliest to be settled first."""
    if situation.recovered_alone:
        yield Change(
            "recovered",
            "the records recovered from slack are found in a live log",
            ORIGINALS,
            lambda case: replace(case, recovered_alone=()),
            favourable=False,
        )
    yield from _finding_changes(situation)
    yield from _answer_changes(situation, answers)
    yield from _story_changes(situation)
    if situation.tamper:
        yield Change(
            "tamper",
            f"the gap in the logs is explained and filled ({situation.tamper[0]})",
            "fetch the missing records from the log archive or SIEM",
            lambda case: replace(case, tamper=()),
        )
    # A ticket is asked for where something is to be explained by it, not where data is missing.
    if is_escalation(verdict.disposition) and not all(story.exercise for story in situation.stories):
        yield Change(
            EXERCISE,
            "an approved exercise ticket names these hosts and accounts at this time",
            "ask the change board and the exercise lead; add the ticket with its approver to the site context",
            lambda case: replace(case, stories=tuple(replace(s, exercise="ticket") for s in case.stories)),
        )


def _finding_changes(situation: Situation) -> Iterator[Change]:
    for tier in (Tier.DECISIVE, Tier.STRONG):
        standing = [item for item in situation.findings if item.tier is tier and not item.excused]
        waivable = [item for item in standing if item.waivable]
        if standing and len(waivable) == len(standing):
            codes = ", ".join(sorted({item.code for item in waivable}))
            ids = frozenset(item.id for item in waivable)
            yield Change(
                f"findings-{tier.value}",
                f"the owner confirms {codes} and a lead-approved register entry names it",
                "ask the owner through a known number; add the entry with account, source, shape and expiry to the register",
                lambda case, ids=ids: _excuse(case, ids),  # type: ignore[misc]  # the default binds this round's ids
            )


def _excuse(situation: Situation, ids: frozenset[str]) -> Situation:
    """Excuse findings, and turn every E that rests on them alone to NO."""
    findings = tuple(replace(f, excused=True) if f.id in ids else f for f in situation.findings)
    answers = tuple(
        replace(a, state=State.NO)
        if a.id in E_CODES and a.state is State.YES and a.finding_ids and set(a.finding_ids) <= ids
        else a
        for a in situation.answers
    )
    return replace(situation, findings=findings, answers=answers)


_ANSWER_WORDS = {
    ("Q1", State.YES): "the need is shown by two anchors that agree on account and source",
    ("Q2", State.YES): "older logs show this operation on three separate days",
    ("Q3", State.YES): "the logs that were not looked at hold a signal of the same source, host or account",
    ("Q3", State.NO): "the logs of both ends are examined and hold no other signal",
    ("Q4", State.NO): "the flows show a known pair without fan-out or after-effects",
    ("Q4", State.YES): "the flows show an unusual pattern",
    ("E1", State.YES): "the account proves to be not authorised for this",
    ("E1", State.NO): "the account proves to be privileged and authorised for this",
    ("E2", State.YES): "other malicious activity shows on the same host or account",
    ("E2", State.NO): "the missing logs show no other malicious activity",
    ("E3", State.YES): "the session proves to come from another host that does not manage this one",
    ("E3", State.NO): "both ends are examined and the pair is registered for this operation",
    ("E4", State.YES): "the command or the tree shows what administrators do not do",
    ("E4", State.NO): "command and source prove to be ordinary and registered",
}
_DEFAULT_COMMAND = {
    "Q1": "ask the owner of the host through a known number; note name, time and ticket",
    "Q2": "add archived logs that reach back 30 days",
    "E1": "state what the account may do, where and from where, in the site context",
}


def _answer_changes(situation: Situation, answers: Sequence[Answer]) -> Iterator[Change]:
    by_code = {answer.id: answer for answer in answers}
    for code in ("Q3", "Q1", "E3", "E1", "E2", "E4", "Q2", "Q4"):
        answer = by_code.get(code)
        if answer is None or answer.state is State.NOT_APPLICABLE:
            continue
        favourable = State.YES if code in ("Q1", "Q2") else State.NO
        other = State.NO if favourable is State.YES else State.YES
        wanted = [favourable, other] if answer.state in (State.UNKNOWN, State.CONFLICT) else []
        if answer.state is State.YES and code in (*E_CODES, "Q4", "Q3"):
            wanted = [State.NO]
        if answer.state is State.NO and code in ("Q1", "Q2"):
            wanted = [State.YES]
        first = answer.missing[0] if answer.missing else None
        command = f"{first.what}: {first.command}" if first else _DEFAULT_COMMAND.get(code, answer.flips_if)
        for state in wanted:
            words = _ANSWER_WORDS.get((code, state))
            if words:
                yield Change(
                    code,
                    f"{words} ({code} {state.value})",
                    command or "ask the owner of the host",
                    lambda case, code=code, state=state: _answered(case, code, state),  # type: ignore[misc]  # as above
                    favourable=state is favourable,
                )


def _answered(situation: Situation, code: str, state: State) -> Situation:
    anchors = ("M1", "M4") if code == "Q1" and state is State.YES else ()
    answers = tuple(
        AnswerSituation(code, state, anchors or item.anchors) if item.id == code else item
        for item in situation.answers
    )
    stories = situation.stories
    if code == "Q3" and state is State.NO:  # a NO to Q3 exists only with both ends covered
        stories = tuple(replace(story, source_covered=True) for story in stories)
    return replace(situation, answers=answers, stories=stories)


def _story_changes(situation: Situation) -> Iterator[Change]:
    poor = sorted({h for story in situation.stories for h, grade in story.grades if grade not in ("A", "B")})
    if poor:
        yield Change(
            "coverage",
            f"process, command line and logon records of {', '.join(poor)} are added",
            " ; ".join(collect_host(host) for host in poor),
            lambda case: replace(
                case,
                stories=tuple(replace(s, grades=tuple((h, "B") for h, _ in s.grades)) for s in case.stories),
            ),
        )
    unsettled = (IdentityState.UNKNOWN, IdentityState.CONFLICT, IdentityState.WEAK)
    if any(story.identity in unsettled for story in situation.stories):
        hosts = sorted({host for s in situation.stories if s.identity in unsettled for host in s.ran_on})
        yield Change(
            "identity",
            "the acting account and its source are settled",
            " ; ".join(collect_host(host) for host in hosts) or "collect the logon events of the host",
            lambda case: replace(
                case,
                stories=tuple(
                    replace(s, identity=IdentityState.GOOD, confidence=Confidence.MODERATE)
                    if s.identity in unsettled
                    else s
                    for s in case.stories
                ),
            ),
        )
    if any(not story.seen_where_it_ran for story in situation.stories):
        hosts = sorted({host for story in situation.stories for host in story.unexamined})
        yield Change(
            "unexamined",
            f"the logs of {', '.join(hosts)} are added",
            " ; ".join(collect_host(host) for host in hosts),
            lambda case: replace(
                case, stories=tuple(replace(s, seen_where_it_ran=True, unexamined=()) for s in case.stories)
            ),
        )
