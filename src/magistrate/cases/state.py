"""Reads the state of a case off its record: the program's verdict, what people changed, notes, open or closed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from magistrate.cases.entries import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

VERDICT = "verdict"
"""What an override is about; an answer is about the code of its question."""


class Standing(StrEnum):
    """Whether a change is in force."""

    IN_FORCE = "in force"
    WAITING = "waits for a second person"
    DENIED = "a second person did not agree"
    REPLACED = "replaced by a later change"
    OUTDATED = "made on an earlier verdict"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the program decided last. `program` is the digest of the build; `decisive` are the findings of tier D that no register entry excuses."""

    number: int
    utc: str
    disposition: str
    severity: str | None
    confidence: str
    rule: str
    version: str
    program: str
    sha256: str
    decisive: tuple[str, ...]
    answers: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """A verdict or an answer of a person, as written; see `magistrate.cases.opinions` for the facts.

    `same_system_user` is True when the second person wrote as the same user of the system: shown, as names are only
    what somebody says.
    """

    number: int
    about: str
    tool: str
    analyst: str
    by: str
    utc: str
    facts: dict[str, Any]
    standing: Standing
    second: str | None = None
    same_system_user: bool = False

    @property
    def needs_second(self) -> bool:
        """Whether it counts only when another person agrees."""
        return self.facts.get("second_person") is True


@dataclass(frozen=True, slots=True)
class State:
    """A case as its record has it. `version` is the number of its last entry: what a writer says to have seen.

    `complete` is False while an investigation runs, and after one that was stopped.
    """

    case_id: str
    label: str
    created: str
    version: int
    head: str
    verdict: Verdict | None = None
    complete: bool = False
    changes: tuple[Change, ...] = ()
    notes: tuple[Entry, ...] = ()
    refused: tuple[Entry, ...] = ()
    closed: Entry | None = None
    evidence: tuple[dict[str, Any], ...] = field(default=())

    def in_force(self, about: str) -> Change | None:
        """The change of a verdict or an answer that counts now."""
        return next(
            (item for item in self.changes if item.about == about and item.standing is Standing.IN_FORCE),
            None,
        )

    def waiting(self) -> tuple[Change, ...]:
        """The changes that wait for a second person."""
        return tuple(item for item in self.changes if item.standing is Standing.WAITING)


def read_state(entries: Sequence[Entry]) -> State:
    """The state after the last entry; the chain has been checked."""
    first = entries[0]
    state = State(
        case_id=str(first.facts.get("case", "")),
        label=str(first.facts.get("label", "")),
        created=first.utc,
        version=entries[-1].number,
        head=entries[-1].hash,
        notes=tuple(entry for entry in entries if entry.kind == Kind.NOTE),
        refused=tuple(entry for entry in entries if entry.kind == Kind.REFUSED),
    )
    for entry in entries:
        state = _after(state, entry)
    return replace(state, changes=_with_standing(_changes(entries), state.verdict))


def _after(state: State, entry: Entry) -> State:
    facts = entry.facts
    if entry.kind == Kind.STARTED:
        return replace(state, complete=False, closed=None)
    if entry.kind in (Kind.ANSWER, Kind.OVERRIDE):  # what it was closed on no longer is what is said
        return replace(state, closed=None)
    if entry.kind == Kind.INTAKE:
        return replace(state, evidence=tuple(facts.get("evidence", ())))
    if entry.kind == Kind.DECISION:
        return replace(state, verdict=_verdict(entry))
    if entry.kind == Kind.REPORTS:
        return replace(state, complete=True)
    if entry.kind == Kind.CLOSE:
        return replace(state, closed=entry)
    return state


def _verdict(entry: Entry) -> Verdict:
    facts = entry.facts
    return Verdict(
        number=entry.number,
        utc=entry.utc,
        disposition=str(facts.get("disposition", "")),
        severity=facts.get("severity"),
        confidence=str(facts.get("confidence", "")),
        rule=str(facts.get("rule", "")),
        version=str(facts.get("version", "")),
        program=str(facts.get("program", "")),
        sha256=str(facts.get("verdict_sha256", "")),
        decisive=tuple(facts.get("decisive", ())),
        answers=dict(facts.get("answers", {})),
    )


def _changes(entries: Sequence[Entry]) -> list[Change]:
    """Every change in the order of the record, with what a second person said of it."""
    found: dict[int, Change] = {}
    for entry in entries:
        facts = entry.facts
        if entry.kind in (Kind.ANSWER, Kind.OVERRIDE):
            found[entry.number] = Change(
                number=entry.number,
                about=str(facts.get("about")),
                tool=str(facts.get("tool")),
                analyst=str(facts.get("analyst")),
                by=entry.by,
                utc=entry.utc,
                facts=facts,
                standing=Standing.WAITING if facts.get("second_person") else Standing.IN_FORCE,
            )
        elif entry.kind == Kind.APPROVAL and (change := found.get(_number(facts.get("of")))):
            agreed = Standing.IN_FORCE if facts.get("agrees") else Standing.DENIED
            found[change.number] = replace(
                change,
                standing=agreed,
                second=entry.by,
                same_system_user=_system_user(entry) == _system_user(entries[change.number - 1]),
            )
    return list(found.values())


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _system_user(entry: Entry) -> str:
    return str(entry.facts.get("system_user", entry.by))


def _with_standing(changes: list[Change], verdict: Verdict | None) -> tuple[Change, ...]:
    """The changes with those set aside that a later change or another verdict has overtaken."""
    on = verdict.sha256 if verdict else ""
    settled: list[Change] = []
    taken: set[str] = set()
    for change in reversed(changes):
        standing = change.standing
        if change.facts.get("on") != on and standing in (Standing.IN_FORCE, Standing.WAITING):
            standing = Standing.OUTDATED
        elif standing in (Standing.IN_FORCE, Standing.WAITING) and change.about in taken:
            standing = Standing.REPLACED
        elif standing is Standing.IN_FORCE:
            taken.add(change.about)
        settled.append(replace(change, standing=standing))
    return tuple(reversed(settled))
