"""An answer before it is put into words: the approach decides, the playbook's templates speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - part of the runtime type of a field
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magistrate.activity.model import Confidence
from magistrate.answers.answer import Answer, Basis, Missing, State
from magistrate.errors import PlaybookError
from magistrate.events.evidence import Evidence  # noqa: TC001 - part of the runtime type of a field
from magistrate.playbooks.template import fill

if TYPE_CHECKING:
    from collections.abc import Iterable

    from magistrate.playbooks.model import Question

MOST_EVIDENCE = 12
"""Records cited by one answer; more do not make it surer, and the findings list theirs."""


@dataclass(frozen=True, slots=True)
class Need:
    """A missing source: the id of the question's `missing` row, and where it lacks (a host), empty for anywhere."""

    id: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an approach found for one story, or for the case.

    `values` fill the template of the state. `subject` names the story the draft speaks of, empty for the case;
    `basis` are the facts that the approach decided from.
    """

    state: State
    confidence: Confidence
    values: Mapping[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    finding_ids: tuple[str, ...] = ()
    anchors_met: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    missing: tuple[Need, ...] = ()
    pattern: str | None = None
    subject: str = ""
    basis: tuple[Basis, ...] = ()


def strongest(drafts: Sequence[Draft], order: Sequence[State]) -> Draft:
    """The draft that speaks for the case: the first state of `order` that any story has, the earliest story first.

    What the other stories say becomes a limit of the answer, and what they miss is missing too.

    Raises:
        ValueError: there is no draft.
    """
    rank = {state: number for number, state in enumerate(order)}
    chosen = min(drafts, key=lambda draft: rank.get(draft.state, len(rank)))
    others = [draft for draft in drafts if draft is not chosen]
    told = _told(chosen, others)
    same = [draft for draft in others if draft.state is chosen.state]
    return Draft(
        state=chosen.state,
        confidence=chosen.confidence,
        values=chosen.values,
        evidence=chosen.evidence,
        finding_ids=tuple(dict.fromkeys([*chosen.finding_ids, *(i for d in same for i in d.finding_ids)])),
        anchors_met=_common_anchors(chosen, same),
        limits=tuple(dict.fromkeys([*chosen.limits, *told])),
        missing=tuple(dict.fromkeys([*chosen.missing, *(need for d in others for need in d.missing)])),
        pattern=chosen.pattern,
        subject=chosen.subject,
        basis=tuple(item for draft in drafts for item in draft.basis),
    )


def _told(chosen: Draft, others: Sequence[Draft]) -> tuple[str, ...]:
    """What the other stories say, counted by state; a story that says otherwise is named."""
    counts: dict[State, list[str]] = {}
    for draft in others:
        counts.setdefault(draft.state, []).append(draft.subject)
    parts = []
    for state, names in sorted(counts.items()):
        named = (
            f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
            if state is not chosen.state
            else ""
        )
        parts.append(f"{len(names)} {state.value}{named}")
    return (f"other stories: {', '.join(parts)}",) if parts else ()


def _common_anchors(chosen: Draft, same: Sequence[Draft]) -> tuple[str, ...]:
    """Anchors that hold for every story: one story's anchors never speak for another's."""
    return tuple(a for a in chosen.anchors_met if all(a in draft.anchors_met for draft in same))


def render(draft: Draft, question: Question) -> Answer:
    """Put a draft into the fixed words of its question.

    YES and NO without a record behind them are not given: the answer becomes UNKNOWN and says so.

    Raises:
        PlaybookError: the question has no words for the state, or asks for a value that no approach gives.
    """
    state, limits = draft.state, draft.limits
    if state in (State.YES, State.NO) and not draft.evidence:
        state, limits = State.UNKNOWN, (*limits, f"{draft.state.value} would need a record that shows it")
    flips = _words(question, question.flips_if.items(), state, draft.values)
    return Answer(
        id=question.code,
        question=question.question,
        state=state,
        confidence=draft.confidence if state is draft.state else Confidence.LOW,
        text=" ".join(
            _words(question, question.templates.items(), state, {**draft.values, "flips": flips}).split()
        ),
        evidence=_cited(draft.evidence),
        finding_ids=draft.finding_ids,
        anchors_met=draft.anchors_met,
        limits=limits,
        missing=_missing(draft, question),
        flips_if=flips,
        pattern=draft.pattern,
        basis=draft.basis,
    )


def _words(
    question: Question, table: Iterable[tuple[str, str]], state: State, values: Mapping[str, str]
) -> str:
    by_state = dict(table)
    try:
        return fill(by_state[state.value], values)
    except KeyError as error:
        raise PlaybookError(
            f"Question {question.code} cannot be worded for {state.value}: {error.args[0]!r} is not given.",
            location=question.id,
            hint="Use only the placeholders that the question documents.",
        ) from error


def _cited(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple({item.evidence_id: item for item in reversed(evidence)}.values())[::-1][:MOST_EVIDENCE]


def _missing(draft: Draft, question: Question) -> tuple[Missing, ...]:
    known = {item.id: item for item in question.missing}
    found: list[Missing] = []
    for need in draft.missing:
        if need.id not in known:
            raise PlaybookError(
                f"Question {question.code} does not say how to fetch {need.id!r}.",
                location=question.id,
                hint="Add a row under missing.",
            )
        row = known[need.id]
        found.append(Missing(f"{row.what} ({need.where})" if need.where else row.what, row.command))
    return tuple(dict.fromkeys(found))
