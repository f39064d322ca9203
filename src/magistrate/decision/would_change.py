"""What would change the decision, found by search: facts are established one, two, three at a time and decided anew.

Nothing here is written by hand for a case. Each fact is applied to the situation, the answers are decided from their
changed facts and the whole rule table is evaluated; a set of facts is reported only when the disposition then differs.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from magistrate.decision.asks import ask_text
from magistrate.decision.facts import establish_facts, values
from magistrate.decision.model import Disposition, WouldChange
from magistrate.decision.rules import evaluate, is_close
from magistrate.decision.what_if import EXERCISE, Change, establish, possible_changes

if TYPE_CHECKING:
    from magistrate.decision.rules import Verdict
    from magistrate.decision.situation import Situation
    from magistrate.playbooks.model import Playbook

MOST = 3
LARGEST_SET = 3
"""More than three facts at once is no longer an answer to "what would change this" (triage practice 2.6)."""
MOST_WORK = 60_000
"""Sets tried times stories and findings of the case: keeps the search short in a case of a thousand stories."""
FEWEST_SETS = 30

Found = tuple[tuple[int, ...], "Verdict"]


def find_changes(playbook: Playbook, situation: Situation, verdict: Verdict) -> tuple[WouldChange, ...]:
    """Find up to three smallest sets of facts that lead to another disposition.

    One fact is preferred to two and two to three; a set that contains a smaller one is not reported. Different
    outcomes come before a second way to the same outcome. Where no small set closes the case, the last place says
    what the gate to close still asks for, when that can be had at all.
    """
    if verdict.disposition is Disposition.NOT_OBSERVED:
        return ()
    changes = possible_changes(situation, verdict)
    found = _search(playbook, situation, verdict, changes)
    told = [_report([changes[i] for i in chosen], then) for chosen, then in _most_telling(found)]
    if any(is_close(outcome) for outcome in (verdict.disposition, *(item.outcome for item in told))):
        return tuple(told)
    gate = _whole_gate(playbook, situation, changes)
    return tuple([*told[: MOST - 1], gate] if gate else told)


def outcome_with(playbook: Playbook, situation: Situation, changes: tuple[Change, ...]) -> Verdict:
    """What the rules say once these facts are established."""
    return evaluate(playbook, values(establish_facts(establish(playbook, situation, changes))))


def _search(
    playbook: Playbook, situation: Situation, verdict: Verdict, changes: tuple[Change, ...]
) -> list[Found]:
    found: list[Found] = []
    size_of_case = len(situation.stories) + len(situation.findings) + 1
    left = max(FEWEST_SETS, MOST_WORK // size_of_case)
    for size in range(1, LARGEST_SET + 1):
        for chosen in combinations(range(len(changes)), size):
            if len({changes[i].subject for i in chosen}) < size or _contains(chosen, found):
                continue
            if not left:
                return found
            left -= 1
            then = outcome_with(playbook, situation, tuple(changes[i] for i in chosen))
            if then.disposition is not verdict.disposition:
                found.append((chosen, then))
        if len({then.disposition for _, then in found}) >= MOST:
            break
    return found


def _whole_gate(playbook: Playbook, situation: Situation, changes: tuple[Change, ...]) -> WouldChange | None:
    """The fewest of the favourable facts that close the case together; None when even all of them would not."""
    picked: list[Change] = []
    for change in changes:
        taken = {other.subject for other in picked}
        if change.favourable and change.key != EXERCISE and change.subject not in taken:
            picked.append(change)
    if not picked or not is_close(outcome_with(playbook, situation, tuple(picked)).disposition):
        return None
    for change in reversed(tuple(picked)):
        fewer = tuple(other for other in picked if other is not change)
        if fewer and is_close(outcome_with(playbook, situation, fewer).disposition):
            picked = list(fewer)
    return _report(picked, outcome_with(playbook, situation, tuple(picked)))


def _contains(chosen: tuple[int, ...], found: list[Found]) -> bool:
    return any(set(smaller) <= set(chosen) for smaller, _ in found)


def _most_telling(found: list[Found]) -> list[Found]:
    """Smallest first; each outcome once before any outcome twice."""
    ranked: list[tuple[int, int, int, Found]] = []
    seen: dict[Disposition, int] = {}
    for position, (chosen, then) in enumerate(found):
        again = seen.get(then.disposition, 0)
        seen[then.disposition] = again + 1
        ranked.append((again, len(chosen), position, (chosen, then)))
    ranked.sort(key=lambda item: item[:3])
    return [item for _, _, _, item in ranked[:MOST]]


def _report(picked: list[Change], then: Verdict) -> WouldChange:
    asks = tuple(dict.fromkeys(ask for change in picked for ask in change.asks))
    return WouldChange(
        fact="; and ".join(change.fact for change in picked),
        command=" ; then ".join(ask_text(ask) for ask in asks),
        outcome=then.disposition,
        rule=then.rule,
        keys=tuple(change.key for change in picked),
        asks=asks,
    )
